// The oracle against numbers worked out by hand (or by Keras' formulas): everything else is
// compared with it. Its gradients are held to finite differences in tests/core/nn.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>

#include "core/ops/ops.h"

namespace lockstep {
namespace {

class ReferenceOps : public testing::Test {
 protected:
  // Updates one weight of 1 by a gradient of 0.5; the rest of the block is zero.
  void Update(const UpdateSpec& spec, float slot_0, float slot_1) {
    *weights_ = 1, *gradients_ = 0.5f, *slots_0_ = slot_0, *slots_1_ = slot_1;
    ops_->Update(spec, {weights_, gradients_, slots_0_, slots_1_, &group_, 64});
  }

  const std::unique_ptr<Ops> ops_ = MakeReferenceOps();
  float weights_[64] = {}, gradients_[64] = {}, slots_0_[64] = {}, slots_1_[64] = {};
  uint8_t group_ = 0;
};

TEST_F(ReferenceOps, DenseIsXTimesWPlusB) {
  float x[] = {1, 2, 3, 4}, w[] = {1, -1, 2, 0, 1, 3}, b[] = {10, 0, -30}, y[6];
  DenseSpec spec = {.in = 2, .out = 3, .activation = ActivationKind::kRelu, .max_rows = 2};
  ops_->PlanDense(spec)->Forward({x, 2, 2}, w, b, {y, 2, 3});
  const float expected[] = {11, 1, 0, 13, 1, 0};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(y[i], expected[i]) << i;
}

TEST_F(ReferenceOps, DenseGradientsAreThoseOfTheProduct) {
  float x[] = {1, 2}, w[] = {1, -1, 2, 3}, y[] = {5, 0}, dy[] = {2, 7};
  float dx[2], dw[4], db[2];
  DenseSpec spec = {.in = 2, .out = 2, .activation = ActivationKind::kRelu, .max_rows = 1};
  ops_->PlanDense(spec)->Backward({x, 1, 2}, w, {{y, 1, 2}, {dy, 1, 2}, dx, dw, db});
  // relu's second output is 0: its gradient does not pass.
  EXPECT_EQ(dx[0], 2);
  EXPECT_EQ(dx[1], 4);
  const float expected_dw[] = {2, 0, 4, 0};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(dw[i], expected_dw[i]) << i;
  EXPECT_EQ(db[0], 2);
  EXPECT_EQ(db[1], 0);
}

TEST_F(ReferenceOps, SgdMovesAgainstTheGradient) {
  UpdateSpec spec = {.kind = UpdateKind::kSgd, .learning_rate = 0.25f};
  Update(spec, 0, 0);
  EXPECT_FLOAT_EQ(weights_[0], 0.875f);
  spec.momentum = 0.5f;
  Update(spec, 1, 0);  // velocity 0.5 * 1 - 0.125
  EXPECT_FLOAT_EQ(slots_0_[0], 0.375f);
  EXPECT_FLOAT_EQ(weights_[0], 1.375f);
  spec.nesterov = true;
  Update(spec, 1, 0);  // 0.5 * 0.375 - 0.125
  EXPECT_FLOAT_EQ(weights_[0], 1.0625f);
}

TEST_F(ReferenceOps, RmspropHasEpsilonInsideTheRoot) {
  UpdateSpec spec = {.kind = UpdateKind::kRmsprop, .learning_rate = 0.1f, .rho = 0.9f};
  spec.epsilon = 0.125f;
  Update(spec, 0.1f, 0);  // v = 0.09 + 0.025 = 0.115; 0.1 * 0.5 / sqrt(0.24)
  EXPECT_FLOAT_EQ(slots_0_[0], 0.115f);
  EXPECT_FLOAT_EQ(weights_[0], 0.89793792f);
  spec.momentum = 0.5f;
  Update(spec, 0.1f, 0.2f);
  EXPECT_FLOAT_EQ(slots_1_[0], 0.20206208f);
  EXPECT_FLOAT_EQ(weights_[0], 0.79793792f);
}

TEST_F(ReferenceOps, AdamHasEpsilonOutsideTheRoot) {
  UpdateSpec spec = {.kind = UpdateKind::kAdam, .learning_rate = 0.1f, .beta_1 = 0.9f};
  spec.beta_2 = 0.99f;
  spec.epsilon = 0.05f;
  Update(spec, 0.1f, 0.04f);  // m = 0.14, v = 0.0421
  EXPECT_FLOAT_EQ(slots_0_[0], 0.14f);
  EXPECT_FLOAT_EQ(slots_1_[0], 0.0421f);
  EXPECT_FLOAT_EQ(weights_[0], static_cast<float>(1 - 0.014 / (std::sqrt(0.0421) + 0.05)));
}

TEST_F(ReferenceOps, DecayComesBeforeTheStepAndL2GoesIntoTheGradient) {
  UpdateSpec spec = {.kind = UpdateKind::kSgd, .learning_rate = 0.25f, .gradient_scale = 0.5f};
  spec.l2 = {0.25f, 0};
  spec.decay = {0.125f, 0};
  Update(spec, 0, 0);  // g = 0.25 + 0.25; w = 0.875 - 0.125
  EXPECT_FLOAT_EQ(weights_[0], 0.75f);
  group_ = 1;  // biases have neither
  Update(spec, 0, 0);
  EXPECT_FLOAT_EQ(weights_[0], 0.9375f);
}

TEST_F(ReferenceOps, BinaryCrossentropyIsMinusTheLogOfTheProbability) {
  const float p = 0.2f;
  float logit = std::log(p / (1 - p)), probability, gradient;
  for (const int32_t label : {0, 1}) {
    const LossSums sums = ops_->Loss(LossKind::kBinaryCrossentropy, {.output = {&logit, 1, 1},
                                                                     .labels = &label,
                                                                     .predictions = &probability,
                                                                     .doutput = &gradient,
                                                                     .batch_samples = 4});
    EXPECT_NEAR(sums.loss, -std::log(label == 1 ? 0.2 : 0.8), 1e-7);
    EXPECT_EQ(sums.correct, label == 0 ? 1 : 0);
    EXPECT_FLOAT_EQ(probability, p);
    EXPECT_FLOAT_EQ(gradient, (p - static_cast<float>(label)) / 4);
  }
}

TEST_F(ReferenceOps, AProbabilityOfExactlyAHalfIsClassZero) {
  float logit = 0;
  for (const int32_t label : {0, 1}) {
    const LossSums sums =
        ops_->Loss(LossKind::kBinaryCrossentropy, {.output = {&logit, 1, 1}, .labels = &label});
    EXPECT_EQ(sums.correct, label == 0 ? 1 : 0);
  }
}

TEST_F(ReferenceOps, CategoricalCrossentropyIsMinusTheLogOfTheLabelsShare) {
  float logits[] = {std::log(1.0f), std::log(2.0f), std::log(5.0f)}, gradient[3];
  const int32_t label = 1;
  const LossSums sums = ops_->Loss(
      LossKind::kCategoricalCrossentropy,
      {.output = {logits, 1, 3}, .labels = &label, .doutput = gradient, .batch_samples = 2});
  EXPECT_NEAR(sums.loss, std::log(4.0), 1e-7);
  EXPECT_EQ(sums.correct, 0);
  EXPECT_EQ(sums.top_5_correct, 1);
  EXPECT_FLOAT_EQ(gradient[0], 0.0625f);
  EXPECT_FLOAT_EQ(gradient[1], -0.375f);
  EXPECT_FLOAT_EQ(gradient[2], 0.3125f);
}

TEST_F(ReferenceOps, ALabelTiedWithTheFifthLargestIsAmongTheFive) {
  float logits[] = {9, 8, 7, 6, 5, 5, 4};
  const int32_t labels[] = {5, 6};
  for (const int32_t& label : labels) {
    const LossSums sums = ops_->Loss(LossKind::kCategoricalCrossentropy,
                                     {.output = {logits, 1, 7}, .labels = &label});
    EXPECT_EQ(sums.top_5_correct, label == 5 ? 1 : 0);
  }
}

TEST_F(ReferenceOps, RegressionLossesAreMeansOverTheOutputs) {
  float output[] = {1, 5}, targets[] = {3, 4}, gradient[2];
  const LossBatch batch = {
      .output = {output, 1, 2}, .targets = targets, .doutput = gradient, .batch_samples = 1};
  EXPECT_EQ(ops_->Loss(LossKind::kMeanSquaredError, batch).loss, 2.5);
  EXPECT_EQ(gradient[0], -2);
  EXPECT_EQ(gradient[1], 1);
  EXPECT_EQ(ops_->Loss(LossKind::kMeanAbsoluteError, batch).loss, 1.5);
  EXPECT_EQ(gradient[0], -0.5);
  EXPECT_EQ(gradient[1], 0.5);
}

}  // namespace
}  // namespace lockstep
