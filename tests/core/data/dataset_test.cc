#include "core/data/dataset.h"

#include <gtest/gtest.h>

#include "tests/core/data/sets.h"

namespace lockstep {
namespace {

// Five samples of each encoding; sample i is told by its values. Labels for the first, targets for
// the second (two a sample).
Dataset Dense() {
  Dataset data = EmptySet({.shape = {2}, .classes = 5}, 5);
  data.dense = {0, 1, 10, 11, 20, 21, 30, 31, 40, 41};
  data.labels = {0, 1, 2, 3, 4};
  return data;
}

Dataset Bytes() {
  Dataset data = EmptySet({.shape = {1, 2, 1}, .encoding = Encoding::kUint8, .targets = 2}, 5);
  data.bytes = {0, 1, 10, 11, 20, 21, 30, 31, 40, 41};
  data.targets = {0, .5f, 1, 1.5f, 2, 2.5f, 3, 3.5f, 4, 4.5f};
  return data;
}

Dataset Sparse() {
  Dataset data = EmptySet({.shape = {9}, .encoding = Encoding::kSparse, .classes = 2}, 5);
  data.row_offsets = {0, 2, 2, 3, 6, 7};
  data.indices = {1, 8, 0, 2, 3, 4, 7};
  data.labels = {0, 1, 0, 1, 0};
  return data;
}

void ExpectSame(const Dataset& a, const Dataset& b) {
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.format.shape, b.format.shape);
  EXPECT_EQ(a.format.classes, b.format.classes);
  EXPECT_EQ(a.dense, b.dense);
  EXPECT_EQ(a.bytes, b.bytes);
  EXPECT_EQ(a.row_offsets, b.row_offsets);
  EXPECT_EQ(a.indices, b.indices);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.targets, b.targets);
}

TEST(SampleFormat, FeaturesAreTheProductOfTheShape) {
  EXPECT_EQ((SampleFormat{.shape = {28, 28, 3}}).features(), 28 * 28 * 3);
  EXPECT_EQ((SampleFormat{.shape = {13}}).features(), 13);
}

TEST(Slice, HoldsTheSamplesOfTheRangeInEveryEncoding) {
  const Dataset dense = Slice(Dense(), 1, 3);
  EXPECT_EQ(dense.dense, std::vector<float>({10, 11, 20, 21}));
  EXPECT_EQ(dense.labels, std::vector<int32_t>({1, 2}));
  EXPECT_EQ(dense.size, 2);
  EXPECT_EQ(dense.format.classes, 5);
  const Dataset bytes = Slice(Bytes(), 4, 5);
  EXPECT_EQ(bytes.bytes, std::vector<uint8_t>({40, 41}));
  EXPECT_EQ(bytes.targets, std::vector<float>({4, 4.5f}));
  const Dataset sparse = Slice(Sparse(), 2, 4);
  EXPECT_EQ(sparse.row_offsets, std::vector<uint64_t>({0, 1, 4}));
  EXPECT_EQ(sparse.indices, std::vector<uint32_t>({0, 2, 3, 4}));
}

TEST(Slice, MayBeEmpty) {
  const Dataset empty = Slice(Sparse(), 3, 3);
  EXPECT_EQ(empty.size, 0);
  EXPECT_TRUE(empty.indices.empty());
}

TEST(Concatenate, PutsTogetherWhatSliceTookApart) {
  for (const Dataset& data : {Dense(), Bytes(), Sparse()}) {
    for (int64_t cut = 0; cut <= data.size; ++cut) {
      ExpectSame(Concatenate(Slice(data, 0, cut), Slice(data, cut, data.size)), data);
    }
  }
}

TEST(SliceDeathTest, ARangeOutsideIsRefused) { EXPECT_DEATH(Slice(Dense(), 2, 6), "2 to 6 of 5"); }

}  // namespace
}  // namespace lockstep
