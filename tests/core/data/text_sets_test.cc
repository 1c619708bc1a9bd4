// Against core/data/testdata/*_expected.npz, which numpy makes as Keras' load_data does; and, where
// LOCKSTEP_DATA is set, facts of the full sets as load_data gives them.
#include "core/data/text_sets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "core/data/formats/npz_reader.h"
#include "tests/testing/command.h"
#include "tests/testing/scoped_environment.h"

namespace lockstep {
namespace {

const std::string kTestdata = "tests/core/data/testdata";

std::vector<int32_t> Expected(const std::string& file, const std::string& array) {
  const auto npz = NpzReader::Open(RunfilePath(kTestdata + "/" + file));
  EXPECT_TRUE(npz.ok()) << npz.status().message();
  return *NpyToInts(*npz->Read(array));
}

void ExpectAsKeras(const Dataset& data, const std::string& file, const std::string& part) {
  EXPECT_EQ(data.format.encoding, Encoding::kSparse);
  EXPECT_EQ(data.format.shape, std::vector<int64_t>({50}));
  EXPECT_EQ(std::vector<int32_t>(data.row_offsets.begin(), data.row_offsets.end()),
            Expected(file, part + "_offsets"));
  EXPECT_EQ(std::vector<int32_t>(data.indices.begin(), data.indices.end()),
            Expected(file, part + "_indices"));
  EXPECT_EQ(data.labels, Expected(file, part + "_labels"));
  EXPECT_EQ(data.size, static_cast<int64_t>(data.labels.size()));
}

class SmallTextSets : public testing::Test {
 private:
  ScopedEnvironment data_{"LOCKSTEP_DATA", RunfilePath(kTestdata)};
};

TEST_F(SmallTextSets, ImdbIsSampleForSampleWhatKerasLoads) {
  const auto sets = LoadImdb(50, {.train = true, .test = true});
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  ExpectAsKeras(sets->train, "imdb_expected.npz", "train");
  ExpectAsKeras(sets->test, "imdb_expected.npz", "test");
  EXPECT_EQ(sets->train.format.classes, 2);
}

TEST_F(SmallTextSets, ReutersIsSampleForSampleWhatKerasLoads) {
  const auto sets = LoadReuters(50, {.train = true, .test = true});
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  ExpectAsKeras(sets->train, "reuters_expected.npz", "train");
  ExpectAsKeras(sets->test, "reuters_expected.npz", "test");
  EXPECT_EQ(sets->train.format.classes, 46);
  EXPECT_EQ(sets->class_names.size(), 46u);
}

TEST_F(SmallTextSets, OneSetAloneIsTheSameAsBesideTheOther) {
  const auto test = LoadImdb(50, {.train = false, .test = true});
  EXPECT_EQ(test->train.size, 0);
  ExpectAsKeras(test->test, "imdb_expected.npz", "test");
  const auto train = LoadReuters(50, {.train = true, .test = false});
  EXPECT_EQ(train->test.size, 0);
  ExpectAsKeras(train->train, "reuters_expected.npz", "train");
}

TEST_F(SmallTextSets, WordsInOrderHoldWhatTheMultiHotVectorHolds) {
  for (const bool test : {false, true}) {
    const auto texts = ReadImdb(test);
    ASSERT_TRUE(texts.ok());
    const auto sets = LoadImdb(50, {.train = !test, .test = test});
    const Dataset& data = test ? sets->test : sets->train;
    for (int64_t i = 0; i < data.size; ++i) {
      std::vector<uint32_t> words = KerasWords(*texts, i, 50);
      EXPECT_EQ(words.front(), 1u);
      std::sort(words.begin(), words.end());
      words.erase(std::unique(words.begin(), words.end()), words.end());
      const auto first = data.indices.begin();
      EXPECT_EQ(words,
                std::vector<uint32_t>(
                    first + static_cast<int64_t>(data.row_offsets[static_cast<size_t>(i)]),
                    first + static_cast<int64_t>(data.row_offsets[static_cast<size_t>(i) + 1])));
    }
  }
}

// Lengths with the start mark, as the lists that load_data returns.
double MeanLength(const TextSet& texts) {
  double sum = 0;
  for (const uint32_t i : texts.order) sum += 1 + static_cast<double>(texts.lists[i].size());
  return sum / static_cast<double>(texts.order.size());
}

std::vector<int32_t> FirstLabels(const Dataset& data) {
  return {data.labels.begin(), data.labels.begin() + 10};
}

class FullTextSets : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("LOCKSTEP_DATA") == nullptr) {
      GTEST_SKIP() << "NOT TESTED: LOCKSTEP_DATA is not set";
    }
  }
};

TEST_F(FullTextSets, ImdbIsWhatKerasLoads) {
  const auto texts = ReadImdb(false);
  ASSERT_TRUE(texts.ok()) << texts.status().message();
  const std::vector<uint32_t> words = KerasWords(*texts, 0, 10000);
  EXPECT_EQ(words.size(), 218u);
  EXPECT_EQ(std::vector<uint32_t>(words.begin(), words.begin() + 10),
            std::vector<uint32_t>({1, 14, 22, 16, 43, 530, 973, 1622, 1385, 65}));
  EXPECT_DOUBLE_EQ(MeanLength(*texts), 238.71364);
  const auto sets = LoadImdb(10000, {.train = true, .test = true});
  ASSERT_TRUE(sets.ok());
  EXPECT_EQ(FirstLabels(sets->train), std::vector<int32_t>({1, 0, 0, 1, 0, 0, 1, 0, 1, 0}));
  EXPECT_EQ(FirstLabels(sets->test), std::vector<int32_t>({0, 1, 1, 0, 1, 1, 1, 0, 0, 1}));
  EXPECT_EQ(sets->train.indices.size(), 3292468u);
  EXPECT_EQ(sets->test.indices.size(), 3218578u);
  EXPECT_EQ(std::accumulate(sets->test.indices.begin(), sets->test.indices.end(), uint64_t{0}),
            3579837053u);
}

TEST_F(FullTextSets, ReutersIsWhatKerasLoads) {
  const auto texts = ReadReuters(false);
  ASSERT_TRUE(texts.ok()) << texts.status().message();
  EXPECT_DOUBLE_EQ(MeanLength(*texts), 145.5398574927633);
  const std::vector<uint32_t> words = KerasWords(*texts, 0, 1 << 24);
  EXPECT_EQ(std::vector<uint32_t>(words.begin(), words.begin() + 10),
            std::vector<uint32_t>({1, 27595, 28842, 8, 43, 10, 447, 5, 25, 207}));
  const auto sets = LoadReuters(10000, {.train = true, .test = true});
  ASSERT_TRUE(sets.ok());
  EXPECT_EQ(sets->train.size, 8982);
  EXPECT_EQ(sets->test.size, 2246);
  EXPECT_EQ(FirstLabels(sets->train), std::vector<int32_t>({3, 4, 3, 4, 4, 4, 4, 3, 3, 16}));
  EXPECT_EQ(FirstLabels(sets->test), std::vector<int32_t>({3, 10, 1, 4, 4, 3, 3, 3, 3, 3}));
  EXPECT_EQ(sets->train.indices.size(), 733517u);
  EXPECT_EQ(sets->test.indices.size(), 185676u);
}

}  // namespace
}  // namespace lockstep
