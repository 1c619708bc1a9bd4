#include "distributed/report/confusion.h"

#include <gtest/gtest.h>

#include <functional>

namespace lockstep {
namespace {

// Three classes; rows 1 and 3 are wrong, row 3 more surely so.
Predictions ThreeClasses() {
  return {.count = 4,
          .outputs = 3,
          .classes = 3,
          .class_names = {"a", "b", "c"},
          .values = {0.8f, 0.1f, 0.1f, 0.5f, 0.3f, 0.2f, 0.1f, 0.2f, 0.7f, 0.0f, 0.9f, 0.1f},
          .labels = {0, 1, 2, 2},
          .targets = {},
          .samples = {},
          .mistakes = {}};
}

Predictions Sigmoid() {
  Predictions predictions;
  predictions.count = 3;
  predictions.classes = 2;
  predictions.values = {0.9f, 0.25f, 0.5f};
  predictions.labels = {1, 1, 0};
  return predictions;
}

TEST(CountConfusions, HasTrueClassesAsRowsAndPredictedOnesAsColumns) {
  EXPECT_EQ(CountConfusions(ThreeClasses()),
            (std::vector<int64_t>{1, 0, 0, /**/ 1, 0, 0, /**/ 0, 1, 1}));
}

TEST(CountConfusions, TakesOneOutputAsTheProbabilityOfClassOne) {
  EXPECT_EQ(CountConfusions(Sigmoid()), (std::vector<int64_t>{1, 0, /**/ 1, 1}));
  EXPECT_FLOAT_EQ(static_cast<float>(ClassOf(Sigmoid(), 1).confidence), 0.75f);
}

TEST(MostConfidentMistakes, AreWrongClassesBySureness) {
  EXPECT_EQ(MostConfidentMistakes(ThreeClasses(), 10), (std::vector<int64_t>{3, 1}));
  EXPECT_EQ(MostConfidentMistakes(ThreeClasses(), 1), (std::vector<int64_t>{3}));
}

TEST(MostConfidentMistakes, AreTheLargestErrorsOfARegression) {
  Predictions predictions;
  predictions.count = 3;
  predictions.values = {1, 5, 2};
  predictions.targets = {1, 2, 4};
  EXPECT_EQ(MostConfidentMistakes(predictions, 2), (std::vector<int64_t>{1, 2}));
}

TEST(CheckPredictions, AcceptsWhatFitsTogether) {
  EXPECT_TRUE(CheckPredictions(ThreeClasses()).ok());
  EXPECT_TRUE(CheckPredictions(Sigmoid()).ok());
}

TEST(CheckPredictions, RefusesWhatDoesNot) {
  const std::vector<std::function<void(Predictions*)>> breaks = {
      [](Predictions* p) { p->values.pop_back(); },
      [](Predictions* p) { p->labels.pop_back(); },
      [](Predictions* p) { p->labels[0] = 3; },
      [](Predictions* p) { p->labels[0] = -1; },
      [](Predictions* p) { p->class_names.pop_back(); },
      [](Predictions* p) { p->classes = 4; },
      [](Predictions* p) { p->samples.push_back({.index = 4, .picture = {}, .text = {}}); },
      [](Predictions* p) { p->mistakes.push_back({.index = -1, .picture = {}, .text = {}}); },
  };
  for (size_t i = 0; i < breaks.size(); ++i) {
    Predictions predictions = ThreeClasses();
    breaks[i](&predictions);
    EXPECT_EQ(ExitCodeOf(CheckPredictions(predictions)), ExitCode::kBug) << i;
  }
}

}  // namespace
}  // namespace lockstep
