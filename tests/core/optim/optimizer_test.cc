#include "core/optim/optimizer.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/device/buffer.h"
#include "core/ops/ops.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

OptimizerConfig Parse(const std::string& text) {
  OptimizerConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

ParameterLayout KernelAndBias() {
  return ParameterLayout({{"dense/kernel", Shape{9, 8}, ParameterGroup::kKernel, 0},
                          {"dense/bias", Shape{5}, ParameterGroup::kBias, 0}});
}

std::unique_ptr<Ops> MakeOps(bool reference) {
  return reference ? MakeReferenceOps() : MakeCpuOps();
}

// The flat buffers of KernelAndBias; numbers that repeat at no power of two.
struct Buffers {
  explicit Buffers(const ParameterLayout& layout)
      : weights(static_cast<size_t>(layout.size_elems())), gradients(weights.size()) {
    for (const ParameterEntry& entry : layout.entries()) {
      for (int64_t i = 0; i < entry.shape.elems(); ++i) places.push_back(entry.offset_elems + i);
    }
    for (const int64_t place : places) At(&weights, place) = std::sin(0.7f * Number(place));
  }
  static float Number(int64_t place) { return static_cast<float>(place + 1); }
  static float& At(Buffer<float>* buffer, int64_t place) {
    return (*buffer)[static_cast<size_t>(place)];
  }
  void SetGradients(int64_t step) {
    for (const int64_t place : places) {
      At(&gradients, place) = std::sin(1.3f * Number(place) + static_cast<float>(step * step));
    }
  }

  std::vector<int64_t> places;  // of the parameters; the others are padding
  Buffer<float> weights;
  Buffer<float> gradients;
};

// One weight in double, with the hyper-parameters as the floats they are.
struct Scalar {
  double w = 0, a = 0, b = 0;
};
using Formula = std::function<void(double g, int64_t step, Scalar*)>;

void SgdFormula(double momentum, bool nesterov, double g, Scalar* s) {
  const double rate = 0.05f;
  s->a = momentum * s->a - rate * g;
  s->w += nesterov ? momentum * s->a - rate * g : s->a;
}

void RmspropFormula(double momentum, double g, Scalar* s) {
  s->a = 0.75 * s->a + 0.25 * g * g;
  s->b = momentum * s->b + 0.01f * g / std::sqrt(s->a + 0.5);
  s->w -= s->b;
}

// Betas whose powers are no trouble to float32.
void AdamFormula(double g, int64_t step, Scalar* s) {
  const double t = static_cast<double>(step);
  const double alpha = 0.01f * std::sqrt(1 - std::pow(0.875, t)) / (1 - std::pow(0.75, t));
  s->a = 0.75 * s->a + 0.25 * g;
  s->b = 0.875 * s->b + 0.125 * g * g;
  s->w -= alpha * s->a / (std::sqrt(s->b) + 0.25);
}

struct Case {
  const char* name;
  const char* config;
  Formula formula;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"Sgd", "sgd { learning_rate: 0.05 }",
       [](double g, int64_t, Scalar* s) { SgdFormula(0, false, g, s); }},
      {"SgdMomentum", "sgd { learning_rate: 0.05 momentum: 0.9 }",
       [](double g, int64_t, Scalar* s) { SgdFormula(0.9f, false, g, s); }},
      {"SgdNesterov", "sgd { learning_rate: 0.05 momentum: 0.9 nesterov: true }",
       [](double g, int64_t, Scalar* s) { SgdFormula(0.9f, true, g, s); }},
      {"Rmsprop", "rmsprop { learning_rate: 0.01 rho: 0.75 epsilon: 0.5 }",
       [](double g, int64_t, Scalar* s) { RmspropFormula(0, g, s); }},
      {"RmspropMomentum", "rmsprop { learning_rate: 0.01 rho: 0.75 epsilon: 0.5 momentum: 0.6 }",
       [](double g, int64_t, Scalar* s) { RmspropFormula(0.6f, g, s); }},
      {"Adam", "adam { learning_rate: 0.01 beta_1: 0.75 beta_2: 0.875 epsilon: 0.25 }",
       AdamFormula},
      {"Adamw",
       "adamw { learning_rate: 0.01 beta_1: 0.75 beta_2: 0.875 epsilon: 0.25 } weight_decay: 0.5",
       [](double g, int64_t step, Scalar* s) {
         s->w -= 0.01f * 0.5 * s->w;
         AdamFormula(g, step, s);
       }},
      {"DecayOfAnyKind", "rmsprop { learning_rate: 0.01 rho: 0.75 epsilon: 0.5 } weight_decay: 2",
       [](double g, int64_t, Scalar* s) {
         s->w -= 0.01f * 2.0 * s->w;
         RmspropFormula(0, g, s);
       }},
  };
  return cases;
}

class OptimizerFormulas : public testing::TestWithParam<std::tuple<size_t, bool>> {};

// Each step may round a weight of size 1 and an update of about its size.
TEST_P(OptimizerFormulas, StepsAreThoseOfKerasFormulasAndPaddingStaysZero) {
  const Case& row = Cases()[std::get<0>(GetParam())];
  const auto ops = MakeOps(std::get<1>(GetParam()));
  const ParameterLayout layout = KernelAndBias();
  Optimizer optimizer(Parse(row.config), layout);
  Buffers buffers(layout);
  std::vector<Scalar> expected;
  for (const int64_t place : buffers.places) {
    expected.push_back({Buffers::At(&buffers.weights, place), 0, 0});
  }
  constexpr int64_t kSteps = 20;
  for (int64_t step = 1; step <= kSteps; ++step) {
    buffers.SetGradients(step);
    optimizer.Step(ops.get(), step, buffers.gradients.data(), buffers.weights.data());
    for (size_t i = 0; i < expected.size(); ++i) {
      const double g = Buffers::At(&buffers.gradients, buffers.places[i]);
      row.formula(g, step, &expected[i]);
      ASSERT_NEAR(Buffers::At(&buffers.weights, buffers.places[i]), expected[i].w,
                  std::ldexp(static_cast<double>(step), -23))
          << "step " << step << ", parameter " << i;
    }
  }
  for (const int64_t place : buffers.places) Buffers::At(&buffers.weights, place) = 0;
  for (const float padding : buffers.weights.span()) ASSERT_EQ(padding, 0.0f);
}

INSTANTIATE_TEST_SUITE_P(Kinds, OptimizerFormulas,
                         testing::Combine(testing::Range<size_t>(0, Cases().size()),
                                          testing::Bool()),
                         [](const auto& info) {
                           return std::string(Cases()[std::get<0>(info.param)].name) +
                                  (std::get<1>(info.param) ? "OnReference" : "OnCpu");
                         });

// Takes `steps` steps of one weight that starts at 0.5 with gradients 0.1, -0.2, 0.05.
float AfterThreeSteps(const std::string& config) {
  const ParameterLayout layout({{"w", Shape{1}, ParameterGroup::kKernel, 0}});
  Optimizer optimizer(Parse(config), layout);
  const auto ops = MakeCpuOps();
  Buffer<float> weights(static_cast<size_t>(layout.size_elems()));
  Buffer<float> gradients(weights.size());
  weights[0] = 0.5f;
  int64_t step = 0;
  for (const float gradient : {0.1f, -0.2f, 0.05f}) {
    gradients[0] = gradient;
    optimizer.Step(ops.get(), ++step, gradients.data(), weights.data());
  }
  return weights[0];
}

// The numbers are what Keras 3.15's optimizers give when they are made without arguments.
TEST(Optimizer, DefaultsAreThoseOfKeras) {
  EXPECT_FLOAT_EQ(AfterThreeSteps("sgd {}"), 0.500499964f);
  EXPECT_FLOAT_EQ(AfterThreeSteps("sgd { momentum: 0.9 nesterov: true }"), 0.501030982f);
  EXPECT_FLOAT_EQ(AfterThreeSteps("rmsprop {}"), 0.498962551f);
  EXPECT_FLOAT_EQ(AfterThreeSteps("rmsprop { momentum: 0.9 }"), 0.496126741f);
  EXPECT_FLOAT_EQ(AfterThreeSteps("adam {}"), 0.499502808f);
  EXPECT_FLOAT_EQ(AfterThreeSteps("adamw {}"), 0.499496818f);
  EXPECT_FLOAT_EQ(AfterThreeSteps(""), AfterThreeSteps("rmsprop {}"));
}

// One step from weights of 1 with gradients of `gradient`: a kernel's and a bias' first weight.
std::pair<float, float> AfterOneStep(const std::string& config, float gradient,
                                     int64_t step = 1) {
  const ParameterLayout layout = KernelAndBias();
  Optimizer optimizer(Parse(config), layout);
  Buffers buffers(layout);
  for (const int64_t place : buffers.places) {
    Buffers::At(&buffers.weights, place) = 1;
    Buffers::At(&buffers.gradients, place) = gradient;
  }
  optimizer.Step(MakeCpuOps().get(), step, buffers.gradients.data(), buffers.weights.data());
  return {Buffers::At(&buffers.weights, layout.Find("dense/kernel")->offset_elems),
          Buffers::At(&buffers.weights, layout.Find("dense/bias")->offset_elems)};
}

using Pair = std::pair<float, float>;

TEST(Optimizer, DecayShrinksKernelsAndBiasesAlikeByTheStepsRate) {
  EXPECT_EQ(AfterOneStep("sgd { learning_rate: 0.5 } weight_decay: 0.25", 0), Pair(0.875f, 0.875f));
  EXPECT_EQ(AfterOneStep("adamw { learning_rate: 0.5 } weight_decay: 0", 0), Pair(1.0f, 1.0f));
  EXPECT_EQ(AfterOneStep("sgd { learning_rate: 0.5 } weight_decay: 0.25 "
                         "schedule { step { boundary: 1 factor: 0.5 } }",
                         0, 3),
            Pair(0.9375f, 0.9375f));
}

TEST(Optimizer, L2PullsKernelsAndLeavesBiases) {
  EXPECT_EQ(AfterOneStep("sgd { learning_rate: 0.5 } l2: 0.25", 0), Pair(0.75f, 1.0f));
}

TEST(Optimizer, GradientsAreScaledToTheLimitOfTheirNormAndNeverUp) {
  // 77 weights: a norm of 0.5 * sqrt(77).
  const float norm = 0.5f * std::sqrt(77.0f);
  const float half = 1 - 0.25f;
  const auto step = [&](float limit) {
    return AfterOneStep("sgd { learning_rate: 1 } clip_global_norm: " + std::to_string(limit),
                        0.5f);
  };
  EXPECT_FLOAT_EQ(step(norm / 2).first, half);
  EXPECT_FLOAT_EQ(step(norm / 2).second, half);
  EXPECT_EQ(step(2 * norm), Pair(0.5f, 0.5f));
}

// Gradients of 0.5 and weights of 1: with the penalty's, 72 gradients are 1 and 5 are 0.5.
TEST(Optimizer, TheGradientOfThePenaltyIsClippedWithTheOthers) {
  const float norm = std::sqrt(72 + 5 * 0.25f);
  const auto [kernel, bias] = AfterOneStep(
      "sgd { learning_rate: 1 } l2: 0.25 clip_global_norm: " + std::to_string(norm / 4), 0.5f);
  EXPECT_FLOAT_EQ(kernel, 0.75f);
  EXPECT_FLOAT_EQ(bias, 0.875f);
}

TEST(Optimizer, SlotsHaveFixedNamesAndOnlyThoseNeededAreThere) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> rows = {
      {"sgd {}", {}},
      {"sgd { momentum: 0.9 }", {"momentum"}},
      {"rmsprop {}", {"velocity"}},
      {"rmsprop { momentum: 0.9 }", {"velocity", "momentum"}},
      {"adam {}", {"m", "v"}},
      {"adamw {}", {"m", "v"}},
      {"", {"velocity"}},
  };
  const ParameterLayout layout = KernelAndBias();
  for (const auto& [config, names] : rows) {
    Optimizer optimizer(Parse(config), layout);
    std::vector<std::string> found;
    for (const Optimizer::Slot& slot : optimizer.slots()) {
      found.push_back(slot.name);
      EXPECT_EQ(static_cast<int64_t>(slot.values.size()), layout.size_elems()) << config;
    }
    EXPECT_EQ(found, names) << config;
  }
}

// Behind the kernel and the bias: three statistics with momentum 0.75.
ParameterLayout WithStatistics() {
  return ParameterLayout(
      {{"norm/moving_mean", Shape{3}, ParameterGroup::kMovingStatistic, 0, 0.75f},
       {"dense/kernel", Shape{9, 8}, ParameterGroup::kKernel, 0},
       {"dense/bias", Shape{5}, ParameterGroup::kBias, 0}});
}

TEST(Optimizer, MovingStatisticsAreAveragedWhateverElseTheConfigSays) {
  const ParameterLayout layout = WithStatistics();
  const auto at = static_cast<size_t>(layout.Find("norm/moving_mean")->offset_elems);
  for (const char* config :
       {"sgd { learning_rate: 0.5 }", "adam {}", "rmsprop { momentum: 0.9 } weight_decay: 0.5",
        "sgd { momentum: 0.9 } l2: 0.25 clip_global_norm: 0.001"}) {
    Optimizer optimizer(Parse(config), layout);
    Buffer<float> weights(static_cast<size_t>(layout.size_elems())), gradients(weights.size());
    for (const size_t i : {at, at + 1, at + 2}) weights[i] = 8, gradients[i] = 4;
    optimizer.Step(MakeCpuOps().get(), 1, gradients.data(), weights.data());
    for (const size_t i : {at, at + 1, at + 2}) EXPECT_EQ(weights[i], 7.0f) << config;
    EXPECT_EQ(weights[at + 3], 0.0f) << "padding";
    for (const Optimizer::Slot& slot : optimizer.slots()) {
      EXPECT_EQ(static_cast<int64_t>(slot.values.size()), layout.trainable_elems()) << config;
    }
  }
}

TEST(Optimizer, MovingStatisticsDoNotCountInTheNormOfGradients) {
  const ParameterLayout layout = WithStatistics();
  const auto bias = static_cast<size_t>(layout.Find("dense/bias")->offset_elems);
  const auto moving = static_cast<size_t>(layout.Find("norm/moving_mean")->offset_elems);
  Optimizer optimizer(Parse("sgd { learning_rate: 1 } clip_global_norm: 2"), layout);
  Buffer<float> weights(static_cast<size_t>(layout.size_elems())), gradients(weights.size());
  gradients[bias] = 1;
  gradients[moving] = 1000;
  optimizer.Step(MakeCpuOps().get(), 1, gradients.data(), weights.data());
  EXPECT_EQ(weights[bias], -1.0f);
}

TEST(Optimizer, CountsTheValuesOfItsSlotsBeforeItIsThere) {
  const ParameterLayout layout = WithStatistics();
  for (const Case& row : Cases()) {
    Optimizer optimizer(Parse(row.config), layout);
    int64_t elems = 0;
    for (const Optimizer::Slot& slot : optimizer.slots()) {
      elems += static_cast<int64_t>(slot.values.size());
    }
    EXPECT_EQ(Optimizer::SlotElems(Parse(row.config), layout), elems) << row.name;
  }
}

TEST(Optimizer, SlotsAreItsWholeState) {
  const ParameterLayout layout = KernelAndBias();
  const auto ops = MakeCpuOps();
  for (const Case& row : Cases()) {
    Optimizer first(Parse(row.config), layout), second(Parse(row.config), layout);
    Buffers buffers(layout);
    buffers.SetGradients(1);
    first.Step(ops.get(), 1, buffers.gradients.data(), buffers.weights.data());
    Buffers copy(layout);
    std::ranges::copy(buffers.weights.span(), copy.weights.data());
    const auto from = first.slots(), to = second.slots();
    for (size_t i = 0; i < from.size(); ++i) std::ranges::copy(from[i].values, to[i].values.data());
    buffers.SetGradients(2);
    first.Step(ops.get(), 2, buffers.gradients.data(), buffers.weights.data());
    second.Step(ops.get(), 2, buffers.gradients.data(), copy.weights.data());
    EXPECT_TRUE(std::ranges::equal(buffers.weights.span(), copy.weights.span())) << row.name;
  }
}

}  // namespace
}  // namespace lockstep
