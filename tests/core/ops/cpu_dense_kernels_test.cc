#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "core/ops/cpu_kernels.h"
#include "tests/testing/floats.h"

namespace lockstep {
namespace {

constexpr int64_t kOutputs[] = {1, 2, 10, 16, 17, 46, 64, 80, 128};
constexpr int64_t kInputs[] = {1, 3, 13, 16, 37, 64};

// A micro-batch's rows may be computed in any pieces: each row's bits are its own.
TEST(SmallProducts, ARowsBitsDoNotDependOnTheRowsBesideIt) {
  constexpr int64_t kRows = 7;
  for (const int64_t in : kInputs) {
    for (const int64_t out : kOutputs) {
      const DenseSpec spec = {.in = in, .out = out};
      const Floats x = RandomFloats(kRows * in, 1), w = RandomFloats(in * out, 2),
                   b = RandomFloats(out, 3), dy = RandomFloats(kRows * out, 4);
      Floats y(kRows * out), dx(kRows * in), y_pieces(kRows * out), dx_pieces(kRows * in);
      kernels::SmallForward(x.data(), w.data(), b.data(), y.data(), spec, kRows);
      kernels::SmallInputGradient(dy.data(), w.data(), dx.data(), spec, kRows);
      for (const auto& [begin, end] : {std::pair{0, 1}, {1, 4}, {4, 7}}) {
        kernels::SmallForward(x.data() + begin * in, w.data(), b.data(),
                              y_pieces.data() + begin * out, spec, end - begin);
        kernels::SmallInputGradient(dy.data() + begin * out, w.data(),
                                    dx_pieces.data() + begin * in, spec, end - begin);
      }
      EXPECT_TRUE(SameBits(y, y_pieces)) << in << " to " << out;
      EXPECT_TRUE(SameBits(dx, dx_pieces)) << in << " to " << out;
    }
  }
}

// The bits of every kernel with its arrays `by` elements off the cache line.
std::vector<Floats> ProductsMisaligned(const DenseSpec& spec, int64_t rows, int by) {
  const Floats x = RandomFloats(rows * spec.in, 1).Copy(by),
               w = RandomFloats(spec.in * spec.out, 2).Copy(by),
               b = RandomFloats(spec.out, 3).Copy(by),
               dy = RandomFloats(rows * spec.out, 4).Copy(by);
  std::vector<Floats> results;
  for (const int64_t size : {rows * spec.out, rows * spec.in, spec.in * spec.out, spec.out}) {
    results.emplace_back(size, by);
  }
  kernels::SmallForward(x.data(), w.data(), b.data(), results[0].data(), spec, rows);
  kernels::SmallInputGradient(dy.data(), w.data(), results[1].data(), spec, rows);
  kernels::SmallWeightGradient(x.data(), dy.data(), results[2].data(), spec, rows);
  kernels::ColumnSums(dy.data(), results[3].data(), rows, spec.out);
  return results;
}

TEST(SmallProducts, BitsDoNotDependOnAlignment) {
  for (const int64_t in : kInputs) {
    for (const int64_t out : kOutputs) {
      const DenseSpec spec = {.in = in, .out = out};
      const std::vector<Floats> aligned = ProductsMisaligned(spec, 5, 0);
      for (const int by : {1, 3, 8, 15}) {
        const std::vector<Floats> moved = ProductsMisaligned(spec, 5, by);
        for (size_t i = 0; i < aligned.size(); ++i) {
          EXPECT_TRUE(SameBits(aligned[i], moved[i])) << in << " to " << out << ", kernel " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
