#include "core/data/batch.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/core/data/sets.h"

namespace lockstep {
namespace {

using Ids = std::vector<uint32_t>;

template <typename T>
std::vector<T> Values(const T* data, size_t count) {
  return std::vector<T>(data, data + count);
}

TEST(BatchBuffer, GathersDenseRowsInTheOrderAsked) {
  Dataset data = EmptySet({.shape = {2}, .classes = 4}, 4);
  data.dense = {0, 1, 10, 11, 20, 21, 30, 31};
  data.labels = {3, 2, 1, 0};
  BatchBuffer buffer(&data, 3);
  const Batch& batch = buffer.Gather(Ids{3, 0, 3});
  EXPECT_EQ(batch.rows, 3);
  EXPECT_EQ(batch.dense.rows, 3);
  EXPECT_FALSE(batch.sparse);
  EXPECT_EQ(batch.bytes, nullptr);
  EXPECT_EQ(Values(batch.dense.data, 6), std::vector<float>({30, 31, 0, 1, 30, 31}));
  EXPECT_EQ(Values(batch.labels, 3), std::vector<int32_t>({0, 3, 0}));
  EXPECT_EQ(batch.targets, nullptr);
  EXPECT_EQ(Values(batch.sample_ids, 3), Ids({3, 0, 3}));
}

TEST(BatchBuffer, KeepsBytesAndTheirDivisor) {
  Dataset data = EmptySet(
      {.shape = {1, 3, 1}, .encoding = Encoding::kUint8, .divide_by = 255, .targets = 2}, 2);
  data.bytes = {0, 128, 255, 1, 2, 3};
  data.targets = {1, 2, 3, 4};
  BatchBuffer buffer(&data, 8);
  const Batch& batch = buffer.Gather(Ids{1, 0});
  EXPECT_EQ(Values(batch.bytes, 6), std::vector<uint8_t>({1, 2, 3, 0, 128, 255}));
  EXPECT_EQ(batch.scale.divide_by, 255);
  EXPECT_EQ(Values(batch.targets, 4), std::vector<float>({3, 4, 1, 2}));
  EXPECT_EQ(batch.labels, nullptr);
}

TEST(BatchBuffer, PointsAtTheSparseRowsOfTheSet) {
  Dataset data = EmptySet({.shape = {9}, .encoding = Encoding::kSparse, .classes = 2}, 4);
  data.row_offsets = {0, 2, 2, 3, 6};
  data.indices = {1, 8, 0, 2, 3, 4};
  data.labels = {0, 1, 0, 1};
  BatchBuffer buffer(&data, 3);
  const Batch& batch = buffer.Gather(Ids{3, 1, 0});
  ASSERT_TRUE(batch.sparse);
  EXPECT_EQ(batch.sparse_rows.rows, 3);
  EXPECT_EQ(batch.sparse_rows.columns, 9);
  const auto row = [&batch](int r) {
    return Ids(batch.sparse_rows.ones[r].begin(), batch.sparse_rows.ones[r].end());
  };
  EXPECT_EQ(row(0), Ids({2, 3, 4}));
  EXPECT_EQ(row(1), Ids({}));
  EXPECT_EQ(row(2), Ids({1, 8}));
  EXPECT_EQ(batch.sparse_rows.ones[0].data(), data.indices.data() + 3);
}

TEST(BatchBuffer, ItsMemoryIsUsedAgainForShorterAndEmptyBatches) {
  Dataset data = EmptySet({.shape = {1}, .classes = 2}, 3);
  data.dense = {5, 6, 7};
  data.labels = {0, 1, 0};
  BatchBuffer buffer(&data, 3);
  const float* memory = buffer.Gather(Ids{0, 1, 2}).dense.data;
  const Batch& batch = buffer.Gather(Ids{2});
  EXPECT_EQ(batch.dense.data, memory);
  EXPECT_EQ(batch.rows, 1);
  EXPECT_EQ(batch.dense.data[0], 7);
  EXPECT_EQ(buffer.Gather(Ids{}).rows, 0);
}

TEST(BatchBufferDeathTest, MoreRowsThanPromisedAreRefused) {
  Dataset data = EmptySet({.shape = {1}, .classes = 2}, 2);
  data.dense = {5, 6};
  data.labels = {0, 1};
  BatchBuffer buffer(&data, 1);
  EXPECT_DEATH(buffer.Gather(Ids{0, 1}), "2 rows");
}

}  // namespace
}  // namespace lockstep
