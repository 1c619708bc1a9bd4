#include "tests/core/device/device_contract.h"

#include <chrono>
#include <cmath>
#include <thread>
#include <vector>

namespace lockstep {
namespace {

Status AwaitEvent(Device* device, DeviceEvent* event) {
  for (;;) {
    LOCKSTEP_ASSIGN_OR_RETURN(const bool complete, device->IsComplete(event));
    if (complete) return OkStatus();
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

// Vectors 0 .. kVectors-1 [kElems] go to the device on one stream and are added there on another,
// behind an event: v[k - 1] += v[k] from the last to the first.
constexpr int kVectors = Additions::kMost + 1;
constexpr int64_t kElems = 100'003;

float Value(int vector, int64_t i) {
  return std::ldexp(static_cast<float>((i * 7919 + vector * 104729) % 8191 - 4000), vector % 9);
}

StatusOr<std::vector<float>> SumOnDevice(Device* device) {
  LOCKSTEP_RETURN_IF_ERROR(device->MakeCurrent());
  LOCKSTEP_ASSIGN_OR_RETURN(auto first, device->MakeStream(StreamPriority::kUsual));
  LOCKSTEP_ASSIGN_OR_RETURN(auto second, device->MakeStream(StreamPriority::kHigh));
  LOCKSTEP_ASSIGN_OR_RETURN(auto event, device->MakeEvent());
  std::vector<float> host(static_cast<size_t>(kVectors * kElems));
  const int64_t sum_bytes = kElems * static_cast<int64_t>(sizeof(float));
  LOCKSTEP_ASSIGN_OR_RETURN(const auto pinned,
                            device->Allocate(sum_bytes, "a test", MemoryPlace::kPinnedHost));
  auto* sum = static_cast<float*>(pinned->data());
  for (int k = 0; k < kVectors; ++k) {
    for (int64_t i = 0; i < kElems; ++i) host[static_cast<size_t>(k * kElems + i)] = Value(k, i);
  }
  const auto bytes = static_cast<int64_t>(host.size() * sizeof(float));
  LOCKSTEP_ASSIGN_OR_RETURN(const auto memory, device->Allocate(bytes, "a test", MemoryPlace::kDevice));
  auto* vectors = static_cast<float*>(memory->data());
  LOCKSTEP_RETURN_IF_ERROR(device->Copy(vectors, host.data(), bytes, first.get()));
  LOCKSTEP_RETURN_IF_ERROR(device->Record(event.get(), first.get()));
  LOCKSTEP_RETURN_IF_ERROR(device->MakeWait(second.get(), event.get()));
  Additions additions;
  for (int k = kVectors - 1; k > 0; --k) {
    additions.steps[static_cast<size_t>(additions.count++)] = {vectors + (k - 1) * kElems,
                                                               vectors + k * kElems};
  }
  LOCKSTEP_RETURN_IF_ERROR(device->AddInOrder(additions, kElems, second.get()));
  LOCKSTEP_RETURN_IF_ERROR(device->Copy(sum, vectors, sum_bytes, second.get()));
  LOCKSTEP_RETURN_IF_ERROR(device->Record(event.get(), second.get()));
  LOCKSTEP_RETURN_IF_ERROR(AwaitEvent(device, event.get()));
  return std::vector<float>(sum, sum + kElems);
}

std::string CheckTooLittleMemory(Device* device) {
  const auto memory = device->Allocate(int64_t{1} << 50, "a large test", MemoryPlace::kDevice);
  if (ExitCodeOf(memory.status()) != ExitCode::kDeviceError) return "2^50 bytes are no error";
  const std::string text(memory.status().message());
  const std::string begin = "GPU " + std::to_string(device->index()) +
                            " has too little memory: a large test needs 1125899906842624 bytes, ";
  if (text.substr(0, begin.size()) != begin || text.find(" are free;") == std::string::npos) {
    return "another message for too little memory: " + text;
  }
  return device->Allocate(64, "a small test", MemoryPlace::kDevice).ok() ? "" : "nothing to be had after too much";
}

}  // namespace

std::string CheckDevice(Device* device) {
  const auto identity = device->Identity();
  if (!identity.ok() || identity->substr(0, 4) != "GPU-") return "no identity";
  auto unrecorded = device->MakeEvent();
  if (!unrecorded.ok()) return std::string(unrecorded.status().message());
  const auto complete = device->IsComplete(unrecorded->get());
  if (!complete.ok() || !*complete) return "an event that was never recorded is not complete";
  for (int run = 0; run < 3; ++run) {
    const auto sum = SumOnDevice(device);
    if (!sum.ok()) return std::string(sum.status().message());
    for (int64_t i = 0; i < kElems; ++i) {
      float expected = Value(kVectors - 1, i);
      for (int k = kVectors - 2; k >= 0; --k) expected = Value(k, i) + expected;
      if ((*sum)[static_cast<size_t>(i)] != expected) {
        return "another sum at element " + std::to_string(i);
      }
    }
  }
  return CheckTooLittleMemory(device);
}

}  // namespace lockstep
