#include <gtest/gtest.h>

#include <cstdint>
#include <array>
#include <span>
#include <vector>

#include "core/ops/cpu_kernels.h"
#include "tests/testing/floats.h"

namespace lockstep {
namespace {

constexpr int64_t kOutputs[] = {1, 10, 16, 46, 64, 85, 128};
constexpr int64_t kRows = 6, kColumns = 30;

// Row r has every (r + 1)th column; row 3 is empty.
struct MultiHot {
  MultiHot() {
    for (uint32_t r = 0; r < kRows; ++r) {
      for (uint32_t k = 0; k < kColumns && r != 3; k += r + 1) lists[r].push_back(k);
    }
    ones.assign(lists.begin(), lists.end());
  }
  SparseRows Rows(int64_t begin, int64_t end) const {
    return {ones.data() + begin, end - begin, kColumns};
  }
  std::array<std::vector<uint32_t>, kRows> lists;
  std::vector<std::span<const uint32_t>> ones;
};

TEST(SparseForward, ARowsBitsDoNotDependOnTheRowsBesideIt) {
  const MultiHot x;
  for (const int64_t out : kOutputs) {
    const Floats w = RandomFloats(kColumns * out, 1), b = RandomFloats(out, 2);
    Floats y(kRows * out), pieces(kRows * out);
    kernels::SparseForward(x.Rows(0, kRows), w.data(), b.data(), y.data(), out);
    for (int64_t r = 0; r < kRows; r += 2) {
      kernels::SparseForward(x.Rows(r, r + 2), w.data(), b.data(), pieces.data() + r * out, out);
    }
    EXPECT_TRUE(SameBits(y, pieces)) << out;
  }
}

TEST(SparseKernels, BitsDoNotDependOnAlignment) {
  const MultiHot x;
  for (const int64_t out : kOutputs) {
    const Floats w = RandomFloats(kColumns * out, 1), dy = RandomFloats(kRows * out, 2);
    Floats y(kRows * out), dw(kColumns * out);
    kernels::SparseForward(x.Rows(0, kRows), w.data(), nullptr, y.data(), out);
    kernels::SparseWeightGradient(x.Rows(0, kRows), dy.data(), dw.data(), out);
    for (const int by : {1, 3, 8, 15}) {
      const Floats moved_w = w.Copy(by), moved_dy = dy.Copy(by);
      Floats moved_y(kRows * out, by), moved_dw(kColumns * out, by);
      kernels::SparseForward(x.Rows(0, kRows), moved_w.data(), nullptr, moved_y.data(), out);
      kernels::SparseWeightGradient(x.Rows(0, kRows), moved_dy.data(), moved_dw.data(), out);
      EXPECT_TRUE(SameBits(y, moved_y) && SameBits(dw, moved_dw)) << out << ", moved by " << by;
    }
  }
}

TEST(SparseWeightGradient, OfAColumnThatNoSampleHasIsZero) {
  const uint32_t list[] = {1};
  const std::span<const uint32_t> ones[] = {list};
  Floats dy = RandomFloats(20, 1, 1, 2), dw(3 * 20);
  kernels::SparseWeightGradient({ones, 1, 3}, dy.data(), dw.data(), 20);
  for (int64_t j = 0; j < 20; ++j) {
    EXPECT_EQ(dw[j], 0);
    EXPECT_EQ(dw[20 + j], dy[j]);
    EXPECT_EQ(dw[40 + j], 0);
  }
}

}  // namespace
}  // namespace lockstep
