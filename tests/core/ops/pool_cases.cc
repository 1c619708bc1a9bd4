// Pooling: results are those of the reference to the bit for kMax, within the rounding of a sum for
// kAverage and where several windows share a pixel.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

struct Shape2d {
  int64_t height, width, channels;
};

int64_t Extent(int64_t size, int64_t pads, int64_t window, int64_t stride) {
  return (size + pads - window) / stride + 1;
}

PoolSpec MakeSpec(PoolKind kind, Shape2d in, WindowSpec window, int64_t rows) {
  return {.kind = kind,
          .in = {in.height, in.width, in.channels},
          .out = {Extent(in.height, window.pad_top + window.pad_bottom, window.height,
                         window.stride_height),
                  Extent(in.width, window.pad_left + window.pad_right, window.width,
                         window.stride_width),
                  in.channels},
          .window = window,
          .max_rows = rows};
}

const std::vector<WindowSpec> kWindows = {
    {.height = 2, .width = 2, .stride_height = 2, .stride_width = 2},
    {.height = 3, .width = 3, .stride_height = 2, .stride_width = 2, .pad_bottom = 1,
     .pad_right = 1},
    {.height = 3, .width = 2, .stride_height = 1, .stride_width = 3, .pad_top = 1, .pad_left = 1},
    {.height = 1, .width = 1, .stride_height = 2, .stride_width = 2},
    {.height = 5, .width = 7, .stride_height = 5, .stride_width = 7},
};

// Every window over every kind of channels, at odd addresses.
template <typename Check>
void ForEachSpec(PoolKind kind, const Check& check) {
  for (const WindowSpec& window : kWindows) {
    for (const int64_t channels : {1, 3, 16, 17, 64}) {
      for (const int64_t rows : {0, 1, 3}) {
        SCOPED_TRACE(testing::Message()
                     << window.height << "x" << window.width << " of " << channels
                     << " channels, " << rows << " rows");
        check(MakeSpec(kind, {5, 7, channels}, window, rows), rows);
      }
    }
  }
}

void CheckMax(const OpsPair& ops) {
  ForEachSpec(PoolKind::kMax, [&](const PoolSpec& spec, int64_t rows) {
    const int64_t in = rows * spec.in.elems(), out = rows * spec.out.elems();
    Floats x = SmallIntegers(in, 1), dy = SmallIntegers(out, 2);  // with many ties
    Floats expected_y(out), y(out, 1), expected_dx(in), dx(in, 3);
    std::vector<uint16_t> expected_chosen(static_cast<size_t>(out)), chosen(expected_chosen);
    const auto reference = ops.reference->PlanPool(spec), tested = ops.tested->PlanPool(spec);
    const auto matrix = [rows](Floats& f) {
      return Matrix{f.data(), rows, f.size() / (rows + !rows)};
    };
    reference->Forward(matrix(x), matrix(expected_y), expected_chosen.data());
    tested->Forward(matrix(x), matrix(y), chosen.data());
    ExpectExactly(y.span(), expected_y.span());
    EXPECT_EQ(chosen, expected_chosen);
    reference->Backward(matrix(dy), chosen.data(), matrix(expected_dx));
    tested->Backward(matrix(dy), chosen.data(), matrix(dx));
    ExpectExactly(dx.span(), expected_dx.span());
    EXPECT_TRUE(y.intact() && dx.intact());
    tested->Forward(matrix(x), matrix(y), nullptr);  // as evaluation does
    ExpectExactly(y.span(), expected_y.span());
  });
}

void CheckAverage(const OpsPair& ops) {
  ForEachSpec(PoolKind::kAverage, [&](const PoolSpec& spec, int64_t rows) {
    const int64_t in = rows * spec.in.elems(), out = rows * spec.out.elems();
    Floats x = RandomFloats(in, 1), dy = RandomFloats(out, 2);
    Floats expected_y(out), y(out, 1), expected_dx(in), dx(in, 3);
    const auto reference = ops.reference->PlanPool(spec), tested = ops.tested->PlanPool(spec);
    const auto matrix = [rows](Floats& f) {
      return Matrix{f.data(), rows, f.size() / (rows + !rows)};
    };
    reference->Forward(matrix(x), matrix(expected_y), nullptr);
    tested->Forward(matrix(x), matrix(y), nullptr);
    const int64_t terms = spec.window.height * spec.window.width;
    const auto within = [terms](int64_t) { return SumTolerance(terms, 1); };  // |x| and |dy| < 1
    ExpectWithin(y.span(), expected_y.span(), within);
    reference->Backward(matrix(dy), nullptr, matrix(expected_dx));
    tested->Backward(matrix(dy), nullptr, matrix(dx));
    ExpectWithin(dx.span(), expected_dx.span(),
                 [terms](int64_t) { return SumTolerance(terms, static_cast<double>(terms)); });
    EXPECT_TRUE(y.intact() && dx.intact());
  });
}

// Zeros around the picture would be the largest; they must not be there.
void CheckPaddingNeverWins(const OpsPair& ops) {
  const PoolSpec spec = MakeSpec(
      PoolKind::kMax, {3, 3, 17},
      {.height = 3, .width = 3, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1}, 1);
  Floats x(spec.in.elems()), y(spec.out.elems());
  for (float& value : x.span()) value = -2;
  ops.tested->PlanPool(spec)->Forward(x.matrix(1), y.matrix(1), nullptr);
  for (const float value : y.span()) EXPECT_EQ(value, -2);
}

void CheckNanIsKept(const OpsPair& ops) {
  const PoolSpec spec = MakeSpec(PoolKind::kMax, {2, 2, 18}, kWindows[0], 1);
  for (const int64_t at : {0, 17, 18, 71}) {
    Floats x = RandomFloats(spec.in.elems(), 1), y(spec.out.elems());
    x[at] = std::numeric_limits<float>::quiet_NaN();
    ops.tested->PlanPool(spec)->Forward(x.matrix(1), y.matrix(1), nullptr);
    for (int64_t c = 0; c < 18; ++c) EXPECT_EQ(std::isnan(y[c]), c == at % 18) << at << " " << c;
  }
}

}  // namespace

std::vector<OpCase> PoolCases() {
  return {{"max_pool", CheckMax},
          {"average_pool", CheckAverage},
          {"max_pool_padding_never_wins", CheckPaddingNeverWins},
          {"max_pool_keeps_nan", CheckNanIsKept}};
}

}  // namespace lockstep
