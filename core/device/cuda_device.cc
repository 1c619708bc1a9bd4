#include "core/device/cuda_device.h"

#include <cuda_runtime_api.h>

#include <string>

#include "core/device/add_in_order.h"

namespace lockstep {
namespace {

class CudaMemory final : public DeviceMemory {
 public:
  explicit CudaMemory(void* data) { data_ = data; }
  ~CudaMemory() override { cudaFree(data_); }
};

class PinnedMemory final : public DeviceMemory {
 public:
  explicit PinnedMemory(void* data) { data_ = data; }
  ~PinnedMemory() override { cudaFreeHost(data_); }
};

class CudaStream final : public DeviceStream {
 public:
  explicit CudaStream(cudaStream_t stream) : stream_(stream) {}
  ~CudaStream() override { cudaStreamDestroy(stream_); }
  void* native() override { return stream_; }

 private:
  cudaStream_t stream_;
};

class CudaEvent final : public DeviceEvent {
 public:
  explicit CudaEvent(cudaEvent_t event) : event_(event) {}
  ~CudaEvent() override { cudaEventDestroy(event_); }
  cudaEvent_t get() { return event_; }

 private:
  cudaEvent_t event_;
};

cudaStream_t Get(DeviceStream* stream) { return static_cast<cudaStream_t>(stream->native()); }
cudaEvent_t Get(DeviceEvent* event) { return static_cast<CudaEvent*>(event)->get(); }

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(int index) : index_(index) {}

  int index() const override { return index_; }

  StatusOr<std::string> Identity() override {
    cudaDeviceProp properties{};
    LOCKSTEP_RETURN_IF_ERROR(
        Check(cudaGetDeviceProperties(&properties, index_), "asking for its properties"));
    constexpr const char* kDigits = "0123456789abcdef";
    std::string text = "GPU-";
    for (size_t i = 0; i < sizeof(properties.uuid.bytes); ++i) {
      const auto byte = static_cast<unsigned char>(properties.uuid.bytes[i]);
      if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';  // as nvidia-smi -L writes it
      text += kDigits[byte / 16];
      text += kDigits[byte % 16];
    }
    return text;
  }

  Status MakeCurrent() override { return Check(cudaSetDevice(index_), "choosing it"); }

  StatusOr<std::unique_ptr<DeviceMemory>> Allocate(int64_t bytes, std::string_view what,
                                                   MemoryPlace place) override {
    LOCKSTEP_RETURN_IF_ERROR(MakeCurrent());
    if (place == MemoryPlace::kPinnedHost) return AllocatePinned(bytes, what);
    void* data = nullptr;
    const cudaError_t error = cudaMalloc(&data, static_cast<size_t>(bytes));
    if (error == cudaErrorMemoryAllocation) {
      cudaGetLastError();  // is no error of later calls
      size_t free = 0, total = 0;
      LOCKSTEP_RETURN_IF_ERROR(Check(cudaMemGetInfo(&free, &total), "asking for free memory"));
      return TooLittleMemoryError({.gpu = index_,
                                   .what = what,
                                   .bytes = bytes,
                                   .free_bytes = static_cast<int64_t>(free),
                                   .total_bytes = static_cast<int64_t>(total)});
    }
    LOCKSTEP_RETURN_IF_ERROR(Check(error, "allocating memory"));
    return std::unique_ptr<DeviceMemory>(std::make_unique<CudaMemory>(data));
  }

  StatusOr<std::unique_ptr<DeviceStream>> MakeStream(StreamPriority priority) override {
    LOCKSTEP_RETURN_IF_ERROR(MakeCurrent());
    int low = 0, high = 0;
    LOCKSTEP_RETURN_IF_ERROR(
        Check(cudaDeviceGetStreamPriorityRange(&low, &high), "asking for stream priorities"));
    cudaStream_t stream = nullptr;
    LOCKSTEP_RETURN_IF_ERROR(
        Check(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking,
                                           priority == StreamPriority::kHigh ? high : low),
              "making a stream"));
    return std::unique_ptr<DeviceStream>(std::make_unique<CudaStream>(stream));
  }

  StatusOr<std::unique_ptr<DeviceEvent>> MakeEvent() override {
    LOCKSTEP_RETURN_IF_ERROR(MakeCurrent());
    cudaEvent_t event = nullptr;
    LOCKSTEP_RETURN_IF_ERROR(
        Check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "making an event"));
    return std::unique_ptr<DeviceEvent>(std::make_unique<CudaEvent>(event));
  }

  Status Record(DeviceEvent* event, DeviceStream* stream) override {
    return Check(cudaEventRecord(Get(event), Get(stream)), "recording an event");
  }

  StatusOr<bool> IsComplete(DeviceEvent* event) override {
    const cudaError_t error = cudaEventQuery(Get(event));
    if (error == cudaErrorNotReady) return false;
    LOCKSTEP_RETURN_IF_ERROR(Check(error, "work on a stream"));
    return true;
  }

  Status MakeWait(DeviceStream* stream, DeviceEvent* event) override {
    return Check(cudaStreamWaitEvent(Get(stream), Get(event), 0), "waiting for an event");
  }

  Status Copy(void* to, const void* from, int64_t bytes, DeviceStream* stream) override {
    return Check(cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), cudaMemcpyDefault,
                                 Get(stream)),
                 "copying");
  }

  Status AddInOrder(const Additions& additions, int64_t elems, DeviceStream* stream) override {
    if (elems == 0 || additions.count == 0) return OkStatus();
    LOCKSTEP_RETURN_IF_ERROR(MakeCurrent());
    return Check(LaunchAddInOrder(additions, elems, Get(stream)), "adding");
  }

 private:
  StatusOr<std::unique_ptr<DeviceMemory>> AllocatePinned(int64_t bytes, std::string_view what) {
    void* data = nullptr;
    const cudaError_t error =
        cudaHostAlloc(&data, static_cast<size_t>(bytes), cudaHostAllocPortable);
    if (error != cudaSuccess) {
      cudaGetLastError();  // is no error of later calls
      return DeviceError(std::string(what) + " needs " + std::to_string(bytes) +
                         " bytes of pinned host memory, which are not to be had: " +
                         cudaGetErrorString(error) + "; look at free memory and ulimit -l");
    }
    return std::unique_ptr<DeviceMemory>(std::make_unique<PinnedMemory>(data));
  }

  Status Check(cudaError_t error, const char* deed) const {
    if (error == cudaSuccess) return OkStatus();
    return DeviceError("GPU " + std::to_string(index_) + ": " + deed + " failed: " +
                       cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ")");
  }

  int index_;
};

}  // namespace

StatusOr<std::unique_ptr<Device>> MakeCudaDevice(int index) {
  auto device = std::make_unique<CudaDevice>(index);
  LOCKSTEP_RETURN_IF_ERROR(device->MakeCurrent());
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace lockstep
