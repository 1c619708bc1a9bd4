// What dense layers and convolutions need beside the libraries' products (kernel.h).
#ifndef LOCKSTEP_CORE_OPS_CUDA_LINEAR_KERNELS_H_
#define LOCKSTEP_CORE_OPS_CUDA_LINEAR_KERNELS_H_

#include <cmath>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/ops/cuda/kernel.h"
#include "core/ops/element.h"
#include "core/ops/specs.h"

namespace lockstep::cuda {

// y = f(y + b), b per column or nullptr: what a library could not do as it stored y.
struct BiasActivationKernel {
  ActivationKind kind;
  const float* b;
  float* y;
  int64_t cols;
  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const float bias = b == nullptr ? 0.0f : b[i % static_cast<I>(cols)];
    y[i] = Activated(kind, y[i] + bias);
  }
};

// to [cols,rows] = from [rows,cols], transposed: a block takes a tile, so that both sides are
// touched along their rows. The tile's rows are one longer: its columns then lie in different
// banks.
struct TransposeKernel {
  static constexpr int64_t kTile = kWarpThreads;
  struct Shared {
    float tile[kTile][kTile + 1];
  };
  const float* from;
  float* to;
  int64_t rows, cols;

  int64_t blocks() const { return CeilingOfQuotient(rows, kTile) * CeilingOfQuotient(cols, kTile); }

  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* shared) const {
    const int64_t tiles = CeilingOfQuotient(cols, kTile);
    const int64_t row = block.index() / tiles * kTile, col = block.index() % tiles * kTile;
    block.ForEach(kTile * kTile, [&](int64_t i) {
      const int64_t r = i / kTile, c = i % kTile;
      if (row + r < rows && col + c < cols) {
        shared->tile[r][c] = from[(row + r) * cols + col + c];
      }
    });
    block.ForEach(kTile * kTile, [&](int64_t i) {
      const int64_t c = i / kTile, r = i % kTile;
      if (row + r < rows && col + c < cols) to[(col + c) * rows + row + r] = shared->tile[r][c];
    });
  }
};

// The batch normalisation after a convolution folded into its kernel w [filters, taps] and bias.
struct FoldKernel {
  BatchNormParameters p;
  float epsilon;
  float* w;
  const float* b;  // of the convolution, or nullptr
  float* bias;
  int64_t taps;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const I filter = i / static_cast<I>(taps);
    const float scale = p.gamma[filter] / std::sqrt(p.variance[filter] + epsilon);
    w[i] *= scale;
    if (i % static_cast<I>(taps) != 0) return;
    const float before = b == nullptr ? 0.0f : b[filter];
    bias[filter] = (before - p.mean[filter]) * scale + p.beta[filter];
  }
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_LINEAR_KERNELS_H_
