// Optimizer steps: every kind with every combination of its settings. The limit follows each
// formula with the absolute values of its terms.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

constexpr int64_t kBlock = 64;
constexpr uint8_t kGroups[] = {0, 1, 1, 0, 1};  // per block
constexpr int64_t kElems = 5 * kBlock;
// Roundings along the longest formula (Adam's), the inverse root's among them.
constexpr double kLimit = 16 * kUnitRoundoff;

struct State {
  Floats weights, gradients, slot_0, slot_1;

  UpdateBuffers buffers(const UpdateSpec& spec) {
    const bool first = spec.kind != UpdateKind::kSgd || spec.momentum != 0;
    const bool second =
        spec.kind == UpdateKind::kAdam || (spec.kind == UpdateKind::kRmsprop && spec.momentum != 0);
    return {.weights = weights.data(),
            .gradients = gradients.data(),
            .slot_0 = first ? slot_0.data() : nullptr,
            .slot_1 = second ? slot_1.data() : nullptr,
            .block_groups = kGroups,
            .elems = kElems};
  }
  State Copy() const { return {weights.Copy(), gradients.Copy(), slot_0.Copy(), slot_1.Copy()}; }
};

// Weights, gradients and slots of a training that goes on; the last block is padding, all zero, and
// some gradients are 0 or so small that their squares vanish.
State Start(const UpdateSpec& spec) {
  const bool mean_square_first = spec.kind == UpdateKind::kRmsprop;
  const bool mean_square_second = spec.kind == UpdateKind::kAdam;
  State state = {RandomFloats(kElems, 1), RandomFloats(kElems, 2, -0.1f, 0.1f),
                 RandomFloats(kElems, 3, mean_square_first ? 0 : -0.1f, 0.1f),
                 RandomFloats(kElems, 4, mean_square_second ? 0 : -0.1f, 0.1f)};
  for (int64_t i = 0; i < kElems; i += 5) state.gradients[i] = i % 2 == 0 ? 0 : 1e-25f;
  for (int64_t i = 0; i < kElems; i += 7) state.slot_0[i] = state.slot_1[i] = 0;
  for (Floats* values : {&state.weights, &state.gradients, &state.slot_0, &state.slot_1}) {
    for (int64_t i = kElems - kBlock; i < kElems; ++i) (*values)[i] = 0;
  }
  return state;
}

// What one element's new values are made of, with absolute values throughout.
struct Magnitude {
  double weight = 0, slot_0 = 0, slot_1 = 0;
};

// A divisor whose terms cancel passes its error on, amplified.
Magnitude MagnitudeOf(const UpdateSpec& s, const State& before, const State& after, int64_t i) {
  const size_t group = kGroups[i / kBlock];
  const double w = std::abs(before.weights[i]), slot_0 = std::abs(before.slot_0[i]),
               slot_1 = std::abs(before.slot_1[i]);
  const double g =
      std::abs(static_cast<double>(before.gradients[i])) * s.gradient_scale + s.l2[group] * w;
  Magnitude m;
  double step = s.learning_rate * g;
  if (s.kind == UpdateKind::kSgd) {
    m.slot_0 = s.momentum * slot_0 + step;
    step = s.nesterov ? s.momentum * m.slot_0 + step : m.slot_0;
  } else if (s.kind == UpdateKind::kRmsprop) {
    const double v = after.slot_0[i] + static_cast<double>(s.epsilon);
    m.slot_0 = s.rho * slot_0 + (1 - s.rho) * g * g;
    step = step / std::sqrt(v) * ((m.slot_0 + s.epsilon) / v) + s.momentum * slot_1;
    m.slot_1 = step;
  } else {
    const double v = after.slot_1[i];
    m.slot_0 = slot_0 + (1 - s.beta_1) * (g + slot_0);
    m.slot_1 = slot_1 + (1 - s.beta_2) * (g * g + slot_1);
    const double amplified = v > 0 ? m.slot_1 / v : 1;
    step = s.learning_rate * m.slot_0 / (std::sqrt(v) + s.epsilon) * amplified;
  }
  m.weight = w * (1 + s.decay[group]) + step;
  return m;
}

void ExpectState(const UpdateSpec& spec, const State& actual, const State& expected,
                 const State& before) {
  const auto limit = [&](double Magnitude::*member) {
    return [&spec, &before, &expected, member](int64_t i) {
      return kLimit * MagnitudeOf(spec, before, expected, i).*member + 4 * kDenormal;
    };
  };
  ExpectWithin(actual.weights.span(), expected.weights.span(), limit(&Magnitude::weight));
  ExpectWithin(actual.slot_0.span(), expected.slot_0.span(), limit(&Magnitude::slot_0));
  ExpectWithin(actual.slot_1.span(), expected.slot_1.span(), limit(&Magnitude::slot_1));
  ExpectExactly(actual.gradients.span(), expected.gradients.span());
  for (int64_t i = kElems - kBlock; i < kElems; ++i) {
    ASSERT_EQ(actual.weights[i], 0) << "padding must stay zero";
  }
  EXPECT_TRUE(actual.weights.intact() && actual.slot_0.intact() && actual.slot_1.intact());
}

void Check(const OpsPair& ops, const UpdateSpec& spec) {
  const State before = Start(spec);
  State expected = before.Copy(), actual = before.Copy();
  ops.reference->Update(spec, expected.buffers(spec));
  ops.tested->Update(spec, actual.buffers(spec));
  ExpectState(spec, actual, expected, before);
}

// `spec` with every combination of L2, decay and clipping.
void CheckAll(const OpsPair& ops, UpdateSpec spec) {
  for (int flags = 0; flags < 8; ++flags) {
    SCOPED_TRACE("l2, decay, scale: " + std::to_string(flags));
    spec.l2 = {(flags & 1) != 0 ? 0.02f : 0.0f, 0};
    spec.decay = {(flags & 2) != 0 ? 4e-3f : 0.0f, 0};
    spec.gradient_scale = (flags & 4) != 0 ? 0.37f : 1.0f;
    Check(ops, spec);
  }
}

}  // namespace

std::vector<OpCase> UpdateCases() {
  std::vector<OpCase> cases;
  const auto add = [&](const std::string& name, const UpdateSpec& spec) {
    cases.push_back({"update_" + name, [spec](const OpsPair& ops) { CheckAll(ops, spec); }});
  };
  UpdateSpec sgd = {.kind = UpdateKind::kSgd, .learning_rate = 0.01f};
  add("sgd", sgd);
  sgd.nesterov = true;
  add("sgd_nesterov_without_momentum", sgd);
  sgd.momentum = 0.9f;
  add("sgd_nesterov", sgd);
  sgd.nesterov = false;
  add("sgd_momentum", sgd);
  UpdateSpec rmsprop = {.kind = UpdateKind::kRmsprop, .learning_rate = 1e-3f};
  rmsprop.rho = 0.9f;
  rmsprop.epsilon = 1e-7f;
  add("rmsprop", rmsprop);
  rmsprop.rho = 0.999f;
  rmsprop.momentum = 0.5f;
  add("rmsprop_momentum", rmsprop);
  rmsprop.rho = 0;
  rmsprop.epsilon = 1e-3f;
  add("rmsprop_without_memory", rmsprop);
  UpdateSpec adam = {.kind = UpdateKind::kAdam, .learning_rate = 1e-3f};
  adam.beta_1 = 0.9f;
  adam.beta_2 = 0.999f;
  adam.epsilon = 1e-7f;
  add("adam", adam);
  adam.beta_1 = 0.999f;
  adam.beta_2 = 0;
  adam.epsilon = 1e-3f;
  add("adam_other_betas", adam);
  return cases;
}

}  // namespace lockstep
