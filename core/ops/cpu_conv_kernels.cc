// What a convolution does beside its products: the bias' gradient, in the pass that relu's gradient
// takes anyway.
#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_vector.h"

namespace lockstep::kernels {
namespace {

// kVectors * kLanes columns of n rows. `y` is nullptr where there is no relu.
template <int kVectors>
LOCKSTEP_INLINE void SumColumns(const float* y, float* dy, float* sums, int64_t n, int64_t out) {
  Vector sum[kVectors] = {};
  for (int64_t i = 0; i < n; ++i) {
    for (int v = 0; v < kVectors; ++v) {
      const int64_t at = i * out + v * kLanes;
      Vector gradient = Load(dy + at);
      if (y != nullptr) {
        gradient = WherePositive(Load(y + at), gradient);
        Store(gradient, dy + at);
      }
      sum[v] += gradient;
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    Store(Load(sums + v * kLanes) + sum[v], sums + v * kLanes);
  }
}

LOCKSTEP_INLINE void SumAll(const float* y, float* dy, float* sums, int64_t n, int64_t out) {
  const auto from = [y](int64_t j) { return y == nullptr ? nullptr : y + j; };
  int64_t j = 0;
  for (; j + 4 * kLanes <= out; j += 4 * kLanes) {
    SumColumns<4>(from(j), dy + j, sums + j, n, out);
  }
  for (; j + kLanes <= out; j += kLanes) SumColumns<1>(from(j), dy + j, sums + j, n, out);
  for (; j < out; ++j) {
    float sum = 0;
    for (int64_t at = j; at < n * out; at += out) {
      if (y != nullptr && !(y[at] > 0)) dy[at] = 0;
      sum += dy[at];
    }
    sums[j] += sum;
  }
}

}  // namespace

LOCKSTEP_KERNEL void AddColumnSums(const float* dy, float* sums, int64_t n, int64_t out) {
  SumAll(nullptr, const_cast<float*>(dy), sums, n, out);
}

LOCKSTEP_KERNEL void ReluGradientAndSums(const float* y, float* dy, float* sums, int64_t n,
                                         int64_t out) {
  SumAll(y, dy, sums, n, out);
}

}  // namespace lockstep::kernels
