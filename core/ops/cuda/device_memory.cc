#include "core/ops/cuda/device_memory.h"

#include <algorithm>

#include "core/base/out_of_memory.h"
#include "core/ops/cuda/library_status.h"

namespace lockstep::cuda {
namespace {

// Sizes grow by a quarter at least, so that a batch that is a little longer each time soon stops
// taking new memory.
size_t Grown(size_t had, size_t wanted) { return std::max(wanted, had + had / 4); }

void* Allocate(size_t bytes) {
  void* memory = nullptr;
  const cudaError_t error = cudaMalloc(&memory, bytes);
  if (error == cudaErrorMemoryAllocation) EndOutOfMemory(bytes);
  CheckCuda(error, "cudaMalloc");
  return memory;
}

}  // namespace

DeviceFloats::DeviceFloats(int64_t count)
    : data_(count == 0
                ? nullptr
                : static_cast<float*>(Allocate(static_cast<size_t>(count) * sizeof(float)))) {}

DeviceMemory::~DeviceMemory() {
  cudaStreamSynchronize(stream_);
  cudaFree(scratch_);
  for (Slot& slot : slots_) {
    if (slot.copied != nullptr) cudaEventDestroy(slot.copied);
    cudaFree(slot.device);
    cudaFreeHost(slot.host);
  }
}

int64_t DeviceMemory::bytes() const {
  size_t bytes = scratch_bytes_;
  for (const Slot& slot : slots_) bytes += slot.bytes;
  return static_cast<int64_t>(bytes);
}

void DeviceMemory::CheckLaunch() { CheckCuda(cudaGetLastError(), "a kernel's launch"); }

void* DeviceMemory::ScratchBytes(size_t bytes) {
  if (bytes > scratch_bytes_) {
    // cudaFree waits for the kernels that may still use it.
    CheckCuda(cudaFree(scratch_), "cudaFree");
    scratch_bytes_ = Grown(scratch_bytes_, bytes);
    scratch_ = Allocate(scratch_bytes_);
  }
  return scratch_;
}

DeviceMemory::Slot* DeviceMemory::NextSlot(size_t bytes) {
  Slot* slot = &slots_[next_slot_];
  next_slot_ = (next_slot_ + 1) % kUploads;
  if (slot->copied == nullptr) {
    CheckCuda(cudaEventCreateWithFlags(&slot->copied, cudaEventDisableTiming), "cudaEventCreate");
  } else {
    CheckCuda(cudaEventSynchronize(slot->copied), "cudaEventSynchronize");
  }
  if (bytes > slot->bytes) {
    CheckCuda(cudaFreeHost(slot->host), "cudaFreeHost");
    CheckCuda(cudaFree(slot->device), "cudaFree");
    slot->bytes = Grown(slot->bytes, bytes);
    CheckCuda(cudaMallocHost(&slot->host, slot->bytes), "cudaMallocHost");
    slot->device = Allocate(slot->bytes);
  }
  return slot;
}

// The stream is in order: kernels that read an earlier content of `device` are through before this
// copy begins, and the event tells when the pinned memory is free.
const void* DeviceMemory::Send(Slot* slot, size_t bytes) {
  CheckCuda(cudaMemcpyAsync(slot->device, slot->host, bytes, cudaMemcpyHostToDevice, stream_),
            "a copy to the GPU");
  CheckCuda(cudaEventRecord(slot->copied, stream_), "cudaEventRecord");
  return slot->device;
}

void DeviceMemory::DownloadBytes(void* to, const void* from, size_t bytes) {
  CheckCuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_),
            "a copy from the GPU");
  CheckCuda(cudaStreamSynchronize(stream_), "the work before a copy from the GPU");
}

}  // namespace lockstep::cuda
