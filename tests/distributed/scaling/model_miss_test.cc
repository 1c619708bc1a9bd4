#include "distributed/scaling/model_miss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// 1 and 2 ranks that took `one_ms` and `two_ms`, where the model says 9 to 11 and 5 to 7; and 4
// ranks that are predicted only.
ScalingResult Fitted(double one_ms, double two_ms) {
  ScalingResult result;
  result.measured.resize(2);
  result.measured[0].step_ms.value = one_ms;
  result.measured[1].ranks = 2;
  result.measured[1].step_ms.value = two_ms;
  result.predicted.resize(3);
  for (size_t i = 0; i < 3; ++i) {
    result.predicted[i].ranks = 1 << i;
    result.predicted[i].measured = i < 2;
  }
  result.predicted[0].step_ms = {10, 9, 11};
  result.predicted[1].step_ms = {6, 5, 7};
  result.predicted[2].step_ms = {3, 2, 4};
  return result;
}

TEST(ModelMiss, IsNoneWhereTheBandsHoldWhatWasMeasured) {
  EXPECT_EQ(ModelMiss(Fitted(9, 7)), "");
  EXPECT_EQ(ModelMiss({}), "");
}

TEST(ModelMiss, NamesTheRanksThatAreFarthestOutside) {
  EXPECT_THAT(ModelMiss(Fitted(12.5, 6)), HasSubstr("measured step of 1 rank by -20 %"));
  EXPECT_THAT(ModelMiss(Fitted(12.5, 4)), HasSubstr("measured step of 2 ranks by +50 %"));
}

TEST(ModelMiss, CountsOnlyWhatTheModelWasFittedOn) {
  ScalingResult result = Fitted(10, 6);
  result.predicted[1].measured = false;
  result.measured[1].step_ms.value = 100;
  EXPECT_EQ(ModelMiss(result), "");
  result.predicted[1].measured = true;
  EXPECT_NE(ModelMiss(result), "");
}

TEST(ModelMiss, IsNoneWithoutABand) {
  ScalingResult result = Fitted(100, 6);
  result.predicted[0].step_ms.low = result.predicted[0].step_ms.high =
      std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(ModelMiss(result), "");
}

}  // namespace
}  // namespace lockstep
