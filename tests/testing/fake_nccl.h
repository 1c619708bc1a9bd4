// FakeNccl: an NCCL between FakeDevices of one process, for tests. It really sends and adds, on
// the devices' streams, and is as strict as NCCL's documentation: a communicator that does not
// block may take no call while its last one is in progress, work is enqueued only once it no longer
// is, a send ends when its peer has received, and a communicator belongs to the device that was
// current.
#ifndef LOCKSTEP_TESTS_TESTING_FAKE_NCCL_H_
#define LOCKSTEP_TESTS_TESTING_FAKE_NCCL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/device/nccl_library.h"
#include "tests/testing/fake_device.h"

namespace lockstep {

// What goes wrong at one call of one rank.
struct NcclFault {
  enum class Kind { kNone, kRefuses, kNeverFinishes, kFlipsABit, kBreaks, kIsLate };
  static constexpr int kAtStart = -1;
  Kind kind = Kind::kNone;
  int rank = 0;
  int call = 0;  // all-reduces and groups, from 0 on; or kAtStart
};

struct FakeNcclOptions {
  NcclFault fault = {};
  int looks_in_progress = 0;      // that every call takes
  int rank_with_hanging_end = -1;  // whose abort never returns
};

// One at a time in a process. Outlives the streams' work and the threads that abort.
class FakeNccl {
 public:
  explicit FakeNccl(const FakeNcclOptions& options);
  ~FakeNccl();
  // NCCL's functions.
  static Nccl Functions();
  // Ends what would never end.
  void Release();
  // How many communicators of ranks are neither destroyed nor aborted.
  int open();
  // What was called: sends, and all-reduces of NCCL's own.
  int sends();
  int all_reduces();
  int aborts();

 private:
  friend struct FakeNcclCalls;
  struct Message {
    std::vector<std::byte> bytes;
    bool taken = false;
  };
  struct Round {  // of one all-reduce
    std::vector<std::vector<float>> inputs;
    int arrived = 0;
  };
  struct Transfer {
    bool send = false;
    void* data = nullptr;
    int64_t bytes = 0;
    int peer = 0;
  };

  bool Stopped(const ncclComm& comm) const;
  void Exchange(ncclComm* comm, const std::vector<Transfer>& transfers, bool flip);
  void Sum(ncclComm* comm, const void* from, void* to, int64_t elems, bool flip);
  ncclResult_t Launch(ncclComm* comm, void* stream, std::function<void(bool flip)> work);
  // Now, or after some looks.
  ncclResult_t Later(ncclComm* comm, std::function<void()> work);

  FakeNcclOptions options_;
  std::mutex mutex_;  // of all below, and of communicators
  std::condition_variable changed_;
  bool released_ = false;
  int joined_ = 0, finalized_ = 0, sends_ = 0, all_reduces_ = 0, aborting_ = 0, aborts_ = 0;
  std::vector<std::unique_ptr<ncclComm>> comms_;
  std::map<std::pair<int, int>, std::deque<std::shared_ptr<Message>>> mail_;  // by sender, receiver
  std::map<int, Round> rounds_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_FAKE_NCCL_H_
