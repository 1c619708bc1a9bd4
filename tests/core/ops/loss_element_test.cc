#include "core/ops/loss_element.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

TEST(BinaryTerms, AreTheCrossEntropyAndItsDerivative) {
  for (const double x : {-30.0, -2.0, -0.1, 0.0, 0.4, 3.0, 30.0}) {
    for (const int label : {0, 1}) {
      const OutputTerms<double> terms = BinaryTerms(x, label);
      EXPECT_NEAR(terms.loss, std::log1p(std::exp(label == 1 ? -x : x)), 1e-13);
      const double h = 1e-5;
      const double rise = BinaryTerms(x + h, label).loss - BinaryTerms(x - h, label).loss;
      EXPECT_NEAR(terms.gradient, rise / (2 * h), 1e-9);
      EXPECT_EQ(terms.error, terms.prediction - label);
      const OutputTerms<float> single = BinaryTerms(static_cast<float>(x), label);
      EXPECT_NEAR(single.loss, BinaryTerms<double>(static_cast<float>(x), label).loss,
                  8 * kUnitRoundoff * (terms.loss + 1));
    }
  }
  EXPECT_TRUE(std::isnan(BinaryTerms(NAN, 0).loss));
}

TEST(RegressionTerms, AreTheErrorsAndTheirDerivatives) {
  for (const float output : {-1.5f, 0.25f, 2.0f}) {
    const auto squared = RegressionTerms(LossKind::kMeanSquaredError, output, 0.25f);
    const auto absolute = RegressionTerms(LossKind::kMeanAbsoluteError, output, 0.25f);
    const double error = output - 0.25;
    EXPECT_EQ(squared.loss, error * error);
    EXPECT_EQ(squared.gradient, 2 * error);
    EXPECT_EQ(absolute.loss, std::abs(error));
    EXPECT_EQ(absolute.gradient, error > 0 ? 1 : (error < 0 ? -1 : 0));
  }
}

TEST(Accuracy, TakesHalfForClass0AndTheFirstOfEquals) {
  EXPECT_TRUE(IsBinaryCorrect(0.5f, 0));
  EXPECT_FALSE(IsBinaryCorrect(0.5f, 1));
  EXPECT_TRUE(IsOwnClass(0.75f, 1));
  EXPECT_FALSE(IsOwnClass(0.75f, 0.75f));
  const float outputs[] = {1, 3, 3, 2};
  EXPECT_TRUE(ComesBefore(outputs, 1, 2));
  EXPECT_FALSE(ComesBefore(outputs, 2, 1));
  EXPECT_TRUE(ComesBefore(outputs, 2, 3));
  EXPECT_FALSE(ComesBefore(outputs, 0, 3));
}

}  // namespace
}  // namespace lockstep
