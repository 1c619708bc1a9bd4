// The first dense layer on multi-hot input: sums of rows of the weights instead of a product with a
// matrix that is nearly all zero. A word costs one row's load (and, backward, its store), mostly
// from the second-level cache.
#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_vector.h"

namespace lockstep::kernels {
namespace {

// The rows of x that a tile takes, and where their results go.
struct Tile {
  const uint32_t* indices = nullptr;
  const uint32_t* offsets = nullptr;  // of the first row
  float* y = nullptr;
};

// Lanes 0 .. kVectors * kLanes of y = b + the sum of w's rows at the indices, for kRows samples.
// Each sum is taken one word after another, as a product with the multi-hot matrix is; several
// samples take turns, because one alone would wait for each of its additions.
template <int kRows, int kVectors>
LOCKSTEP_INLINE void GatherColumns(const Tile& tile, const float* w, const float* b, int64_t out) {
  Vector sum[kRows][kVectors];
  int64_t shortest = tile.offsets[1] - tile.offsets[0];
  for (int r = 0; r < kRows; ++r) {
    const int64_t count = tile.offsets[r + 1] - tile.offsets[r];
    shortest = count < shortest ? count : shortest;
    for (int v = 0; v < kVectors; ++v) sum[r][v] = b == nullptr ? Vector{} : Load(b + v * kLanes);
  }
  for (int64_t i = 0; i < shortest; ++i) {
    for (int r = 0; r < kRows; ++r) {
      const float* row = w + static_cast<int64_t>(tile.indices[tile.offsets[r] + i]) * out;
      for (int v = 0; v < kVectors; ++v) sum[r][v] += Load(row + v * kLanes);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int64_t i = tile.offsets[r] + shortest; i < tile.offsets[r + 1]; ++i) {
      const float* row = w + static_cast<int64_t>(tile.indices[i]) * out;
      for (int v = 0; v < kVectors; ++v) sum[r][v] += Load(row + v * kLanes);
    }
    for (int v = 0; v < kVectors; ++v) Store(sum[r][v], tile.y + r * out + v * kLanes);
  }
}

// All outputs of kRows samples.
template <int kRows>
LOCKSTEP_INLINE void ForwardRows(Tile tile, const float* w, const float* b, int64_t out) {
  float* y = tile.y;
  const auto bias = [b](int64_t j) { return b == nullptr ? nullptr : b + j; };
  int64_t j = 0;
  for (; j + 4 * kLanes <= out; j += 4 * kLanes) {
    tile.y = y + j;
    GatherColumns<kRows, 4>(tile, w + j, bias(j), out);
  }
  for (; j + kLanes <= out; j += kLanes) {
    tile.y = y + j;
    GatherColumns<kRows, 1>(tile, w + j, bias(j), out);
  }
  for (int r = 0; r < kRows; ++r) {
    for (int64_t column = j; column < out; ++column) {
      float sum = b == nullptr ? 0.0f : b[column];
      for (int64_t i = tile.offsets[r]; i < tile.offsets[r + 1]; ++i) {
        sum += w[static_cast<int64_t>(tile.indices[i]) * out + column];
      }
      y[r * out + column] = sum;
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
    for (int v = 0; v < kVectors; ++v) {
      Store(Load(row + v * kLanes) + gradient[v], row + v * kLanes);
    }
  }
}

}  // namespace

LOCKSTEP_KERNEL void SparseForward(const SparseRows& x, const float* w, const float* b, float* y,
                                   int64_t out) {
  constexpr int64_t kRows = 4;
  int64_t r = 0;
  for (; r + kRows <= x.rows; r += kRows) {
    ForwardRows<kRows>({x.indices, x.offsets + r, y + r * out}, w, b, out);
  }
  for (; r < x.rows; ++r) ForwardRows<1>({x.indices, x.offsets + r, y + r * out}, w, b, out);
}

LOCKSTEP_KERNEL void SparseWeightGradient(const SparseRows& x, const float* dy, float* dw,
                                          int64_t out) {
  std::memset(dw, 0, static_cast<size_t>(x.columns * out) * sizeof(float));
  for (int64_t r = 0; r < x.rows; ++r) {
    const uint32_t* indices = x.indices + x.offsets[r];
    const int64_t count = x.offsets[r + 1] - x.offsets[r];
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
