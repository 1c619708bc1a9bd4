// Device: one GPU, as far as ranks need it to talk to each other: memory, streams, events, copies
// and additions. Behind it stands CUDA (cuda_device.h), or in tests a GPU made of threads.
#ifndef LOCKSTEP_CORE_DEVICE_DEVICE_H_
#define LOCKSTEP_CORE_DEVICE_DEVICE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/device/additions.h"

namespace lockstep {

// A queue of work: each piece begins when the one before is complete. Destroying it waits for
// nothing: what is enqueued is still done.
class DeviceStream {
 public:
  virtual ~DeviceStream() = default;
  // What libraries take: a cudaStream_t.
  virtual void* native() = 0;
};

// A mark in a stream. One that was never recorded is complete.
class DeviceEvent {
 public:
  virtual ~DeviceEvent() = default;
};

// Memory of a device, which the host must not touch, or pinned memory of the host. Freeing it may
// wait for all of the device's work.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  void* data() const { return data_; }

 protected:
  void* data_ = nullptr;
};

// Memory that was asked for and could not be had.
struct MemoryWish {
  int gpu = 0;
  std::string_view what;  // what it is for, "gradients"
  int64_t bytes = 0;
  int64_t free_bytes = 0;
  int64_t total_bytes = 0;
};
Status TooLittleMemoryError(const MemoryWish& wish);

// Memory of the host that is pinned can be copied from and to without its holding up a stream.
enum class MemoryPlace { kDevice, kPinnedHost };

enum class StreamPriority { kUsual, kHigh };

// Calls that take a stream enqueue and return at once. Thread-safe; a stream or event at a time is
// used by one thread. All errors are kDeviceError, one line that names the GPU; work that fails
// later is reported by a later call.
class Device {
 public:
  virtual ~Device() = default;
  virtual int index() const = 0;
  // "GPU-" and the UUID: the same for the same GPU in every process, and for no other.
  virtual StatusOr<std::string> Identity() = 0;
  // For the calling thread's calls of libraries that work on "the current device".
  virtual Status MakeCurrent() = 0;

  // At least 256-byte aligned, not set to anything. Errors: TooLittleMemoryError, with `what`.
  virtual StatusOr<std::unique_ptr<DeviceMemory>> Allocate(int64_t bytes, std::string_view what,
                                                           MemoryPlace place) = 0;
  virtual StatusOr<std::unique_ptr<DeviceStream>> MakeStream(StreamPriority priority) = 0;
  virtual StatusOr<std::unique_ptr<DeviceEvent>> MakeEvent() = 0;

  // Marks what the stream has been given so far; an earlier mark of this event is forgotten.
  virtual Status Record(DeviceEvent* event, DeviceStream* stream) = 0;
  virtual StatusOr<bool> IsComplete(DeviceEvent* event) = 0;
  // What the stream is given from now on begins after the mark that `event` has now.
  virtual Status MakeWait(DeviceStream* stream, DeviceEvent* event) = 0;

  // Each end in this device's memory or the host's, which stays untouched until it is done.
  virtual Status Copy(void* to, const void* from, int64_t bytes, DeviceStream* stream) = 0;
  // Runs the steps on elements 0 .. elems-1 of this device's memory.
  virtual Status AddInOrder(const Additions& additions, int64_t elems, DeviceStream* stream) = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_DEVICE_H_
