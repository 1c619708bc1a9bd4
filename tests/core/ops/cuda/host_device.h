// A Device of core/ops/cuda/kernel_ops.h on the host: kernels run as ordinary code, the threads of
// a block in turn, sums in the order that core/ops/cuda/kernel.h promises.
#ifndef LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_DEVICE_H_
#define LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_DEVICE_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "core/ops/cuda/kernel.h"

namespace lockstep::cuda {

class HostBlock {
 public:
  // Threads run first to last, or last to first: no kernel may depend on it.
  HostBlock(int64_t index, bool backwards) : index_(index), backwards_(backwards) {}

  int64_t index() const { return index_; }

  template <typename F>
  void ForEachThread(const F& f) {
    for (int t = 0; t < kBlockThreads; ++t) f(backwards_ ? kBlockThreads - 1 - t : t);
  }
  template <typename F>
  void ForEach(int64_t n, const F& f) {
    ForEachThread([&](int thread) {
      for (int64_t j = thread; j < n; j += kBlockThreads) f(j);
    });
  }
  template <typename F>
  void ForFirst(const F& f) {
    f();
  }
  template <typename F>
  double Sum(int64_t n, const F& f) {
    double sums[kBlockThreads] = {};
    ForEachThread([&](int thread) {
      for (int64_t j = thread; j < n; j += kBlockThreads) sums[thread] += f(j);
    });
    double total = 0;
    for (int warp = 0; warp < kBlockWarps; ++warp) {
      double* lanes = sums + warp * kWarpThreads;
      for (int half = kWarpThreads / 2; half > 0; half /= 2) {
        for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
      }
      total = warp == 0 ? lanes[0] : total + lanes[0];
    }
    return total;
  }
  template <typename F>
  float Largest(int64_t n, const F& f) {
    float largest = -std::numeric_limits<float>::infinity();
    for (int64_t j = 0; j < n; ++j) largest = f(j) > largest ? f(j) : largest;
    return largest;
  }

 private:
  int64_t index_;
  bool backwards_;
};

class HostDevice {
 public:
  // With `wide`, indices are int64_t everywhere, as for more elements than 32 bits count; with
  // `backwards`, everything that runs side by side on a GPU runs last to first.
  explicit HostDevice(bool wide = false, bool backwards = false)
      : wide_(wide), backwards_(backwards) {}

  template <typename Kernel>
  void ForEach(int64_t n, const Kernel& kernel) {
    for (int64_t k = 0; k < n; ++k) {
      const int64_t i = backwards_ ? n - 1 - k : k;
      if (wide_) {
        kernel(i);
      } else {
        kernel(static_cast<uint32_t>(i));
      }
    }
  }

  template <typename Kernel>
  void ForEachBlock(int64_t blocks, const Kernel& kernel) {
    for (int64_t k = 0; k < blocks; ++k) {
      HostBlock block(backwards_ ? blocks - 1 - k : k, backwards_);
      typename Kernel::Shared shared;
      std::memset(static_cast<void*>(&shared), 0xFF, sizeof(shared));  // NaN until written
      kernel(block, &shared);
    }
  }

  // NaN until written.
  template <typename T>
  T* Scratch(int64_t count) {
    scratch_.assign(static_cast<size_t>(count) * sizeof(T), 0xFF);
    return reinterpret_cast<T*>(scratch_.data());
  }

  template <typename T, typename Fill>
  const T* Upload(int64_t count, const Fill& fill) {
    std::vector<uint8_t>& slot = uploads_[next_upload_++ % kUploads];
    slot.assign(static_cast<size_t>(count) * sizeof(T), 0xFF);
    fill(reinterpret_cast<T*>(slot.data()));
    return reinterpret_cast<const T*>(slot.data());
  }

  // Memory of a plan. NaN until written.
  class FloatArray {
   public:
    explicit FloatArray(int64_t count)
        : values_(static_cast<size_t>(count), std::numeric_limits<float>::quiet_NaN()) {}
    float* data() { return values_.data(); }

   private:
    std::vector<float> values_;
  };
  FloatArray Floats(int64_t count) { return FloatArray(count); }

  template <typename T>
  void Download(T* to, const T* from, int64_t count) {
    std::copy_n(from, count, to);
  }

 private:
  static constexpr int kUploads = 2;

  bool wide_, backwards_;
  std::vector<uint8_t> scratch_;
  std::vector<uint8_t> uploads_[kUploads];
  size_t next_upload_ = 0;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_DEVICE_H_
