#include "tests/testing/fake_device.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "core/base/check.h"

namespace lockstep {
namespace {

constexpr int64_t kAlignment = 256;

thread_local FakeDevice* current_device = nullptr;

// The latest mark that was recorded, and the latest that has been passed.
struct Marks {
  std::mutex mutex;
  std::condition_variable passed_one;
  int64_t recorded = 0;
  int64_t passed = 0;
};

class FakeEvent final : public DeviceEvent {
 public:
  const std::shared_ptr<Marks>& marks() { return marks_; }

 private:
  std::shared_ptr<Marks> marks_ = std::make_shared<Marks>();
};

class FakeStream final : public DeviceStream {
 public:
  explicit FakeStream(FakeQueue* queue) : queue_(queue) {}
  void* native() override { return queue_; }

 private:
  FakeQueue* queue_;
};

FakeQueue* Get(DeviceStream* stream) { return static_cast<FakeQueue*>(stream->native()); }
const std::shared_ptr<Marks>& Get(DeviceEvent* event) {
  return static_cast<FakeEvent*>(event)->marks();
}

}  // namespace

class FakeMemory final : public DeviceMemory {
 public:
  FakeMemory(FakeDevice* device, void* data) : device_(device) { data_ = data; }
  ~FakeMemory() override { device_->Free(data_); }

 private:
  FakeDevice* device_;
};

class FakePinnedMemory final : public DeviceMemory {
 public:
  FakePinnedMemory(FakeDevice* device, int64_t bytes)
      : device_(device), bytes_(static_cast<size_t>(bytes), std::byte{0xFF}) {
    data_ = bytes_.data();
  }
  ~FakePinnedMemory() override { device_->DrainAll(); }

 private:
  FakeDevice* device_;
  std::vector<std::byte> bytes_;
};

FakeDevice::FakeDevice(const FakeDeviceOptions& options) : options_(options) {
  const auto bytes = static_cast<size_t>(options.memory_bytes);
  const int file = memfd_create("fake_device", 0);
  LOCKSTEP_CHECK(file >= 0 && ftruncate(file, options.memory_bytes) == 0, "no memory");
  void* addresses = mmap(nullptr, bytes, PROT_NONE, MAP_SHARED, file, 0);
  void* behind = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  LOCKSTEP_CHECK(addresses != MAP_FAILED && behind != MAP_FAILED, "no memory");
  addresses_ = static_cast<std::byte*>(addresses);
  behind_ = static_cast<std::byte*>(behind);
  close(file);
}

FakeDevice::~FakeDevice() {
  queues_.clear();
  munmap(addresses_, static_cast<size_t>(options_.memory_bytes));
  munmap(behind_, static_cast<size_t>(options_.memory_bytes));
}

Status FakeDevice::status() {
  const std::lock_guard lock(mutex_);
  if (broken_.empty()) return OkStatus();
  return DeviceError("GPU " + std::to_string(options_.index) + ": " + broken_);
}

void FakeDevice::Break(const std::string& why) {
  const std::lock_guard lock(mutex_);
  broken_ = why;
}

FakeDevice* FakeDevice::Current() { return current_device; }

StatusOr<std::string> FakeDevice::Identity() {
  LOCKSTEP_RETURN_IF_ERROR(status());
  return "GPU-" + std::to_string(options_.index);
}

Status FakeDevice::MakeCurrent() {
  current_device = this;
  return status();
}

int64_t FakeDevice::allocated_bytes() {
  const std::lock_guard lock(mutex_);
  int64_t sum = 0;
  for (const auto& [offset, bytes] : allocated_) sum += bytes;
  return sum;
}

// First fit; filled with NaN, so that what is read before it is written shows.
StatusOr<std::unique_ptr<DeviceMemory>> FakeDevice::Allocate(int64_t bytes, std::string_view what,
                                                             MemoryPlace place) {
  LOCKSTEP_RETURN_IF_ERROR(status());
  if (place == MemoryPlace::kPinnedHost) {
    return std::unique_ptr<DeviceMemory>(std::make_unique<FakePinnedMemory>(this, bytes));
  }
  bytes = std::max<int64_t>(bytes, 1);
  const int64_t free_bytes = options_.memory_bytes - allocated_bytes();
  const std::lock_guard lock(mutex_);
  int64_t offset = 0;
  for (const auto& [begin, size] : allocated_) {
    if (begin - offset >= bytes) break;
    offset = (begin + size + kAlignment - 1) / kAlignment * kAlignment;
  }
  if (offset + bytes > options_.memory_bytes) {
    return TooLittleMemoryError({.gpu = options_.index,
                                 .what = what,
                                 .bytes = bytes,
                                 .free_bytes = free_bytes,
                                 .total_bytes = options_.memory_bytes});
  }
  allocated_[offset] = bytes;
  std::memset(behind_ + offset, 0xFF, static_cast<size_t>(bytes));
  return std::unique_ptr<DeviceMemory>(std::make_unique<FakeMemory>(this, addresses_ + offset));
}

// As cudaFree does, waits for all work; work that never ends would make it hang.
void FakeDevice::DrainAll() {
  std::vector<FakeQueue*> queues;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& queue : queues_) queues.push_back(queue.get());
  }
  for (FakeQueue* queue : queues) {
    LOCKSTEP_CHECK(queue->Drain(), "memory is freed while work on GPU %d hangs", options_.index);
  }
}

void FakeDevice::Free(void* data) {
  DrainAll();
  const std::lock_guard lock(mutex_);
  allocated_.erase(static_cast<std::byte*>(data) - addresses_);
}

std::byte* FakeDevice::Behind(const void* address, int64_t bytes, bool host_too) {
  auto* byte = static_cast<std::byte*>(const_cast<void*>(address));
  const int64_t offset = byte - addresses_;
  if (host_too && (byte < addresses_ || offset >= options_.memory_bytes)) return byte;
  const std::lock_guard lock(mutex_);
  const auto after = allocated_.upper_bound(offset);
  LOCKSTEP_CHECK(byte >= addresses_ && after != allocated_.begin(), "%p is not on GPU %d", address,
                 options_.index);
  const auto& [begin, size] = *std::prev(after);
  LOCKSTEP_CHECK(offset + bytes <= begin + size, "%p and %lld bytes more: not allocated on GPU %d",
                 address, static_cast<long long>(bytes), options_.index);
  return behind_ + offset;
}

StatusOr<std::unique_ptr<DeviceStream>> FakeDevice::MakeStream(StreamPriority) {
  LOCKSTEP_RETURN_IF_ERROR(status());
  const std::lock_guard lock(mutex_);
  const auto seed = static_cast<unsigned>(options_.index * 100 + static_cast<int>(queues_.size()));
  queues_.push_back(std::make_unique<FakeQueue>(this, options_.most_delay_us, seed + 1));
  return std::unique_ptr<DeviceStream>(std::make_unique<FakeStream>(queues_.back().get()));
}

StatusOr<std::unique_ptr<DeviceEvent>> FakeDevice::MakeEvent() {
  LOCKSTEP_RETURN_IF_ERROR(status());
  return std::unique_ptr<DeviceEvent>(std::make_unique<FakeEvent>());
}

Status FakeDevice::Record(DeviceEvent* event, DeviceStream* stream) {
  LOCKSTEP_RETURN_IF_ERROR(status());
  const std::shared_ptr<Marks> marks = Get(event);
  const std::lock_guard lock(marks->mutex);
  Get(stream)->Enqueue([marks, mark = ++marks->recorded] {
    const std::lock_guard lock(marks->mutex);
    marks->passed = std::max(marks->passed, mark);
    marks->passed_one.notify_all();
  });
  return OkStatus();
}

StatusOr<bool> FakeDevice::IsComplete(DeviceEvent* event) {
  LOCKSTEP_RETURN_IF_ERROR(status());
  Marks& marks = *Get(event);
  const std::lock_guard lock(marks.mutex);
  return marks.passed == marks.recorded;
}

Status FakeDevice::MakeWait(DeviceStream* stream, DeviceEvent* event) {
  LOCKSTEP_RETURN_IF_ERROR(status());
  const std::shared_ptr<Marks> marks = Get(event);
  const std::lock_guard lock(marks->mutex);
  Get(stream)->Enqueue([marks, mark = marks->recorded] {
    std::unique_lock lock(marks->mutex);
    marks->passed_one.wait(lock, [&] { return marks->passed >= mark; });
  });
  return OkStatus();
}

Status FakeDevice::Copy(void* to, const void* from, int64_t bytes, DeviceStream* stream) {
  LOCKSTEP_RETURN_IF_ERROR(status());
  Get(stream)->Enqueue([this, to, from, bytes] {
    if (bytes == 0) return;
    std::memcpy(Behind(to, bytes, true), Behind(from, bytes, true), static_cast<size_t>(bytes));
  });
  return OkStatus();
}

Status FakeDevice::AddInOrder(const Additions& additions, int64_t elems, DeviceStream* stream) {
  LOCKSTEP_RETURN_IF_ERROR(status());
  Get(stream)->Enqueue([this, behind = Additions(additions), elems]() mutable {
    const int64_t bytes = elems * static_cast<int64_t>(sizeof(float));
    for (int k = 0; k < behind.count; ++k) {
      VectorAddition& step = behind.steps[static_cast<size_t>(k)];
      step.to = reinterpret_cast<float*>(Behind(step.to, bytes));
      step.from = reinterpret_cast<const float*>(Behind(step.from, bytes));
    }
    for (int64_t i = 0; i < elems; ++i) AddInOrderAt(behind, i);
  });
  return OkStatus();
}

FakeQueue::FakeQueue(FakeDevice* device, int most_delay_us, unsigned seed)
    : device_(device), most_delay_us_(most_delay_us), random_(seed), thread_([this] { Run(); }) {}

FakeQueue::~FakeQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void FakeQueue::Enqueue(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  work_.push_back(std::move(work));
  changed_.notify_all();
}

bool FakeQueue::Drain() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return work_.empty(); });
}

void FakeQueue::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !work_.empty(); });
    if (work_.empty()) return;
    const std::function<void()> work = work_.front();
    lock.unlock();
    if (most_delay_us_ > 0) {
      const auto delay = random_() % static_cast<unsigned>(most_delay_us_);
      std::this_thread::sleep_for(std::chrono::microseconds(delay));
    }
    work();
    lock.lock();
    work_.pop_front();
    changed_.notify_all();
  }
}

}  // namespace lockstep
