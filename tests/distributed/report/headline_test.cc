#include "distributed/report/headline.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

std::string ValueOf(const std::vector<HeadlineItem>& items, const std::string& label) {
  for (const HeadlineItem& item : items) {
    if (item.label == label) return item.value + (item.note.empty() ? "" : "; " + item.note);
  }
  return "absent";
}

TEST(Headline, GivesFinalAndBestOfTheValidationCurves) {
  RunReport run;
  run.history = {{"loss", {0.5, 0.25}}, {"accuracy", {0.75, 0.875}}, {"seconds", {1, 1}},
                 {"val_loss", {0.375, 0.5}}, {"val_accuracy", {0.875, 0.75}}};
  run.summary = {{"ranks", "2", 2.0}, {"communicator", "threads", {}}, {"seconds", "5.4474", 5.4474}, {"samples_per_second", "99,130.1", 99130.1},
                 {"test.loss", "0.3", 0.3}, {"test.accuracy", "0.9", 0.9}};
  const std::vector<HeadlineItem> items = Headline(run);
  EXPECT_EQ(ValueOf(items, "val_accuracy"), "0.7500; best 0.8750 at epoch 1");
  EXPECT_EQ(ValueOf(items, "val_loss"), "0.5000; best 0.3750 at epoch 1");
  EXPECT_EQ(ValueOf(items, "accuracy"), "absent");
  EXPECT_EQ(ValueOf(items, "ranks"), "2; threads");
  EXPECT_EQ(ValueOf(items, "training time"), "5.45 s");
  EXPECT_EQ(ValueOf(items, "samples/s"), "99,130");
  EXPECT_EQ(items[0].label, "test accuracy");
  EXPECT_EQ(items[1].label, "test loss");
}

TEST(Headline, GivesTheTrainingCurvesWithoutValidation) {
  RunReport run;
  run.history = {{"loss", {0.5, 0.25}}, {"seconds", {1, 1}}};
  const std::vector<HeadlineItem> items = Headline(run);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].value, "0.2500");
}

TEST(Headline, FindsTheBestEpochOfTheSmoothedMeanPastTheFirstPoints) {
  RunReport run;
  std::vector<double> mean(10, 0.0);
  mean.insert(mean.end(), {3, 1, 9, 9});
  run.crossval = CrossValidation{
      .folds = 2, .metric = "val_loss", .per_fold = {}, .mean = {{"val_loss", mean}}};
  // 3, 2.8, then up: the second point after the ten that are left out.
  EXPECT_EQ(ValueOf(Headline(run), "best epoch, smoothed"), "12; mean there 2.8000");
}

TEST(Headline, GivesTheVerdictOfTheLastEpoch) {
  RunReport run;
  run.timing = {{1, "input-bound 31 %", {}}, {2, "rank 1 late", {}}};
  EXPECT_EQ(ValueOf(Headline(run), "verdict"), "rank 1 late");
  run.summary = {{"verdict", "computing 90 %", {}}};
  EXPECT_EQ(ValueOf(Headline(run), "verdict"), "computing 90 %");
}

TEST(Headline, OfAnEmptyRunIsEmpty) {
  RunReport run;
  EXPECT_TRUE(Headline(run).empty());
  run.history = {{"loss", {}}, {"val_loss", {}}};
  EXPECT_TRUE(Headline(run).empty());
  run.crossval = CrossValidation{
      .folds = 2, .metric = "val_loss", .per_fold = {}, .mean = {{"val_loss", {}}}};
  EXPECT_EQ(Headline(run).size(), 1u);
}

TEST(RunLabels, AreTheFoldersWhereNamesAreTheSame) {
  std::vector<RunReport> runs(3);
  runs[0].name = runs[2].name = "a";
  runs[1].name = "b";
  runs[0].folder = "x/a";
  runs[2].folder = "y/a";
  EXPECT_EQ(RunLabels(runs), (std::vector<std::string>{"x/a", "b", "y/a"}));
}

}  // namespace
}  // namespace lockstep
