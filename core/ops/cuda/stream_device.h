// A Device of kernel_ops.h that is a stream of a GPU. For .cu files: it launches kernels.
//
// Memory is taken when a size is first asked for, and kept: after the first steps nothing is
// allocated. What is uploaded lies in a ring of pinned buffers, so that the host fills one while
// earlier ones are on their way.
#ifndef LOCKSTEP_CORE_OPS_CUDA_STREAM_DEVICE_H_
#define LOCKSTEP_CORE_OPS_CUDA_STREAM_DEVICE_H_

#include <cuda_runtime.h>

#include <cstdint>

#include "core/base/check.h"
#include "core/ops/cuda/device_memory.h"
#include "core/ops/cuda/kernel.h"

namespace lockstep::cuda {

// The Block of kernel.h on a GPU.
class StreamBlock {
 public:
  __device__ explicit StreamBlock(double* warp_sums) : warp_sums_(warp_sums) {}

  __device__ int64_t index() const { return blockIdx.x; }

  template <typename F>
  __device__ void ForEachThread(const F& f) {
    f(static_cast<int>(threadIdx.x));
    __syncthreads();
  }
  template <typename F>
  __device__ void ForEach(int64_t n, const F& f) {
    for (int64_t j = threadIdx.x; j < n; j += kBlockThreads) f(j);
    __syncthreads();
  }
  template <typename F>
  __device__ void ForFirst(const F& f) {
    if (threadIdx.x == 0) f();
    __syncthreads();
  }
  template <typename F>
  __device__ double Sum(int64_t n, const F& f) {
    double sum = 0;
    for (int64_t j = threadIdx.x; j < n; j += kBlockThreads) sum += f(j);
    for (int half = kWarpThreads / 2; half > 0; half /= 2) {
      sum += __shfl_down_sync(0xFFFFFFFFu, sum, half);
    }
    if (threadIdx.x % kWarpThreads == 0) warp_sums_[threadIdx.x / kWarpThreads] = sum;
    __syncthreads();
    double total = warp_sums_[0];
    for (int warp = 1; warp < kBlockWarps; ++warp) total += warp_sums_[warp];
    __syncthreads();  // before the next sum overwrites these
    return total;
  }
  template <typename F>
  __device__ float Largest(int64_t n, const F& f) {
    float largest = -INFINITY;
    for (int64_t j = threadIdx.x; j < n; j += kBlockThreads) largest = Larger(f(j), largest);
    for (int half = kWarpThreads / 2; half > 0; half /= 2) {
      largest = Larger(__shfl_xor_sync(0xFFFFFFFFu, largest, half), largest);
    }
    if (threadIdx.x % kWarpThreads == 0) warp_sums_[threadIdx.x / kWarpThreads] = largest;
    __syncthreads();
    for (int warp = 0; warp < kBlockWarps; ++warp) {
      largest = Larger(static_cast<float>(warp_sums_[warp]), largest);
    }
    __syncthreads();
    return largest;
  }

 private:
  // b where a is NaN.
  static __device__ float Larger(float a, float b) { return a > b ? a : b; }

  double* warp_sums_;
};

template <typename Kernel, typename I>
__global__ void __launch_bounds__(kBlockThreads) RunForEach(Kernel kernel, I n) {
  const I step = static_cast<I>(gridDim.x) * kBlockThreads;
  for (I i = static_cast<I>(blockIdx.x) * kBlockThreads + threadIdx.x; i < n; i += step) kernel(i);
}

template <typename Kernel>
__global__ void __launch_bounds__(kBlockThreads) RunForEachBlock(Kernel kernel) {
  __shared__ double warp_sums[kBlockWarps];
  __shared__ typename Kernel::Shared shared;
  StreamBlock block(warp_sums);
  kernel(block, &shared);
}

// One thread at a time. The memory functions are in device_memory.h.
class StreamDevice : public DeviceMemory {
 public:
  // On the current GPU, which must stay the thread's current one.
  explicit StreamDevice(cudaStream_t stream) : DeviceMemory(stream) {}

  template <typename Kernel>
  void ForEach(int64_t n, const Kernel& kernel) {
    if (n == 0) return;
    const int64_t blocks = CeilingOfQuotient(n, kBlockThreads);
    const unsigned grid = static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks);
    if (n <= kMostNarrow) {
      RunForEach<<<grid, kBlockThreads, 0, stream()>>>(kernel, static_cast<uint32_t>(n));
    } else {
      RunForEach<<<grid, kBlockThreads, 0, stream()>>>(kernel, n);
    }
    CheckLaunch();
  }

  template <typename Kernel>
  void ForEachBlock(int64_t blocks, const Kernel& kernel) {
    if (blocks == 0) return;
    LOCKSTEP_CHECK(blocks <= INT32_MAX, "%lld blocks", static_cast<long long>(blocks));
    RunForEachBlock<<<static_cast<unsigned>(blocks), kBlockThreads, 0, stream()>>>(kernel);
    CheckLaunch();
  }

 private:
  // Enough to fill any GPU; more elements are taken in turns. An index plus a step must fit.
  static constexpr int64_t kMostBlocks = 1 << 16;
  static constexpr int64_t kMostNarrow = UINT32_MAX - kMostBlocks * kBlockThreads;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_STREAM_DEVICE_H_
