#include "core/data/targets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

constexpr LossFunction::Kind kBinary = LossFunction::BINARY_CROSSENTROPY;
constexpr LossFunction::Kind kCategorical = LossFunction::CATEGORICAL_CROSSENTROPY;
constexpr LossFunction::Kind kSquared = LossFunction::MEAN_SQUARED_ERROR;
constexpr LossFunction::Kind kAbsolute = LossFunction::MEAN_ABSOLUTE_ERROR;

using Values = std::vector<double>;

RawTargets Raw(Values values, int64_t width = 1) {
  return {std::move(values), width,
          [](int64_t sample) { return "y, sample " + std::to_string(sample); }};
}

// What y become under a loss that takes them.
struct Accepted {
  const char* name;
  LossFunction::Kind loss;
  Values values;
  int64_t width;
  std::vector<int32_t> labels;
  std::vector<float> targets;
  int64_t classes;
};

class AcceptedTargets : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedTargets, BecomeWhatTheLossCompares) {
  const Accepted& y = GetParam();
  Dataset data;
  const Status status = SetTargets(Raw(y.values, y.width), y.loss, &data);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(data.labels, y.labels);
  EXPECT_EQ(data.targets, y.targets);
  EXPECT_EQ(data.format.classes, y.classes);
  EXPECT_EQ(data.format.targets, y.classes == 0 ? y.width : 1);
}

INSTANTIATE_TEST_SUITE_P(
    Losses, AcceptedTargets,
    testing::Values(Accepted{"Binary", kBinary, {0, 1, 1}, 1, {0, 1, 1}, {}, 2},
                    Accepted{"BinaryOfOneClass", kBinary, {0, 0}, 1, {0, 0}, {}, 2},
                    Accepted{"NegativeZero", kBinary, {-0.0}, 1, {0}, {}, 2},
                    Accepted{"Categorical", kCategorical, {0, 4, 2}, 1, {0, 4, 2}, {}, 5},
                    Accepted{"CategoricalOfTwo", kCategorical, {1, 0}, 1, {1, 0}, {}, 2},
                    Accepted{"CategoricalOfOne", kCategorical, {0, 0}, 1, {0, 0}, {}, 2},
                    Accepted{"Many", kCategorical, {1048575}, 1, {1048575}, {}, 1048576},
                    Accepted{"OneHot", kCategorical, {0, 0, 1, 1, 0, 0}, 3, {2, 0}, {}, 3},
                    Accepted{"OneHotOfTwo", kCategorical, {0, 1, 1, 0}, 2, {1, 0}, {}, 2},
                    Accepted{"Squared", kSquared, {0, 1, -3}, 1, {}, {0, 1, -3}, 0},
                    Accepted{"Absolute", kAbsolute, {2.5, -1}, 1, {}, {2.5, -1}, 0},
                    Accepted{"Wide", kSquared, {1, 0, 0, 1}, 2, {}, {1, 0, 0, 1}, 0}),
    [](const auto& info) { return std::string(info.param.name); });

// What y no loss of this kind takes, and what the message must say.
struct Refused {
  const char* name;
  LossFunction::Kind loss;
  Values values;
  int64_t width;
  ExitCode code;
  const char* said;
};

class RefusedTargets : public testing::TestWithParam<Refused> {};

TEST_P(RefusedTargets, AreNamedWithSampleAndValue) {
  const Refused& y = GetParam();
  Dataset data;
  const Status status = SetTargets(Raw(y.values, y.width), y.loss, &data);
  EXPECT_EQ(ExitCodeOf(status), y.code);
  EXPECT_NE(std::string(status.message()).find(y.said), std::string::npos) << status.message();
}

constexpr ExitCode kBad = ExitCode::kBadData;
constexpr ExitCode kUsage = ExitCode::kUsage;

INSTANTIATE_TEST_SUITE_P(
    Losses, RefusedTargets,
    testing::Values(
        Refused{"Fraction", kCategorical, {0, 2.5}, 1, kBad, "y, sample 1: found 2.5"},
        Refused{"BinaryFraction", kBinary, {0.5}, 1, kBad, "y, sample 0: found 0.5"},
        Refused{"Negative", kCategorical, {0, 1, -1}, 1, kBad, "y, sample 2: found -1"},
        Refused{"MinusOneBinary", kBinary, {1, -1}, 1, kBad, "y, sample 1: found -1"},
        Refused{"Nan", kCategorical, {NAN}, 1, kBad, "sample 0: found nan"},
        Refused{"TooMany", kCategorical, {1048576}, 1, kBad, "below 1048576"},
        Refused{"Infinite", kCategorical, {INFINITY}, 1, kBad, "sample 0: found inf"},
        Refused{"ThirdClass", kBinary, {0, 1, 2}, 1, kUsage, "y, sample 2: found label 2"},
        Refused{"OneHotBinary", kBinary, {0, 1, 1, 0}, 2, kUsage, "found 2 values a sample"},
        Refused{"TwoOnes", kCategorical, {1, 0, 1, 1}, 2, kBad, "y, sample 1: found 1"},
        Refused{"NoOne", kCategorical, {1, 0, 0, 0}, 2, kBad, "y, sample 1: found 0"},
        Refused{"Soft", kCategorical, {1, 0, 0.3, 0.7}, 2, kBad, "y, sample 1: found 0.3"},
        Refused{"NanTarget", kSquared, {1, 2, 3, NAN}, 2, kBad, "y, sample 1: found nan"},
        Refused{"Beyond", kSquared, {1e300}, 1, kBad, "y, sample 0: found 1e+300"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(SetClassNames, NumbersTheNamesOfBothSetsInSortedOrder) {
  TrainAndTest sets;
  ASSERT_TRUE(SetClassNames({"dog", "cat", "dog"}, {"ape"}, "t.csv", kCategorical, &sets).ok());
  EXPECT_EQ(sets.class_names, std::vector<std::string>({"ape", "cat", "dog"}));
  EXPECT_EQ(sets.train.labels, std::vector<int32_t>({2, 1, 2}));
  EXPECT_EQ(sets.test.labels, std::vector<int32_t>({0}));
  EXPECT_EQ(sets.train.format.classes, 3);
  EXPECT_EQ(sets.test.format.classes, 3);
}

TEST(SetClassNames, RefusesWhatIsNoChoice) {
  TrainAndTest sets;
  EXPECT_EQ(ExitCodeOf(SetClassNames({"a", "a"}, {}, "t.csv", kCategorical, &sets)), kBad);
  EXPECT_EQ(ExitCodeOf(SetClassNames({"a", "b"}, {"c"}, "t.csv", kBinary, &sets)), kUsage);
}

TEST(SetClassNames, QuotesNamesInOneLine) {
  TrainAndTest sets;
  const std::string one(SetClassNames({"a\nb", "a\nb"}, {}, "t", kCategorical, &sets).message());
  EXPECT_NE(one.find("\"a?b\""), std::string::npos) << one;
  const std::string three(SetClassNames({"a\n", "b\n", "c\n"}, {}, "t", kBinary, &sets).message());
  EXPECT_NE(three.find("\"a?\", \"b?\", \"c?\""), std::string::npos) << three;
}

TEST(MatchFormats, BothSetsHaveTheLargerNumberOfClasses) {
  for (const bool test_has_more : {false, true}) {
    TrainAndTest sets;
    ASSERT_TRUE(SetTargets(Raw({0, test_has_more ? 1.0 : 4.0}), kCategorical, &sets.train).ok());
    ASSERT_TRUE(SetTargets(Raw({0, test_has_more ? 4.0 : 1.0}), kCategorical, &sets.test).ok());
    sets.train.size = sets.test.size = 2;
    ASSERT_TRUE(MatchFormats("f.npz", &sets).ok());
    EXPECT_EQ(sets.train.format.classes, 5);
    EXPECT_EQ(sets.test.format.classes, 5);
  }
}

TEST(MatchFormats, BytesBesideFloatsBecomeFloatsOfTheirValues) {
  for (const bool test_has_bytes : {false, true}) {
    TrainAndTest sets;
    Dataset& bytes = test_has_bytes ? sets.test : sets.train;
    Dataset& floats = test_has_bytes ? sets.train : sets.test;
    sets.train.size = sets.test.size = 1;
    sets.train.format.shape = sets.test.format.shape = {3};
    bytes.format.encoding = Encoding::kUint8;
    bytes.bytes = {0, 7, 255};
    floats.dense = {0.5f, 1, 2};
    ASSERT_TRUE(MatchFormats("f.npz", &sets).ok());
    EXPECT_EQ(bytes.format.encoding, Encoding::kDense);
    EXPECT_EQ(bytes.dense, std::vector<float>({0, 7, 255}));
    EXPECT_TRUE(bytes.bytes.empty());
    EXPECT_EQ(floats.dense, std::vector<float>({0.5f, 1, 2}));
  }
}

TEST(MatchFormats, OtherShapesAreNamed) {
  TrainAndTest sets;
  sets.test.size = 1;
  sets.train.format.shape = {28, 28};
  sets.test.format.shape = {27, 28};
  const Status shapes = MatchFormats("f.npz", &sets);
  EXPECT_EQ(ExitCodeOf(shapes), kBad);
  EXPECT_NE(std::string(shapes.message()).find("[27,28]"), std::string::npos) << shapes.message();
  sets.test.format.shape = sets.train.format.shape;
  sets.test.format.targets = 3;
  EXPECT_EQ(ExitCodeOf(MatchFormats("f.npz", &sets)), kBad);
}

}  // namespace
}  // namespace lockstep
