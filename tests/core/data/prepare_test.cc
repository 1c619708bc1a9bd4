#include "core/data/prepare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/base/summation_tree.h"
#include "core/data/picture_reader.h"
#include "tests/core/data/sets.h"

namespace lockstep {
namespace {

// `n` samples of one feature, sample i being i; and a test set of 4, from 1000 on.
TrainAndTest Counting(int64_t n) {
  TrainAndTest sets;
  for (Dataset* data : {&sets.train, &sets.test}) {
    const bool test = data == &sets.test;
    data->size = test ? 4 : n;
    data->format.shape = {1};
    data->dense.resize(static_cast<size_t>(data->size));
    std::iota(data->dense.begin(), data->dense.end(), test ? 1000.0f : 0.0f);
    data->targets = data->dense;
  }
  return sets;
}

std::vector<float> Numbers(int64_t begin, int64_t end) {
  std::vector<float> numbers(static_cast<size_t>(end - begin));
  std::iota(numbers.begin(), numbers.end(), static_cast<float>(begin));
  return numbers;
}

// Two features: the first of mean 2, population variance 8/3; the second constant.
TrainAndTest TwoFeatures() {
  TrainAndTest sets;
  sets.train = EmptySet({.shape = {2}}, 3);
  sets.train.dense = {0, 0.1f, 2, 0.1f, 4, 0.1f};
  sets.test = EmptySet({.shape = {2}}, 1);
  sets.test.dense = {6, 1.1f};
  return sets;
}

DataConfig Standardised() {
  DataConfig config;
  config.set_standardize(true);
  return config;
}

TEST(ScaleFeatures, StandardisesByTheTrainingSetsMeanAndPopulationDeviation) {
  TrainAndTest sets = TwoFeatures();
  ASSERT_TRUE(ScaleFeatures(Standardised(), &sets).ok());
  const float deviation = std::sqrt(8.0 / 3.0);
  EXPECT_FLOAT_EQ(sets.train.dense[0], -2 / deviation);
  EXPECT_FLOAT_EQ(sets.train.dense[2], 0);
  EXPECT_FLOAT_EQ(sets.train.dense[4], 2 / deviation);
  EXPECT_FLOAT_EQ(sets.test.dense[0], 4 / deviation);
  for (const Dataset* data : {&sets.train, &sets.test}) {
    EXPECT_EQ(data->format.feature_mean, std::vector<float>({2, 0.1f}));
    EXPECT_EQ(data->format.feature_deviation, std::vector<float>({deviation, 1}));
  }
}

TEST(ScaleFeatures, AConstantFeatureIsOnlyCentred) {
  TrainAndTest sets = TwoFeatures();
  ASSERT_TRUE(ScaleFeatures(Standardised(), &sets).ok());
  for (const size_t i : {1, 3, 5}) EXPECT_EQ(sets.train.dense[i], 0);
  EXPECT_FLOAT_EQ(sets.test.dense[1], 1);
}

// The mean of ten times 0.1 is not 0.1 in float64.
TEST(ScaleFeatures, AConstantWhoseMeanIsRoundedIsConstantAllTheSame) {
  for (int64_t n = 1; n < 20; ++n) {
    TrainAndTest sets = Counting(n);
    sets.train_exact.assign(static_cast<size_t>(n), 0.1);
    ASSERT_TRUE(ScaleFeatures(Standardised(), &sets).ok());
    for (const float value : sets.train.dense) EXPECT_EQ(value, 0) << n << " samples";
  }
}

TEST(ScaleFeatures, UsesTheExactFeaturesWhereThereAreSome) {
  TrainAndTest sets = Counting(2);
  sets.train_exact = {1e9, 1e9 + 1};  // one number in float32
  sets.test_exact = {1e9, 1e9, 1e9, 1e9 + 1};
  ASSERT_TRUE(ScaleFeatures(Standardised(), &sets).ok());
  EXPECT_EQ(sets.train.dense, std::vector<float>({-1, 1}));
  EXPECT_EQ(sets.test.dense, std::vector<float>({-1, -1, -1, 1}));
}

TEST(ScaleFeatures, BytesBecomeDenseToBeStandardised) {
  TrainAndTest sets;
  sets.train = EmptySet({.shape = {1}, .encoding = Encoding::kUint8}, 2);
  sets.train.bytes = {0, 2};
  ASSERT_TRUE(ScaleFeatures(Standardised(), &sets).ok());
  EXPECT_EQ(sets.train.format.encoding, Encoding::kDense);
  EXPECT_EQ(sets.train.dense, std::vector<float>({-1, 1}));
  EXPECT_TRUE(sets.train.bytes.empty());
}

TEST(ScaleFeatures, DividesInFloat32AndLeavesBytesToTheLoader) {
  DataConfig config;
  config.set_divide_by(255);
  TrainAndTest sets = Counting(3);
  ASSERT_TRUE(ScaleFeatures(config, &sets).ok());
  EXPECT_EQ(sets.train.dense[2], 2.0f / 255.0f);
  EXPECT_EQ(sets.test.dense[0], 1000.0f / 255.0f);
  sets.train = EmptySet({.shape = {1}, .encoding = Encoding::kUint8}, 1);
  sets.train.bytes = {255};
  ASSERT_TRUE(ScaleFeatures(config, &sets).ok());
  EXPECT_EQ(sets.train.bytes[0], 255);
  EXPECT_EQ(sets.train.format.divide_by, 255);
}

TEST(ScaleFeatures, WordListsAreRefused) {
  TrainAndTest sets;
  sets.train.format = {.shape = {9}, .encoding = Encoding::kSparse, .classes = 2};
  EXPECT_EQ(ExitCodeOf(ScaleFeatures(Standardised(), &sets)), ExitCode::kUsage);
}

NormalizeConfig Normal(std::vector<float> mean, std::vector<float> std) {
  NormalizeConfig config;
  config.mutable_mean()->Assign(mean.begin(), mean.end());
  config.mutable_std()->Assign(std.begin(), std.end());
  return config;
}

TEST(ScaleFeatures, PicturesInFilesAreNotStandardised) {
  TrainAndTest sets;
  sets.train = EmptySet({.shape = {2, 2, 3}, .encoding = Encoding::kUint8, .classes = 2}, 1);
  sets.train.reader = std::make_shared<PictureReader>(
      "f", std::vector<std::string>{"a/1.jpg"}, std::vector<int64_t>{1}, PictureTarget{2, 2, 1});
  const Status status = ScaleFeatures(Standardised(), &sets);
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  EXPECT_NE(status.message().find("normalize"), absl::string_view::npos) << status;
}

TEST(Normalise, BytesAreNormalisedWhenTheyBecomeFloats) {
  TrainAndTest sets;
  sets.train = EmptySet({.shape = {1, 1, 3}, .encoding = Encoding::kUint8, .classes = 2}, 1);
  sets.train.bytes = {1, 2, 3};
  sets.test = sets.train;
  ASSERT_EQ(Normalise(Normal({1, 2, 3}, {0.5f}), &sets), OkStatus());
  for (const Dataset* set : {&sets.train, &sets.test}) {
    EXPECT_EQ(set->format.mean, (std::vector<float>{1, 2, 3}));
    EXPECT_EQ(set->format.std, (std::vector<float>{0.5f, 0.5f, 0.5f}));
    EXPECT_EQ(set->bytes, (std::vector<uint8_t>{1, 2, 3}));
  }
}

TEST(Normalise, FloatsAreNormalisedInPlace) {
  TrainAndTest sets;
  sets.train = EmptySet({.shape = {2, 1, 2}, .classes = 2}, 1);
  sets.train.dense = {1, 2, 3, 4};
  ASSERT_EQ(Normalise(Normal({1, 2}, {2, 4}), &sets), OkStatus());
  EXPECT_EQ(sets.train.dense, (std::vector<float>{0, 0, 1, 0.5f}));
  EXPECT_TRUE(sets.train.format.mean.empty());
}

TEST(Normalise, AnotherNumberOfChannelsIsRefused) {
  TrainAndTest sets;
  sets.train = EmptySet({.shape = {1, 1, 3}, .encoding = Encoding::kUint8, .classes = 2}, 1);
  EXPECT_EQ(Normalise(Normal({}, {1, 2}), &sets).message(),
            "data.normalize.std: found 2 values, expected 1 or one for each of 3 channels");
  sets.train.format = {.shape = {9}, .encoding = Encoding::kSparse, .classes = 2};
  EXPECT_EQ(ExitCodeOf(Normalise(Normal({1}, {}), &sets)), ExitCode::kUsage);
}

// A validation rule and the samples it sets aside of n; the others are the training set.
struct RuleCase {
  const char* name;
  int64_t n;
  void (*set)(ValidationConfig*);
  Range aside;
};

class ValidationRule : public testing::TestWithParam<RuleCase> {};

TEST_P(ValidationRule, SetsItsSamplesAside) {
  const RuleCase& rule = GetParam();
  DataConfig config;
  rule.set(config.mutable_validation());
  const auto splits = Split(config, Counting(rule.n));
  ASSERT_TRUE(splits.ok()) << splits.status().message();
  EXPECT_EQ(splits->validation.dense, Numbers(rule.aside.begin, rule.aside.end));
  std::vector<float> rest = Numbers(0, rule.aside.begin);
  const std::vector<float> after = Numbers(rule.aside.end, rule.n);
  rest.insert(rest.end(), after.begin(), after.end());
  EXPECT_EQ(splits->train.dense, rest);
  EXPECT_EQ(splits->train.targets, rest);
  EXPECT_EQ(splits->test.size, 4);
}

// The fractions' bounds are int(math.floor(n * (1.0 - validation_split))) of Keras 3, evaluated in
// Python: 10 * (1.0 - 0.9) is 0.99..., 100 * (1.0 - 0.1) is 90.0, 1000 * (1.0 - 0.7) is
// 300.000...04.
INSTANTIATE_TEST_SUITE_P(
    Rules, ValidationRule,
    testing::Values(
        RuleCase{"First", 10, [](ValidationConfig* v) { v->set_first(3); }, {0, 3}},
        RuleCase{"FirstNone", 10, [](ValidationConfig* v) { v->set_first(0); }, {0, 0}},
        RuleCase{"LastFifth",
                 60000,
                 [](ValidationConfig* v) { v->set_last_fraction(0.2); },
                 {48000, 60000}},
        RuleCase{
            "LastTenth", 100, [](ValidationConfig* v) { v->set_last_fraction(0.1); }, {90, 100}},
        RuleCase{"LastThird", 10, [](ValidationConfig* v) { v->set_last_fraction(0.33); }, {6, 10}},
        RuleCase{
            "LastSeven", 1000, [](ValidationConfig* v) { v->set_last_fraction(0.7); }, {300, 1000}},
        RuleCase{"FoldFirst",
                 404,
                 [](ValidationConfig* v) { v->set_fold(0), v->set_folds(4); },
                 {0, 101}},
        RuleCase{"FoldLast",
                 404,
                 [](ValidationConfig* v) { v->set_fold(3), v->set_folds(4); },
                 {303, 404}},
        RuleCase{"FoldUneven",
                 10,
                 [](ValidationConfig* v) { v->set_fold(2), v->set_folds(3); },
                 {6, 9}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Split, TheTestSetMayBeTheValidationSet) {
  DataConfig config;
  config.mutable_validation()->set_test(true);
  const auto splits = Split(config, Counting(5));
  ASSERT_TRUE(splits.ok());
  EXPECT_EQ(splits->train.size, 5);
  EXPECT_EQ(splits->validation.dense, splits->test.dense);
}

TEST(Split, TakesTheFirstSamplesBeforeItSetsSomeAside) {
  DataConfig config;
  config.set_take(6);
  config.mutable_validation()->set_last_fraction(0.5);
  const auto splits = Split(config, Counting(100));
  ASSERT_TRUE(splits.ok());
  EXPECT_EQ(splits->train.dense, Numbers(0, 3));
  EXPECT_EQ(splits->validation.dense, Numbers(3, 6));
}

TEST(Split, SaysThatTheFirstSamplesLackHalfOfTheClasses) {
  TrainAndTest sets = Counting(8);
  sets.train.format.classes = 4;
  sets.train.labels = {0, 0, 1, 1, 2, 2, 3, 3};
  DataConfig config;
  config.set_take(4);
  const auto some = Split(config, sets);
  ASSERT_EQ(some->notes.size(), 1u);
  EXPECT_NE(some->notes[0].find("the first 4 samples have 2 of 4 classes"), std::string::npos);
  config.set_take(5);
  EXPECT_TRUE(Split(config, sets)->notes.empty());
}

TEST(Split, TakingMoreThanThereAreTakesAll) {
  DataConfig config;
  config.set_take(1000);
  EXPECT_EQ(Split(config, Counting(5))->train.size, 5);
}

TEST(Split, RulesThatLeaveNothingAreRefused) {
  const auto refusal = [](int64_t n, auto set) {
    DataConfig config;
    set(config.mutable_validation());
    const Status status = Split(config, Counting(n)).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage) << status.message();
    return std::string(status.message());
  };
  EXPECT_NE(refusal(5, [](auto* v) { v->set_first(5); }).find("first: found 5"), std::string::npos);
  EXPECT_NE(refusal(5, [](auto* v) { v->set_first(~uint64_t{0}); }).find("5 training samples"),
            std::string::npos);
  EXPECT_NE(refusal(1, [](auto* v) { v->set_last_fraction(0.5); }).find("no training sample"),
            std::string::npos);
  EXPECT_NE(refusal(3, [](auto* v) { v->set_fold(0), v->set_folds(4); }).find("folds: found 4"),
            std::string::npos);
}

TEST(Split, ValidationByAnAbsentTestSetIsRefused) {
  DataConfig config;
  config.mutable_validation()->set_test(true);
  TrainAndTest sets = Counting(5);
  sets.test = Dataset{};
  EXPECT_EQ(ExitCodeOf(Split(config, std::move(sets)).status()), ExitCode::kUsage);
}

}  // namespace
}  // namespace lockstep
