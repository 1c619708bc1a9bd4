#include "core/ops/update_element.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/ops/specs.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

// What a GPU computes per element, in float32, beside the same in double.
template <UpdateKind kKind, bool kMomentum>
void CheckFloatAgainstDouble(const UpdateSpec& spec) {
  const UpdateScalars scalars = ScalarsOf(spec);
  for (const float gradient : {0.0f, 1e-20f, -0.3f, 2.0f}) {
    float w = 0.7f, first = 0.01f, second = 0.02f;
    double w_double = w, first_double = first, second_double = second;
    UpdateElement<PlainMath, kKind, kMomentum>(scalars, gradient, &w, &first, &second);
    UpdateElement<PlainMath, kKind, kMomentum>(scalars, static_cast<double>(gradient), &w_double,
                                               &first_double, &second_double);
    EXPECT_NEAR(w, w_double, 16 * kUnitRoundoff);
    EXPECT_NEAR(first, first_double, 16 * kUnitRoundoff);
    EXPECT_NEAR(second, second_double, 16 * kUnitRoundoff);
  }
}

UpdateSpec SpecOf(UpdateKind kind, float momentum) {
  return {.kind = kind, .learning_rate = 0.1f, .momentum = momentum, .nesterov = true,
          .rho = 0.9f, .beta_1 = 0.9f, .beta_2 = 0.999f, .epsilon = 1e-7f};
}

TEST(UpdateElement, OfFloatsIsThatOfDoublesRounded) {
  CheckFloatAgainstDouble<UpdateKind::kAdam, false>(SpecOf(UpdateKind::kAdam, 0));
  CheckFloatAgainstDouble<UpdateKind::kRmsprop, false>(SpecOf(UpdateKind::kRmsprop, 0));
  CheckFloatAgainstDouble<UpdateKind::kRmsprop, true>(SpecOf(UpdateKind::kRmsprop, 0.5f));
  CheckFloatAgainstDouble<UpdateKind::kSgd, false>(SpecOf(UpdateKind::kSgd, 0));
  CheckFloatAgainstDouble<UpdateKind::kSgd, true>(SpecOf(UpdateKind::kSgd, 0.9f));
}

// By hand, from Keras' formulas: one step from zero slots.
TEST(UpdateElement, TakesKerasFirstSteps) {
  double w = 1, first = 0, second = 0;
  UpdateElement<PlainMath, UpdateKind::kRmsprop, false>(ScalarsOf(SpecOf(UpdateKind::kRmsprop, 0)),
                                                        2.0, &w, &first, &second);
  EXPECT_NEAR(first, 0.1 * 4, 1e-7);
  EXPECT_NEAR(w, 1 - 0.1 * 2 / std::sqrt(0.4 + 1e-7), 1e-7);
  w = 1, first = 0.5;
  UpdateElement<PlainMath, UpdateKind::kSgd, true>(ScalarsOf(SpecOf(UpdateKind::kSgd, 0.9f)), 2.0,
                                                   &w, &first, &second);
  EXPECT_NEAR(first, 0.9 * 0.5 - 0.2, 1e-7);
  EXPECT_NEAR(w, 1 + 0.9 * (0.9 * 0.5 - 0.2) - 0.2, 1e-7);
}

TEST(ForUpdateKind, TakesMomentumWhereThereIsOneAndNeverForAdam) {
  const auto chosen = [](UpdateKind kind, float momentum) {
    std::string text;
    ForUpdateKind(SpecOf(kind, momentum), [&]<UpdateKind kKind, bool kMomentum>() {
      text = std::to_string(static_cast<int>(kKind)) + (kMomentum ? "m" : "");
    });
    return text;
  };
  EXPECT_EQ(chosen(UpdateKind::kSgd, 0), "0");
  EXPECT_EQ(chosen(UpdateKind::kSgd, 0.9f), "0m");
  EXPECT_EQ(chosen(UpdateKind::kRmsprop, 0), "1");
  EXPECT_EQ(chosen(UpdateKind::kRmsprop, 0.9f), "1m");
  EXPECT_EQ(chosen(UpdateKind::kAdam, 0.9f), "2");
}

}  // namespace
}  // namespace lockstep
