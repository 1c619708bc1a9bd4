#include "distributed/train/progress_text.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

const std::vector<EpochMetric> kClassifier = {{"loss", 0.28571, 0.31384},
                                              {"accuracy", 0.89414, 0.88617}};
const std::vector<EpochMetric> kRegression = {{"loss", 4.2612, 10.6749},
                                              {"mean_absolute_error", 1.3238, 2.3672}};

TEST(EpochLine, OfAClassifierFitsInto80Columns) {
  EXPECT_EQ(EpochLine(10, 10, kClassifier, 104133, 80),
            "epoch 10/10  loss 0.2857 val 0.3138  accuracy 0.8941 val 0.8862  104k samples/s");
}

TEST(EpochLine, NamesMetricsInFullWhereAnyLengthFits) {
  EXPECT_EQ(EpochLine(7, 100, kRegression, 987.6, 0),
            "epoch   7/100  loss 4.2612 val 10.6749  mean_absolute_error 1.3238 val 2.3672  "
            "988 samples/s");
}

TEST(EpochLine, ShortensNamesAndThenLeavesOutTheLastMetrics) {
  EXPECT_EQ(EpochLine(7, 100, kRegression, 1.5e6, 80),
            "epoch   7/100  loss 4.2612 val 10.6749  mae 1.3238 val 2.3672  1.50M samples/s");
  EXPECT_EQ(EpochLine(7, 100, kRegression, 1.5e6, 60),
            "epoch   7/100  loss 4.2612 val 10.6749  1.50M samples/s");
}

TEST(EpochLine, HasOneNumberOfAMetricWithoutValidation) {
  EXPECT_EQ(EpochLine(1, 2, {{"loss", 0.5, {}}}, 9876, 80),
            "epoch 1/2  loss 0.5000  9,876 samples/s");
}

TEST(ProgressLine, TellsPlaceSpeedAndTimeLeftWithinTheColumns) {
  const EpochProgress progress = {.epoch = 3, .epochs = 10, .step = 20, .steps = 540, .loss = 0.375,
                                  .samples_per_second = 104133, .seconds_left = 12.4};
  EXPECT_EQ(ProgressLine(progress, 80),
            "epoch  3/10  step  20/540  loss 0.3750  104k samples/s  12 s left");
  EXPECT_EQ(ProgressLine(progress, 21), "epoch  3/10  step  2");
}

TEST(ProgressLine, TellsMinutesAndHoursLeft) {
  EpochProgress progress;
  progress.seconds_left = 200;
  EXPECT_NE(ProgressLine(progress, 80).find("3 min 20 s left"), std::string::npos);
  progress.seconds_left = 7500;
  EXPECT_NE(ProgressLine(progress, 80).find("2 h 05 min left"), std::string::npos);
}

}  // namespace
}  // namespace lockstep
