// Memory of a GPU for one stream of work: scratch, uploads and downloads as kernel_ops.h says.
#ifndef LOCKSTEP_CORE_OPS_CUDA_DEVICE_MEMORY_H_
#define LOCKSTEP_CORE_OPS_CUDA_DEVICE_MEMORY_H_

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/ops/cuda/library_status.h"

namespace lockstep::cuda {

// `count` floats of a GPU's memory, for as long as the object lives.
class DeviceFloats {
 public:
  explicit DeviceFloats(int64_t count);
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { cudaFree(data); }
  };
  std::unique_ptr<float, Free> data_;
};

// Owns its memory and events, borrows the stream. One thread at a time.
class DeviceMemory {
 public:
  explicit DeviceMemory(cudaStream_t stream) : stream_(stream) {}
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  cudaStream_t stream() const { return stream_; }
  // Of the GPU, that this object holds.
  int64_t bytes() const;

  template <typename T>
  T* Scratch(int64_t count) {
    return static_cast<T*>(ScratchBytes(static_cast<size_t>(count) * sizeof(T)));
  }
  template <typename T, typename Fill>
  const T* Upload(int64_t count, const Fill& fill) {
    const size_t bytes = static_cast<size_t>(count) * sizeof(T);
    Slot* slot = NextSlot(bytes);
    fill(static_cast<T*>(slot->host));
    return static_cast<const T*>(Send(slot, bytes));
  }
  using FloatArray = DeviceFloats;
  FloatArray Floats(int64_t count) const { return DeviceFloats(count); }
  template <typename T>
  void Download(T* to, const T* from, int64_t count) {
    DownloadBytes(to, from, static_cast<size_t>(count) * sizeof(T));
  }

 protected:
  // The last launch's error, if it had one.
  static void CheckLaunch();

 private:
  static constexpr int kUploads = 8;

  // A pinned buffer and its copy on the GPU.
  struct Slot {
    void* host = nullptr;
    void* device = nullptr;
    size_t bytes = 0;
    cudaEvent_t copied = nullptr;  // `host` may be filled again
  };

  void* ScratchBytes(size_t bytes);
  Slot* NextSlot(size_t bytes);
  const void* Send(Slot* slot, size_t bytes);
  void DownloadBytes(void* to, const void* from, size_t bytes);

  cudaStream_t stream_;
  void* scratch_ = nullptr;
  size_t scratch_bytes_ = 0;
  Slot slots_[kUploads];
  int next_slot_ = 0;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_DEVICE_MEMORY_H_
