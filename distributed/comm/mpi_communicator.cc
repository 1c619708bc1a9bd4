// All MPI calls are non-blocking and are made under one mutex: by the rank's thread in its own
// calls, and by a helper thread while all-reduces are under way and the rank computes. MPI moves
// data only inside its calls, so without the helper a bucket would stand still during Backward; it
// looks in every 50 us (twice that with the timer's slack), which costs the rank a few percent of a
// core, and sleeps while there is nothing to move. It is not woken for little data where the rank
// calls often: there its own calls move the data fast enough.
#include "distributed/comm/mpi_communicator.h"

#include <mpi.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/base/printable.h"
#include "distributed/comm/mpi_all_reduce.h"
#include "distributed/comm/mpi_all_reduce_queue.h"
#include "distributed/comm/mpi_roll_call.h"
#include "distributed/comm/mpirun_environment.h"
#include "distributed/comm/pause.h"
#include "distributed/comm/peer_lost.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {
namespace {

// The helper is woken for so much data, or for less where so much time is between calls.
constexpr int64_t kHelpBytes = 512 << 10;
constexpr int64_t kSeldomNs = 2'000'000;
// What peers have to answer a roll call, on a machine that may be overloaded.
constexpr int64_t kLeastGraceNs = 1'000'000'000;
// Open MPI's TCP by default asks the receiver of a large message for an address and then "puts" it
// there, for which the link stands still whenever the questions wait behind data: 12 % of 1 Gb/s
// with two hosts. Sending in pieces fills it to 3 %. Whoever sets the parameter keeps his choice.
constexpr const char* kTcpFlags = "OMPI_MCA_btl_tcp_flags";

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator(MPI_Comm data, MPI_Comm control, std::chrono::milliseconds deadline)
      : data_(data),
        control_(control),
        deadline_(deadline),
        roll_call_(new MpiRollCall(control)),
        queue_(data) {
    MPI_Comm_rank(data, &rank_);
    MPI_Comm_size(data, &size_);
    sums_.emplace(size_);
    if (size_ > 1) helper_ = std::thread([this] { Help(); });
  }

  ~MpiCommunicator() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      if (failure_.ok() && !queue_.complete()) {
        failure_ =
            PeerLostError(absl::StrFormat("rank %d left during all-reduce %d", rank_, calls_ - 1));
      }
    }
    wake_helper_.notify_all();
    if (helper_.joinable()) helper_.join();
    if (!failure_.ok()) Abort(failure_);
    roll_call_.reset();
    MPI_Comm_free(&data_);
    MPI_Comm_free(&control_);
    MPI_Finalize();
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string kind() const override { return "mpi"; }

  void StartAllReduceSum(const TreeSum& tree, std::span<float* const> partials, float* out,
                         int64_t elems) override {
    std::unique_lock lock(mutex_);
    if (!failure_.ok()) return;
    const RankSum* sum = sums_->Of(tree.leaves);
    LOCKSTEP_CHECK(static_cast<int>(partials.size()) == sum->partials(rank_),
                   "rank %d gives %zu partial sums, its leaves make %d", rank_, partials.size(),
                   sum->partials(rank_));
    if (std::exchange(waited_, false)) queue_.Clear();
    queue_.Add(sum, partials, out, elems);
    ++calls_;
    Note(queue_.Poll());
    const int64_t before_ns = std::exchange(last_start_ns_, NowNs());
    const bool seldom = last_start_ns_ - before_ns > kSeldomNs;
    help_ |= queue_.pending_bytes() >= kHelpBytes || seldom;
    const bool help = help_;
    lock.unlock();
    if (help) wake_helper_.notify_one();
  }

  Status Wait() override {
    waited_ = true;
    return Await({"all-reduce", calls_ - 1}, [this]() -> StatusOr<bool> {
      LOCKSTEP_RETURN_IF_ERROR(queue_.Poll());
      return queue_.complete();
    });
  }

  std::span<const PieceTimes> LastPieces() const override { return queue_.times(); }

  Status Broadcast(std::span<std::byte> bytes, int root) override {
    LOCKSTEP_RETURN_IF_ERROR(Wait());
    return Collective("broadcast", [&](MPI_Request* request) {
      return MPI_Ibcast(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, root, data_,
                        request);
    });
  }

  StatusOr<std::vector<std::string>> AllGather(const std::string& mine) override {
    LOCKSTEP_RETURN_IF_ERROR(Wait());
    const int length = static_cast<int>(mine.size());
    std::vector<int> lengths(static_cast<size_t>(size_)), offsets(lengths.size());
    LOCKSTEP_RETURN_IF_ERROR(Collective("all-gather", [&](MPI_Request* request) {
      return MPI_Iallgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, data_, request);
    }));
    int total = 0;
    for (size_t i = 0; i < lengths.size(); ++i) {
      offsets[i] = total;
      total += lengths[i];
    }
    std::string all(static_cast<size_t>(total), '\0');
    LOCKSTEP_RETURN_IF_ERROR(Collective("all-gather", [&](MPI_Request* request) {
      return MPI_Iallgatherv(mine.data(), length, MPI_CHAR, all.data(), lengths.data(),
                             offsets.data(), MPI_CHAR, data_, request);
    }));
    std::vector<std::string> gathered;
    for (size_t i = 0; i < lengths.size(); ++i) {
      gathered.push_back(
          all.substr(static_cast<size_t>(offsets[i]), static_cast<size_t>(lengths[i])));
    }
    return gathered;
  }

  Status Barrier() override {
    LOCKSTEP_RETURN_IF_ERROR(Wait());
    return Collective("barrier",
                      [&](MPI_Request* request) { return MPI_Ibarrier(data_, request); });
  }

  // Calls `poll` under mutex_ until it is true. After the deadline, calls the roll.
  Status Await(const OutsideCall& call, const std::function<StatusOr<bool>()>& poll) override {
    const int64_t start_ns = NowNs();
    const int64_t deadline_ns = std::chrono::nanoseconds(deadline_).count();
    const int64_t grace_ns = std::clamp<int64_t>(deadline_ns / 4, kLeastGraceNs, 5 * kLeastGraceNs);
    bool asked = false;
    for (;;) {
      const int64_t waited_ns = NowNs() - start_ns;
      {
        const std::lock_guard lock(mutex_);
        if (!failure_.ok()) return failure_;
        const StatusOr<bool> over = poll();
        Note(over.status());
        if (failure_.ok() && *over) return OkStatus();
        if (waited_ns > kYieldAfterNs) Note(roll_call_->Poll());
        if (waited_ns > deadline_ns && !std::exchange(asked, true)) Note(roll_call_->Ask());
        if (waited_ns > deadline_ns + grace_ns) Note(LostError(CallName(call)));
        if (!failure_.ok()) return failure_;
      }
      PauseBetweenLooks(waited_ns);
    }
  }

  void Abort(const Status& cause) override {
    const std::lock_guard lock(mutex_);
    const std::string message = Printable(std::string(cause.message()), SIZE_MAX);
    std::fprintf(stderr, "lockstep: rank %d: %s\n", rank_, message.c_str());
    std::fflush(stderr);
    // MPI_Abort(0) would make mpirun report success.
    const int code = static_cast<int>(cause.ok() ? ExitCode::kBug : ExitCodeOf(cause));
    MPI_Abort(MPI_COMM_WORLD, code);
    std::_Exit(code);
  }

 private:
  static std::string CallName(const OutsideCall& call) {
    return absl::StrFormat("%s %d", call.kind, call.number);
  }

  void Note(const Status& status) {
    if (failure_.ok() && !status.ok()) failure_ = status;
  }

  Status Collective(const char* kind, const std::function<int(MPI_Request*)>& start) {
    MPI_Request request = MPI_REQUEST_NULL;
    {
      const std::lock_guard lock(mutex_);
      Note(MpiStatus(start(&request), kind));
      if (!failure_.ok()) return failure_;
      ++calls_;
    }
    return Await({kind, calls_ - 1}, [&]() -> StatusOr<bool> {
      int complete = 0;
      LOCKSTEP_RETURN_IF_ERROR(
          MpiStatus(MPI_Test(&request, &complete, MPI_STATUS_IGNORE), "MPI_Test"));
      return complete != 0;
    });
  }

  Status LostError(const std::string& call) const {
    const std::vector<int> lost = roll_call_->Ranks(false);
    if (!lost.empty()) {
      return PeersLostError(lost, roll_call_->Ranks(true), "arrive at", call, deadline_);
    }
    return NotCompleteError(call, deadline_);
  }

  void Help() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
      if (!help_ || queue_.complete() || !failure_.ok()) {
        help_ = false;
        wake_helper_.wait(lock);
        continue;
      }
      Note(queue_.Poll());
      lock.unlock();
      std::this_thread::sleep_for(kLookInterval);
      lock.lock();
    }
  }

  MPI_Comm data_, control_;
  std::chrono::milliseconds deadline_;
  int rank_ = 0, size_ = 1;
  std::mutex mutex_;  // of all below, and of MPI
  std::unique_ptr<MpiRollCall> roll_call_;
  std::optional<RankSums> sums_;
  MpiAllReduceQueue queue_;
  int64_t calls_ = 0;    // of any kind
  bool waited_ = false;  // since the last all-reduce began; of the rank's thread alone
  int64_t last_start_ns_ = 0;  // when the latest all-reduce began
  bool help_ = false;          // the helper goes on until all is complete
  Status failure_;
  bool ending_ = false;
  std::condition_variable wake_helper_;
  std::thread helper_;
};

}  // namespace

StatusOr<std::unique_ptr<Communicator>> MakeMpiCommunicator(const MpiOptions& options) {
  int initialized = 0, provided = 0;
  setenv(kTcpFlags, "send,inplace", /*overwrite=*/0);
  MPI_Initialized(&initialized);
  LOCKSTEP_CHECK(initialized == 0, "MPI was initialised before");
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS ||
      provided < MPI_THREAD_SERIALIZED) {
    return DeviceError("MPI did not start with thread support; check the Open MPI installation");
  }
  int size = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const auto place = PlaceUnderMpirun();
  if (place && place->size != size) {  // each rank would train alone
    MPI_Finalize();
    return DeviceError(
        absl::StrFormat("mpirun started %d ranks, but MPI joined %d of them: use the mpirun of the "
                        "Open MPI that lockstep is linked with",
                        place->size, size));
  }
  MPI_Comm data = MPI_COMM_NULL, control = MPI_COMM_NULL;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  LOCKSTEP_RETURN_IF_ERROR(MpiStatus(MPI_Comm_dup(MPI_COMM_WORLD, &data), "MPI_Comm_dup"));
  LOCKSTEP_RETURN_IF_ERROR(MpiStatus(MPI_Comm_dup(MPI_COMM_WORLD, &control), "MPI_Comm_dup"));
  return std::unique_ptr<Communicator>(
      std::make_unique<MpiCommunicator>(data, control, options.deadline));
}

}  // namespace lockstep
