// The first dense layer on multi-hot input: sums of rows of the weights instead of a product with a
// matrix that is nearly all zero. A word costs one row's load (and, backward, its store), mostly from
// the second-level cache.
#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_vector.h"

namespace lockstep::kernels {
namespace {


// Lanes 0 .. kVectors * kLanes of y = b + the sum of the rows at `indices`, in kChains partial sums:
// one alone would wait for each of its additions.
template <int kVectors, int kChains>
LOCKSTEP_INLINE void GatherColumns(const uint32_t* indices, int64_t count, const float* w,
                                   const float* b, float* y, int64_t out) {
  Vector sum[kChains][kVectors] = {};
  for (int v = 0; b != nullptr && v < kVectors; ++v) sum[0][v] = Load(b + v * kLanes);
  int64_t i = 0;
  for (; i + kChains <= count; i += kChains) {
    for (int c = 0; c < kChains; ++c) {
      const float* row = w + static_cast<int64_t>(indices[i + c]) * out;
      for (int v = 0; v < kVectors; ++v) sum[c][v] += Load(row + v * kLanes);
    }
  }
  for (; i < count; ++i) {
    const float* row = w + static_cast<int64_t>(indices[i]) * out;
    for (int v = 0; v < kVectors; ++v) sum[0][v] += Load(row + v * kLanes);
  }
  for (int chains = kChains; chains > 1; chains /= 2) {
    for (int c = 0; c < chains / 2; ++c) {
      for (int v = 0; v < kVectors; ++v) sum[c][v] += sum[c + chains / 2][v];
    }
  }
  for (int v = 0; v < kVectors; ++v) Store(sum[0][v], y + v * kLanes);
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
  for (int64_t r = 0; r < x.rows; ++r) {
    const uint32_t* indices = x.indices + x.offsets[r];
    const int64_t count = x.offsets[r + 1] - x.offsets[r];
    float* to = y + r * out;
    const auto bias = [b](int64_t j) { return b == nullptr ? nullptr : b + j; };
    int64_t j = 0;
    for (; j + 4 * kLanes <= out; j += 4 * kLanes) {
      GatherColumns<4, 2>(indices, count, w + j, bias(j), to + j, out);
    }
    for (; j + kLanes <= out; j += kLanes) {
      GatherColumns<1, 4>(indices, count, w + j, bias(j), to + j, out);
    }
    for (; j < out; ++j) {
      float sum = b == nullptr ? 0.0f : b[j];
      for (int64_t i = 0; i < count; ++i) sum += w[static_cast<int64_t>(indices[i]) * out + j];
      to[j] = sum;
    }
  }
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
