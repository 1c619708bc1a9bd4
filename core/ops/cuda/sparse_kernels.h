// The first dense layer on multi-hot input (kernel.h). Every sum is taken in the order of the words
// and of the rows, one after another, as on the CPU: the results have the CPU's bits.
#ifndef LOCKSTEP_CORE_OPS_CUDA_SPARSE_KERNELS_H_
#define LOCKSTEP_CORE_OPS_CUDA_SPARSE_KERNELS_H_

#include <cstdint>

#include "core/base/host_device.h"
#include "core/ops/cuda/kernel.h"

namespace lockstep::cuda {

// SparseRows on the device: row r has ones at words[begins[r]] .. words[begins[r + 1]], ascending.
struct PackedRows {
  const uint32_t* begins = nullptr;  // [rows + 1]
  const uint32_t* words = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;

  // Whether `row` has a one at `word`.
  LOCKSTEP_ELEMENT bool Has(int64_t row, uint32_t word) const {
    uint32_t low = begins[row], high = begins[row + 1];
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      if (words[middle] < word) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < begins[row + 1] && words[low] == word;
  }
};

// y [rows,out] = b + the sum of w's rows at the words; i runs over y, so that neighbouring threads
// read neighbouring weights.
struct SparseForwardKernel {
  PackedRows x;
  const float* w;
  const float* b;
  float* y;
  int64_t out;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const I row = i / static_cast<I>(out), j = i % static_cast<I>(out);
    float sum = b == nullptr ? 0.0f : b[j];
    for (uint32_t k = x.begins[row]; k < x.begins[row + 1]; ++k) {
      sum += w[static_cast<int64_t>(x.words[k]) * out + j];
    }
    y[i] = sum;
  }
};

// dw [columns,out]: a block takes one word. Its threads ask kBlockThreads rows at a time whether
// they have the word, then take an output each and add those rows' gradients in order. No atomics,
// which would leave the order open, and no transposed copy of the input.
struct SparseWeightGradientKernel {
  struct Shared {
    uint8_t has[kBlockThreads];
  };
  PackedRows x;
  const float* dy;
  float* dw;
  int64_t out;

  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* shared) const {
    const int64_t word = block.index();
    float* to = dw + word * out;
    block.ForEach(out, [&](int64_t j) { to[j] = 0; });
    for (int64_t first = 0; first < x.rows; first += kBlockThreads) {
      const int64_t left = x.rows - first;
      const int count = left < kBlockThreads ? static_cast<int>(left) : kBlockThreads;
      block.ForEachThread([&](int thread) {
        shared->has[thread] =
            thread < count && x.Has(first + thread, static_cast<uint32_t>(word)) ? 1 : 0;
      });
      block.ForEach(out, [&](int64_t j) {
        float sum = to[j];
        for (int row = 0; row < count; ++row) {
          if (shared->has[row] != 0) sum += dy[(first + row) * out + j];
        }
        to[j] = sum;
      });
    }
  }
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_SPARSE_KERNELS_H_
