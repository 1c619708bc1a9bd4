#include "tests/distributed/comm/on_device.h"

#include <chrono>
#include <thread>
#include <utility>

#include "core/base/check.h"

namespace lockstep {
namespace {

float* Floats(const std::unique_ptr<DeviceMemory>& memory) {
  return static_cast<float*>(memory->data());
}

std::unique_ptr<DeviceMemory> Allocate(Device* device, int64_t bytes) {
  auto memory = device->Allocate(bytes, "a test", MemoryPlace::kDevice);
  LOCKSTEP_CHECK(memory.ok(), "%s", std::string(memory.status().message()).c_str());
  return *std::move(memory);
}

}  // namespace

void OnDevice::StartAllReduceSum(const TreeSum& tree, std::span<float* const> partials, float* out,
                                 int64_t elems) {
  Pending& pending = pending_.emplace_back();
  pending.host_out = out;
  pending.bytes = elems * static_cast<int64_t>(sizeof(float));
  std::vector<float*> on_device;
  for (const float* partial : partials) {
    pending.memory.push_back(Allocate(gpu_.device, pending.bytes));
    on_device.push_back(Floats(pending.memory.back()));
    const std::vector<float>& kept = pending.partials.emplace_back(partial, partial + elems);
    const Status status =
        gpu_.device->Copy(on_device.back(), kept.data(), pending.bytes, gpu_.compute);
    LOCKSTEP_CHECK(status.ok(), "%s", std::string(status.message()).c_str());
  }
  const bool in_place = !partials.empty() && partials[0] == out;
  if (!in_place) pending.memory.push_back(Allocate(gpu_.device, pending.bytes));
  pending.out = in_place ? on_device[0] : Floats(pending.memory.back());
  inner_->StartAllReduceSum(tree, on_device, pending.out, elems);
}

// The copies go on a stream that waits for nothing: the sums must be there.
Status OnDevice::Wait() {
  const Status status = inner_->Wait();
  if (!status.ok()) return status;  // the memory stays: work may be under way
  LOCKSTEP_ASSIGN_OR_RETURN(const auto stream, gpu_.device->MakeStream(StreamPriority::kUsual));
  LOCKSTEP_ASSIGN_OR_RETURN(const auto event, gpu_.device->MakeEvent());
  for (const Pending& pending : pending_) {
    LOCKSTEP_RETURN_IF_ERROR(
        gpu_.device->Copy(pending.host_out, pending.out, pending.bytes, stream.get()));
  }
  LOCKSTEP_RETURN_IF_ERROR(gpu_.device->Record(event.get(), stream.get()));
  for (;;) {
    LOCKSTEP_ASSIGN_OR_RETURN(const bool complete, gpu_.device->IsComplete(event.get()));
    if (complete) break;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  pending_.clear();
  return OkStatus();
}

}  // namespace lockstep
