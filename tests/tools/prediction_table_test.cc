#include "tools/prediction_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/data/dataset.h"

namespace lockstep {
namespace {

const std::vector<std::string> kNoNames;

Dataset Labelled(std::vector<int32_t> labels) {
  Dataset samples;
  samples.format.classes = 2;
  samples.labels = std::move(labels);
  return samples;
}

TEST(PredictionTable, OfFewClassesHasTheProbabilityOfEach) {
  const Dataset samples = Labelled({1, 0});
  const std::vector<std::string> names = {"plain", "a, \"b\""};
  const std::vector<float> outputs = {0.25f, 0.75f, 0.1f, 0.9f};
  const PredictedSamples predicted = {&samples, &names, outputs, 2};
  EXPECT_EQ(FullTable(predicted),
            "sample,label,predicted,probability,probability_plain,\"probability_a, \"\"b\"\"\"\n"
            "0,\"a, \"\"b\"\"\",\"a, \"\"b\"\"\",0.75,0.25,0.75\n"
            "1,plain,\"a, \"\"b\"\"\",0.899999976,0.100000001,0.899999976\n");
  EXPECT_EQ(ShortTable(predicted),
            "sample,label,predicted,probability\n"
            "0,\"a, \"\"b\"\"\",\"a, \"\"b\"\"\",0.750000\n1,plain,\"a, \"\"b\"\"\",0.900000\n");
}

TEST(PredictionTable, OfMoreThanFiveClassesNamesTheFiveBest) {
  const Dataset samples = Labelled({5});
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f"};
  const std::vector<float> outputs = {0.125f, 0.25f, 0.0625f, 0.25f, 0.0f, 0.3125f};
  EXPECT_EQ(FullTable({&samples, &names, outputs, 6}),
            "sample,label,predicted,probability,top_1,top_2,top_3,top_4,top_5,probability_a,"
            "probability_b,probability_c,probability_d,probability_e,probability_f\n"
            "0,f,f,0.3125,f,b,d,a,c,0.125,0.25,0.0625,0.25,0,0.3125\n");
}

TEST(PredictionTable, OfOneOutputIsOfTwoClasses) {
  const Dataset samples = Labelled({1, 0, 0});
  const std::vector<float> outputs = {0.75f, 0.25f, 0.5f};
  EXPECT_EQ(FullTable({&samples, &kNoNames, outputs, 1}),
            "sample,label,predicted,probability,probability_0,probability_1\n"
            "0,1,1,0.75,0.25,0.75\n1,0,0,0.75,0.75,0.25\n2,0,0,0.5,0.5,0.5\n");
}

TEST(PredictionTable, GivesEveryFloatBackBitForBit) {
  const Dataset samples = Labelled({0});
  for (const float value : {1.0f / 3, 0.1f, 1e-30f, std::nextafterf(1, 0), 0x1.fffffep-3f}) {
    const std::vector<float> outputs = {value, 0};
    const std::string table = FullTable({&samples, &kNoNames, outputs, 2});
    const size_t last = table.rfind(','), before = table.rfind(',', last - 1);
    EXPECT_EQ(std::stof(table.substr(before + 1, last - before - 1)), value) << table;
  }
}

TEST(PredictionTable, OfAmountsHasAColumnForEachOrAListForTheEye) {
  Dataset samples;
  samples.targets = {1, 2.5f, 3, 4};
  samples.format.targets = 2;
  const std::vector<float> outputs = {0.1f, 2, 3, 1e7f};
  EXPECT_EQ(FullTable({&samples, &kNoNames, outputs, 2}),
            "sample,target_0,target_1,predicted_0,predicted_1\n"
            "0,1,2.5,0.100000001,2\n1,3,4,3,10000000\n");
  EXPECT_EQ(ShortTable({&samples, &kNoNames, outputs, 2}),
            "sample,target,predicted\n0,1 2.5,0.1 2\n1,3 4,3 1e+07\n");
  samples.format.targets = 1;
  EXPECT_EQ(FullTable({&samples, &kNoNames, std::span(outputs).first(1), 1}),
            "sample,target,predicted\n0,1,0.100000001\n");
}

TEST(MostProbable, PutsTheFirstOfEqualsFirstAndNoNumberLast) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values = {nan, 0.25f, 0.5f, 0.25f, 0};
  EXPECT_EQ(MostProbable(values, 4), (std::vector<size_t>{2, 1, 3, 4}));
  EXPECT_EQ(MostProbable(values, 9), (std::vector<size_t>{2, 1, 3, 4, 0}));
  EXPECT_EQ(MostProbable(std::vector<float>{nan, nan}, 5), (std::vector<size_t>{0, 1}));
}

}  // namespace
}  // namespace lockstep
