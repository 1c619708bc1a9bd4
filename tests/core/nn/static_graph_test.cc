#include "core/nn/static_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/batch.h"
#include "tests/testing/floats.h"
#include "tests/testing/gradient_check.h"
#include "tests/testing/hand_made_graph.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

// A way for layers to branch and join.
struct Branching {
  const char* name;
  void (*build)(Network* network);
};

constexpr ActivationKind kTanh = ActivationKind::kTanh;

const Branching kBranchings[] = {
    {"two_layers_take_one_output",
     [](Network* n) {
       const int a = n->Dense(kInput, 6, kTanh);
       const int b = n->Dense(a, 4, kTanh), c = n->Dense(a, 4, ActivationKind::kGelu);
       n->Dense(n->Sum({b, c}), 3);
     }},
    {"three_take_one_output",
     [](Network* n) {
       const int a = n->Dense(kInput, 6, kTanh);
       const int b = n->Dense(a, 6, kTanh), c = n->Dense(a, 6), d = n->Dropout(a, 0.5f);
       n->Dense(n->Sum({b, c, d}), 3);
     }},
    {"a_skip_connection",
     [](Network* n) {
       const int a = n->Dense(kInput, 6, kTanh);
       n->Dense(n->Sum({a, n->Dense(a, 6, kTanh)}), 3);
     }},
    {"one_output_twice",
     [](Network* n) {
       const int a = n->Dense(kInput, 6, kTanh);
       n->Dense(n->Sum({a, a}), 3);
     }},
    {"two_outputs_joined_twice",
     [](Network* n) {
       const int a = n->Dense(kInput, 6, kTanh), b = n->Dense(a, 6, kTanh);
       const int c = n->Dense(n->Sum({a, b}), 6, kTanh), d = n->Dropout(n->Sum({b, a}), 0.5f);
       n->Dense(n->Sum({c, d}), 3);
     }},
    {"a_view_beside_a_layer",
     [](Network* n) {
       const int a = n->Dense(kInput, 6, kTanh);
       n->Dense(n->Sum({n->View(a), n->Dense(a, 6)}), 3);
     }},
    {"two_layers_take_the_input",
     [](Network* n) {
       const int a = n->Dense(kInput, 6, kTanh), b = n->Dense(kInput, 6);
       n->Dense(n->Sum({a, b}), 3);
     }},
    {"a_view_of_the_last_layer", [](Network* n) {
       const int a = n->Dense(kInput, 3, kTanh);
       n->Output(n->View(n->Sum({a, n->Dense(a, 3)})));
     }}};

void PrintTo(const Branching& row, std::ostream* out) { *out << row.name; }

class BranchingGraph : public testing::TestWithParam<Branching> {};

TEST_P(BranchingGraph, AddsTheGradientsOfAllThatTakeAnOutput) {
  Network network;
  GetParam().build(&network);
  Fixture fixture(&network);
  const Batch& batch = fixture.buffer.Gather(std::vector<uint32_t>{4, 1, 7, 3, 0});
  CheckGradients(fixture.graph.get(), network.twin(),
                 {.layout = &fixture.graph->layout(),
                  .batch = &batch,
                  .sample = Shape(network.format().shape),
                  .info = fixture.info,
                  .batch_samples = 10},
                 fixture.weights.span());
}

INSTANTIATE_TEST_SUITE_P(Networks, BranchingGraph, testing::ValuesIn(kBranchings),
                         [](const auto& row) { return std::string(row.param.name); });

// Keeps what it hears, and the gradients as they were then.
class Recorder : public GradientListener {
 public:
  explicit Recorder(const Floats* gradients) : gradients_(gradients) {}
  void OnFinal(int step) override {
    steps.push_back(step);
    seen.push_back(gradients_->Copy());
  }
  std::vector<int> steps;
  std::vector<Floats> seen;

 private:
  const Floats* gradients_;
};

TEST(StaticGraph, TellsOfEachGradientOnceItIsFinalFrontToBack) {
  Network network;
  const int a = network.Dense(kInput, 6, kTanh);
  const int b = network.Dense(a, 6), c = network.Dense(network.Dropout(a, 0.5f), 6);
  network.Dense(network.Sum({b, c}), 3);
  Fixture fixture(&network);
  fixture.Forward({1, 2, 3});
  Recorder recorder(&fixture.gradients);
  fixture.Backward(&recorder);
  EXPECT_TRUE(std::is_sorted(recorder.steps.begin(), recorder.steps.end()));
  EXPECT_EQ(recorder.steps.size(), 4u);
  int64_t end = 0;
  for (const ParameterEntry& entry : fixture.graph->layout().entries()) {
    EXPECT_GE(entry.offset_elems, end) << "the layout is not in the order of the steps";
    end = entry.offset_elems + entry.shape.elems();
    const auto heard = std::find(recorder.steps.begin(), recorder.steps.end(), entry.final_step);
    ASSERT_NE(heard, recorder.steps.end()) << entry.name;
    const Floats& then = recorder.seen[static_cast<size_t>(heard - recorder.steps.begin())];
    EXPECT_EQ(
        std::memcmp(then.data() + entry.offset_elems, fixture.gradients.data() + entry.offset_elems,
                    static_cast<size_t>(entry.shape.elems()) * sizeof(float)),
        0)
        << entry.name << " changed after its step";
  }
}

GraphMemory MemoryOf(void (*build)(Network*), SampleFormat format) {
  Network network(format);
  build(&network);
  const auto ops = MakeCpuOps();
  return network.Build(ops.get())->memory();
}

TEST(StaticGraph, MemoryIsWhatLivesAtATimeAndViewsCostNothing) {
  const SampleFormat floats = {.shape = {5}, .targets = 16};
  const auto two_layers = [](Network* n) { n->Dense(n->Dense(kInput, 32), 16); };
  const auto with_views = [](Network* n) {
    n->View(n->Dense(n->View(n->Dense(n->View(kInput), 32)), 16));
  };
  const GraphMemory memory = MemoryOf(two_layers, floats);
  EXPECT_EQ(memory.naive_bytes, 2 * kMaxRows * (32 + 16) * 4) << "outputs and gradients";
  // In the last layer's Backward: what it took, that one's gradient, and its own.
  EXPECT_EQ(memory.arena_bytes, kMaxRows * (32 + 32 + 16) * 4);
  EXPECT_EQ(memory.bound_bytes, memory.arena_bytes);
  EXPECT_EQ(MemoryOf(with_views, floats).arena_bytes, memory.arena_bytes);
  const SampleFormat image = {.shape = {16}, .encoding = Encoding::kUint8, .targets = 16};
  EXPECT_EQ(MemoryOf(two_layers, image).arena_bytes, memory.arena_bytes + kMaxRows * 16 * 4)
      << "bytes become floats";
}

// Softmax in the middle is an op of its own behind the product.
TEST(StaticGraph, MemoryHoldsWhatALayerKeepsForItsGradient) {
  const SampleFormat floats = {.shape = {5}, .targets = 3};
  const auto fused = [](Network* n) { n->Dense(n->Dense(kInput, 32, kTanh), 3); };
  const auto separate = [](Network* n) {
    n->Dense(n->Dense(kInput, 32, ActivationKind::kSoftmax), 3);
  };
  EXPECT_EQ(MemoryOf(separate, floats).naive_bytes,
            MemoryOf(fused, floats).naive_bytes + kMaxRows * 32 * 4);
}

TEST(StaticGraph, AnElementWiseLayerNeedsNoMemoryOfItsOwn) {
  const SampleFormat floats = {.shape = {5}, .targets = 3};
  const auto without = [](Network* n) { n->Dense(n->Dense(kInput, 32), 3); };
  const auto with = [](Network* n) {
    n->Dense(n->Dropout(n->Activation(n->Dense(kInput, 32), kTanh), 0.5f), 3);
  };
  // Dropout's output is beside the activation's, which reads it again; the rest is shared.
  EXPECT_EQ(MemoryOf(with, floats).arena_bytes,
            MemoryOf(without, floats).arena_bytes + kMaxRows * 32 * 4);
}

// A trunk with two heads of three outputs each.
void TwoHeads(Network* network, std::vector<float> weights) {
  const int trunk = network->Dense(kInput, 8, kTanh);
  const int first = network->Dense(trunk, 3), second = network->Dense(network->Dense(trunk, 6), 3);
  if (weights[0] != 0) network->Output(first, weights[0]);
  if (weights[1] != 0) network->Output(second, weights[1]);
}

TEST(StaticGraph, TheLossIsTheWeightedSumOfItsOutputsAndMetricsAreTheFirstOnes) {
  Network both, one;
  TwoHeads(&both, {1, 0.25f});
  const int trunk = one.Dense(kInput, 8, kTanh);
  one.Output(one.Dense(trunk, 3));
  Fixture fixture(&both), first(&one);
  for (const ParameterEntry& entry : first.graph->layout().entries()) {
    std::copy_n(
        fixture.weights.data() + fixture.graph->layout().Find(entry.name)->offset_elems,
        entry.shape.elems(), first.weights.data() + entry.offset_elems);
  }
  const LossSums sums = fixture.Forward({1, 2, 3}), alone = first.Forward({1, 2, 3});
  EXPECT_EQ(sums.absolute_error, alone.absolute_error);
  EXPECT_EQ(sums.squared_error, alone.squared_error);
  EXPECT_GT(sums.loss, alone.loss);
  PassInfo predict = {.predict_only = true};
  const Batch& batch = fixture.buffer.Gather(std::vector<uint32_t>{1, 2, 3});
  Floats all(9), part(9);
  fixture.graph->Forward({}, batch, fixture.weights.data(), 3, all.data());
  const LossSums predicted =
      fixture.graph->Forward(predict, batch, fixture.weights.data(), 3, part.data());
  ExpectExactly(part.span(), all.span());
  EXPECT_EQ(predicted.loss, alone.loss) << "the second head ran";
}

TEST(StaticGraph, TheGradientOfAnOutputIsScaledByItsWeight) {
  const auto gradients = [](std::vector<float> weights) {
    Network network;
    TwoHeads(&network, std::move(weights));
    Fixture fixture(&network);
    fixture.Forward({1, 2, 3});
    fixture.Backward();
    const ParameterEntry* trunk = fixture.graph->layout().Find("dense0/kernel");
    const float* begin = fixture.gradients.data() + trunk->offset_elems;
    return std::vector<float>(begin, begin + trunk->shape.elems());
  };
  const auto quarter = gradients({1, 0.25f}), half = gradients({1, 0.5f});
  const auto whole = gradients({1, 1});
  for (size_t i = 0; i < whole.size(); ++i) {
    const double step = whole[i] - half[i];
    EXPECT_NEAR(half[i] - quarter[i], step / 2, 64 * std::ldexp(1.0, -24) * (1 + std::abs(step)));
    EXPECT_NE(step, 0);
  }
}

TEST(StaticGraph, AMicrobatchWithoutSamplesHasNoLossAndZeroGradients) {
  for (const Encoding encoding : {Encoding::kDense, Encoding::kUint8, Encoding::kSparse}) {
    Network network({.shape = {5}, .encoding = encoding, .targets = 3});
    network.Dense(network.Dropout(network.Dense(kInput, 20, kTanh), 0.5f), 3);
    Fixture fixture(&network);
    EXPECT_EQ(fixture.Forward({}).loss, 0);
    fixture.Backward();
    for (const ParameterEntry& entry : fixture.graph->layout().entries()) {
      for (int64_t i = 0; i < entry.shape.elems(); ++i) {
        EXPECT_EQ(fixture.gradients[entry.offset_elems + i], 0) << entry.name;
      }
    }
  }
}

TEST(StaticGraph, APassLeavesNothingBehindForTheNext) {
  Network network;
  const int a = network.Dense(kInput, 20, kTanh);
  network.Dense(network.Sum({a, network.Dense(network.Dropout(a, 0.5f), 20)}), 3);
  Fixture fixture(&network);
  const double loss = fixture.Forward({1, 2, 3}).loss;
  fixture.Backward();
  const Floats first = fixture.gradients.Copy();
  fixture.Forward({8, 7, 6, 5, 4, 3});
  fixture.Backward();
  fixture.Forward({0, 4}, false);
  EXPECT_EQ(fixture.Forward({1, 2, 3}).loss, loss);
  fixture.Backward();
  ExpectExactly(fixture.gradients.span(), first.span());
}

TEST(StaticGraph, DropoutWorksInTrainingAloneAndGoesWithTheSample) {
  Network network;
  network.Dense(network.Dropout(kInput, 0.5f), 3);
  Fixture fixture(&network);
  const double evaluated = fixture.Forward({1, 2}, false).loss;
  fixture.info.step = 3;
  EXPECT_EQ(fixture.Forward({1, 2}, false).loss, evaluated) << "the step entered an evaluation";
  const double trained = fixture.Forward({1, 2}).loss;
  EXPECT_NE(trained, evaluated);
  EXPECT_NEAR(fixture.Forward({1}).loss + fixture.Forward({2}).loss, trained, 1e-6 * trained);
  fixture.info.step = 4;
  EXPECT_NE(fixture.Forward({1, 2}).loss, trained) << "every step has the same mask";
}

TEST(StaticGraph, InitialWeightsAreKeyedBySeedAndPlaceAndZeroInThePadding) {
  Network network;
  network.Dense(network.Dense(network.Dense(kInput, 5), 5), 3);
  Fixture fixture(&network);
  const ParameterLayout& layout = fixture.graph->layout();
  Floats weights(layout.size_elems()), again(layout.size_elems()), other(layout.size_elems());
  fixture.graph->InitialWeights(1, weights.data());
  fixture.graph->InitialWeights(1, again.data());
  fixture.graph->InitialWeights(2, other.data());
  ExpectExactly(again.span(), weights.span());
  const int64_t first = layout.Find("dense0/kernel")->offset_elems;
  const int64_t second = layout.Find("dense1/kernel")->offset_elems;
  EXPECT_NE(weights[first], weights[second]) << "two kernels of one shape start alike";
  EXPECT_NE(weights[first], other[first]) << "the seed does not enter";
  for (const ParameterEntry& entry : layout.entries()) {
    for (int64_t i = 0; i < entry.shape.elems(); ++i) {
      float& weight = weights[entry.offset_elems + i];
      EXPECT_EQ(weight == 0, entry.group == ParameterGroup::kBias) << entry.name;
      weight = 0;
    }
  }
  for (const float rest : weights.span()) EXPECT_EQ(rest, 0) << "padding";
}

TEST(StaticGraph, SummaryListsLayersWithInputsShapesAndParameters) {
  Network network;
  network.View(network.Dense(network.Dropout(kInput, 0.5f), 3));
  Fixture fixture(&network);
  const std::vector<LayerSummary>& layers = fixture.graph->layers();
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0].inputs, std::vector<std::string>{"input"});
  EXPECT_EQ(layers[1].inputs, std::vector<std::string>{"dropout0"});
  EXPECT_EQ(layers[1].kind, "dense");
  EXPECT_EQ(layers[1].output, Shape{3});
  EXPECT_EQ(layers[1].parameter_count, 5 * 3 + 3);
  EXPECT_EQ(layers[0].parameter_count + layers[2].parameter_count, 0);
  EXPECT_EQ(fixture.graph->outputs(), 3);
}

TEST(StaticGraphDeathTest, MoreRowsThanPlannedAreABug) {
  Network network;
  network.Dense(kInput, 3);
  Fixture fixture(&network);
  Batch batch = fixture.buffer.Gather(std::vector<uint32_t>{1});
  batch.rows = kMaxRows + 1;
  EXPECT_DEATH(fixture.graph->Forward({}, batch, fixture.weights.data(), 1, nullptr), "7 rows");
}

}  // namespace
}  // namespace lockstep
