// FakeDevice: a GPU made of threads, for tests. Its memory has addresses that nobody may touch;
// only its own work reaches what lies behind them, by a second mapping. So host code that uses a
// device pointer crashes, and a race between streams is one that the thread sanitizer sees. Each
// stream is a thread that may sleep before every piece of work.
#ifndef LOCKSTEP_TESTS_TESTING_FAKE_DEVICE_H_
#define LOCKSTEP_TESTS_TESTING_FAKE_DEVICE_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/device/device.h"

namespace lockstep {

struct FakeDeviceOptions {
  int index = 0;
  int64_t memory_bytes = int64_t{256} << 20;
  int most_delay_us = 0;  // before each piece of work, at random
};

class FakeQueue;

// Ends with all its work done.
class FakeDevice final : public Device {
 public:
  explicit FakeDevice(const FakeDeviceOptions& options);
  ~FakeDevice() override;

  int index() const override { return options_.index; }
  StatusOr<std::string> Identity() override;
  Status MakeCurrent() override;
  StatusOr<std::unique_ptr<DeviceMemory>> Allocate(int64_t bytes, std::string_view what,
                                                   MemoryPlace place) override;
  StatusOr<std::unique_ptr<DeviceStream>> MakeStream(StreamPriority priority) override;
  StatusOr<std::unique_ptr<DeviceEvent>> MakeEvent() override;
  Status Record(DeviceEvent* event, DeviceStream* stream) override;
  StatusOr<bool> IsComplete(DeviceEvent* event) override;
  Status MakeWait(DeviceStream* stream, DeviceEvent* event) override;
  Status Copy(void* to, const void* from, int64_t bytes, DeviceStream* stream) override;
  Status AddInOrder(const Additions& additions, int64_t elems, DeviceStream* stream) override;

  // From now on every call fails with "GPU 0: `why`".
  void Break(const std::string& why);
  int64_t allocated_bytes();
  // The device that is current for the calling thread.
  static FakeDevice* Current();
  // What lies behind `bytes` at a device address; an address outside of what is allocated ends the
  // test. For work on a stream. Host memory is given back as it is if `host_too`.
  std::byte* Behind(const void* address, int64_t bytes, bool host_too = false);

 private:
  friend class FakeMemory;
  friend class FakePinnedMemory;
  void Free(void* data);
  void DrainAll();
  Status status();

  FakeDeviceOptions options_;
  std::byte* addresses_;  // [memory_bytes], inaccessible
  std::byte* behind_;     // the same memory
  std::mutex mutex_;      // of all below
  std::map<int64_t, int64_t> allocated_;  // offset -> bytes
  std::vector<std::unique_ptr<FakeQueue>> queues_;
  std::string broken_;
};

// What a stream's native() points to.
class FakeQueue {
 public:
  FakeQueue(FakeDevice* device, int most_delay_us, unsigned seed);
  ~FakeQueue();
  FakeDevice* device() { return device_; }
  void Enqueue(std::function<void()> work);
  // Whether all work is done within 20 s.
  bool Drain();

 private:
  void Run();

  FakeDevice* device_;
  int most_delay_us_;
  std::minstd_rand random_;  // of the thread
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;  // the front is being done
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_FAKE_DEVICE_H_
