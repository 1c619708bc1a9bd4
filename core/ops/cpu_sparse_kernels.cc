// The first dense layer on multi-hot input: sums of rows of the weights instead of a product with a
// matrix that is nearly all zero. A word costs one row's load (and, backward, its store), mostly
// from the second-level cache.
#include <cstring>

#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_vector.h"

namespace lockstep::kernels {
namespace {

constexpr int64_t kBlockRows = 64;
constexpr int64_t kAhead = 16;  // words for which the cache is asked

// Rows that are taken together.
template <int kRows>
struct Tile {
  const uint32_t* words[kRows];  // of each row
  int64_t count[kRows];          // of them
  float* y[kRows];
};

// The rows of a block, shorter ones first, as far as steps of 8 words tell them apart: the rows of
// a tile shall end together.
LOCKSTEP_INLINE void OrderByLength(const SparseRows& block, uint8_t* order) {
  constexpr int64_t kLengths = 64;
  const auto length_of = [&block](int64_t row) {
    const int64_t eighth = static_cast<int64_t>(block.ones[row].size()) / 8;
    return eighth < kLengths ? eighth : kLengths - 1;
  };
  uint8_t begin[kLengths + 1] = {};
  for (int64_t row = 0; row < block.rows; ++row) ++begin[length_of(row) + 1];
  for (int64_t length = 0; length < kLengths; ++length) {
    begin[length + 1] = static_cast<uint8_t>(begin[length + 1] + begin[length]);
  }
  for (int64_t row = 0; row < block.rows; ++row) {
    order[begin[length_of(row)]++] = static_cast<uint8_t>(row);
  }
}

// Lanes j .. j + kVectors * kLanes of y = b + the sum of w's rows at the words, for kRows samples.
// Each sum is taken one word after another, as a product with the multi-hot matrix is; several
// samples take turns, because one alone would wait for each of its additions.
template <int kRows, int kVectors>
LOCKSTEP_INLINE void GatherColumns(const Tile<kRows>& tile, const float* w, const float* b,
                                   int64_t j, int64_t out) {
  Vector sum[kRows][kVectors];
  int64_t shortest = tile.count[0];
  for (int r = 0; r < kRows; ++r) {
    shortest = tile.count[r] < shortest ? tile.count[r] : shortest;
    for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = b == nullptr ? Vector{} : Load(b + j + v * kLanes);
    }
  }
  const auto add = [&](int r, int64_t i) __attribute__((always_inline)) {
    const float* row = w + static_cast<int64_t>(tile.words[r][i]) * out + j;
    for (int v = 0; v < kVectors; ++v) sum[r][v] += Load(row + v * kLanes);
  };
  for (int64_t i = 0; i < shortest; ++i) {
    for (int r = 0; r < kRows; ++r) add(r, i);
  }
  for (int r = 0; r < kRows; ++r) {
    for (int64_t i = shortest; i < tile.count[r]; ++i) add(r, i);
    for (int v = 0; v < kVectors; ++v) Store(sum[r][v], tile.y[r] + j + v * kLanes);
  }
}

// All outputs of the rows order[0] .. order[kRows - 1] of a block.
template <int kRows>
LOCKSTEP_INLINE void ForwardRows(const SparseRows& block, const uint8_t* order, const float* w,
                                 const float* b, float* y, int64_t out) {
  Tile<kRows> tile;
  for (int r = 0; r < kRows; ++r) {
    tile.words[r] = block.ones[order[r]].data();
    tile.count[r] = static_cast<int64_t>(block.ones[order[r]].size());
    tile.y[r] = y + order[r] * out;
  }
  int64_t j = 0;
  for (; j + 4 * kLanes <= out; j += 4 * kLanes) GatherColumns<kRows, 4>(tile, w, b, j, out);
  for (; j + kLanes <= out; j += kLanes) GatherColumns<kRows, 1>(tile, w, b, j, out);
  for (; j < out; ++j) {
    for (int r = 0; r < kRows; ++r) {
      float sum = b == nullptr ? 0.0f : b[j];
      for (int64_t i = 0; i < tile.count[r]; ++i) {
        sum += w[static_cast<int64_t>(tile.words[r][i]) * out + j];
      }
      tile.y[r][j] = sum;
    }
  }
}

// Adds lanes 0 .. kVectors * kLanes of `from` to the rows of dw at `indices`.
template <int kVectors>
LOCKSTEP_INLINE void ScatterColumns(const uint32_t* indices, int64_t count, const float* from,
                                    float* dw, int64_t out) {
  Vector gradient[kVectors];
  for (int v = 0; v < kVectors; ++v) gradient[v] = Load(from + v * kLanes);
  for (int64_t i = 0; i < count; ++i) {
    float* row = dw + static_cast<int64_t>(indices[i]) * out;
    if (i + kAhead < count) {
      const float* next = dw + static_cast<int64_t>(indices[i + kAhead]) * out;
      for (int v = 0; v < kVectors; ++v) __builtin_prefetch(next + v * kLanes, 1);
    }
    for (int v = 0; v < kVectors; ++v) {
      Store(Load(row + v * kLanes) + gradient[v], row + v * kLanes);
    }
  }
}

}  // namespace

LOCKSTEP_KERNEL void SparseForward(const SparseRows& x, const float* w, const float* b, float* y,
                                   int64_t out) {
  constexpr int64_t kRows = 4;
  for (int64_t begin = 0; begin < x.rows; begin += kBlockRows) {
    const int64_t rows = x.rows - begin < kBlockRows ? x.rows - begin : kBlockRows;
    const SparseRows block = {x.ones + begin, rows, x.columns};
    uint8_t order[kBlockRows];
    OrderByLength(block, order);
    float* to = y + begin * out;
    int64_t r = 0;
    for (; r + kRows <= rows; r += kRows) ForwardRows<kRows>(block, order + r, w, b, to, out);
    for (; r < rows; ++r) ForwardRows<1>(block, order + r, w, b, to, out);
  }
}

LOCKSTEP_KERNEL void SparseWeightGradient(const SparseRows& x, const float* dy, float* dw,
                                          int64_t out) {
  std::memset(dw, 0, static_cast<size_t>(x.columns * out) * sizeof(float));
  for (int64_t r = 0; r < x.rows; ++r) {
    const uint32_t* indices = x.ones[r].data();
    const int64_t count = static_cast<int64_t>(x.ones[r].size());
    const float* from = dy + r * out;
    int64_t j = 0;
    for (; j + 4 * kLanes <= out; j += 4 * kLanes) {
      ScatterColumns<4>(indices, count, from + j, dw + j, out);
    }
    for (; j + kLanes <= out; j += kLanes) {
      ScatterColumns<1>(indices, count, from + j, dw + j, out);
    }
    for (; j < out; ++j) {
      for (int64_t i = 0; i < count; ++i) dw[static_cast<int64_t>(indices[i]) * out + j] += from[j];
    }
  }
}

}  // namespace lockstep::kernels
