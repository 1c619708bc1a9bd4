#include "tests/testing/fake_nccl.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/base/check.h"

struct ncclComm {
  lockstep::FakeNccl* world = nullptr;
  int rank = 0, ranks = 0;
  lockstep::FakeDevice* device = nullptr;
  int looks = 0;                // until `pending` is done
  std::function<void()> pending;
  bool joining = true, finalizing = false, aborted = false, ended = false;
  int launches = 0, rounds = 0;
  ncclResult_t error = ncclSuccess;
};

namespace lockstep {
namespace {

using Kind = NcclFault::Kind;

FakeNccl* the_world = nullptr;

// Calls of this thread between GroupStart and GroupEnd.
struct Group {
  struct Entry {
    bool send;
    void* data;
    int64_t bytes;
    int peer;
  };
  int depth = 0;
  ncclComm* comm = nullptr;
  void* stream = nullptr;
  std::vector<Entry> entries;
};
thread_local Group group;

}  // namespace

// NCCL's functions: static ones, so that there are pointers to them.
struct FakeNcclCalls {
  static ncclResult_t GetVersion(int* version) {
    *version = NCCL_VERSION_CODE;
    return ncclSuccess;
  }

  static ncclResult_t GetUniqueId(ncclUniqueId* id) {
    std::memset(id, 'i', sizeof(*id));
    std::memcpy(id, &the_world, sizeof(the_world));
    return ncclSuccess;
  }

  static ncclResult_t Init(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank,
                           ncclConfig_t* config) {
    FakeNccl* world = nullptr;
    std::memcpy(&world, &id, sizeof(world));
    if (world != the_world || id.internal[sizeof(id) - 1] != 'i' || config->blocking != 0 ||
        FakeDevice::Current() == nullptr) {
      return ncclInvalidArgument;
    }
    const NcclFault& fault = world->options_.fault;
    const bool faulty = fault.rank == rank && fault.call == NcclFault::kAtStart;
    if (faulty && fault.kind == Kind::kRefuses) return ncclSystemError;
    const std::lock_guard lock(world->mutex_);
    auto made = std::make_unique<ncclComm>();
    made->world = world;
    made->rank = rank;
    made->ranks = ranks;
    made->device = FakeDevice::Current();
    for (const auto& other : world->comms_) {
      if (other->device == made->device) return ncclInvalidUsage;  // "Duplicate GPU detected"
    }
    if (faulty && fault.kind == Kind::kBreaks) made->error = ncclRemoteError;
    if (!(faulty && fault.kind == Kind::kNeverFinishes)) ++world->joined_;
    made->looks = world->options_.looks_in_progress;
    *comm = world->comms_.emplace_back(std::move(made)).get();
    return ncclInProgress;
  }

  static ncclResult_t AsyncError(ncclComm_t comm, ncclResult_t* error) {
    std::unique_lock lock(comm->world->mutex_);
    if (comm->ended) return ncclInvalidArgument;
    *error = comm->error;
    if (*error != ncclSuccess) return ncclSuccess;
    if (comm->joining && comm->world->joined_ < comm->ranks) *error = ncclInProgress;
    if (comm->finalizing && comm->world->finalized_ < comm->ranks) *error = ncclInProgress;
    if (comm->looks > 0 && comm->looks-- > 0) *error = ncclInProgress;
    if (*error == ncclInProgress) return ncclSuccess;
    comm->joining = false;
    const std::function<void()> work = std::exchange(comm->pending, nullptr);
    lock.unlock();
    if (work) work();
    return ncclSuccess;
  }

  static ncclResult_t Finalize(ncclComm_t comm) {
    if (!Usable(comm)) return ncclInvalidUsage;
    const std::lock_guard lock(comm->world->mutex_);
    ++comm->world->finalized_;
    comm->finalizing = true;
    return ncclInProgress;
  }

  static ncclResult_t Destroy(ncclComm_t comm) {
    const std::lock_guard lock(comm->world->mutex_);
    if (!comm->finalizing || comm->ended) return ncclInvalidUsage;
    comm->ended = true;
    return ncclSuccess;
  }

  static ncclResult_t Abort(ncclComm_t comm) {
    FakeNccl* world = comm->world;
    std::unique_lock lock(world->mutex_);
    if (comm->ended || comm->aborted) return ncclInvalidArgument;
    ++world->aborting_;
    ++world->aborts_;
    if (comm->rank == world->options_.rank_with_hanging_end) {
      world->changed_.wait(lock, [world] { return world->released_; });
    }
    comm->aborted = comm->ended = true;
    --world->aborting_;
    world->changed_.notify_all();
    return ncclSuccess;
  }

  static const char* ErrorString(ncclResult_t result) {
    return result == ncclRemoteError ? "remote process exited or there was a network error"
                                     : "unhandled error";
  }

  static const char* LastError(ncclComm_t comm) { return comm == nullptr ? "" : "a planted\nfault"; }

  static ncclResult_t GroupStart() {
    ++group.depth;
    return ncclSuccess;
  }

  static ncclResult_t GroupEnd() {
    LOCKSTEP_CHECK(group.depth > 0, "no group is open");
    if (--group.depth > 0 || group.comm == nullptr) return ncclSuccess;
    ncclComm* comm = std::exchange(group.comm, nullptr);
    std::vector<FakeNccl::Transfer> transfers;
    for (const Group::Entry& entry : std::exchange(group.entries, {})) {
      transfers.push_back({entry.send, entry.data, entry.bytes, entry.peer});
    }
    return comm->world->Launch(comm, group.stream, [comm, transfers](bool flip) {
      comm->world->Exchange(comm, transfers, flip);
    });
  }

  static ncclResult_t Send(const void* data, size_t count, ncclDataType_t type, int peer,
                           ncclComm_t comm, cudaStream_t stream) {
    return AddTransfer(true, const_cast<void*>(data), count, type, peer, comm, stream);
  }

  static ncclResult_t Recv(void* data, size_t count, ncclDataType_t type, int peer,
                           ncclComm_t comm, cudaStream_t stream) {
    return AddTransfer(false, data, count, type, peer, comm, stream);
  }

  static ncclResult_t AllReduce(const void* from, void* to, size_t count, ncclDataType_t type,
                                ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream) {
    if (type != ncclFloat32 || op != ncclSum || group.depth > 0) return ncclInvalidArgument;
    if (!Usable(comm) || !FitsDevice(comm, stream)) return ncclInvalidUsage;
    const auto elems = static_cast<int64_t>(count);
    return comm->world->Launch(comm, stream, [comm, from, to, elems](bool flip) {
      comm->world->Sum(comm, from, to, elems, flip);
    });
  }

 private:
  static bool Usable(ncclComm_t comm) {
    const std::lock_guard lock(comm->world->mutex_);
    return !comm->joining && !comm->ended && !comm->finalizing && comm->looks == 0 &&
           !comm->pending;
  }

  static bool FitsDevice(ncclComm_t comm, cudaStream_t stream) {
    return FakeDevice::Current() == comm->device &&
           reinterpret_cast<FakeQueue*>(stream)->device() == comm->device;
  }

  static ncclResult_t AddTransfer(bool send, void* data, size_t count, ncclDataType_t type,
                                  int peer, ncclComm_t comm, cudaStream_t stream) {
    if (type != ncclFloat32 || peer == comm->rank || peer >= comm->ranks) {
      return ncclInvalidArgument;
    }
    if (!Usable(comm) || !FitsDevice(comm, stream)) return ncclInvalidUsage;
    LOCKSTEP_CHECK(group.comm == nullptr || group.comm == comm, "a group of two communicators");
    group.comm = comm;
    group.stream = stream;
    group.entries.push_back({send, data, static_cast<int64_t>(count * sizeof(float)), peer});
    if (group.depth > 0) return ncclSuccess;
    GroupStart();
    return GroupEnd();
  }
};

FakeNccl::FakeNccl(const FakeNcclOptions& options) : options_(options) {
  LOCKSTEP_CHECK(the_world == nullptr, "another FakeNccl lives");
  the_world = this;
}

FakeNccl::~FakeNccl() {
  Release();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return aborting_ == 0; });
  the_world = nullptr;
}

Nccl FakeNccl::Functions() {
  return {.AllReduce = FakeNcclCalls::AllReduce,
          .CommAbort = FakeNcclCalls::Abort,
          .CommDestroy = FakeNcclCalls::Destroy,
          .CommFinalize = FakeNcclCalls::Finalize,
          .CommGetAsyncError = FakeNcclCalls::AsyncError,
          .CommInitRankConfig = FakeNcclCalls::Init,
          .GetErrorString = FakeNcclCalls::ErrorString,
          .GetLastError = FakeNcclCalls::LastError,
          .GetUniqueId = FakeNcclCalls::GetUniqueId,
          .GetVersion = FakeNcclCalls::GetVersion,
          .GroupEnd = FakeNcclCalls::GroupEnd,
          .GroupStart = FakeNcclCalls::GroupStart,
          .Recv = FakeNcclCalls::Recv,
          .Send = FakeNcclCalls::Send};
}

void FakeNccl::Release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

int FakeNccl::open() {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(
      std::count_if(comms_.begin(), comms_.end(), [](const auto& comm) { return !comm->ended; }));
}

int FakeNccl::sends() {
  const std::lock_guard lock(mutex_);
  return sends_;
}

int FakeNccl::all_reduces() {
  const std::lock_guard lock(mutex_);
  return all_reduces_;
}

int FakeNccl::aborts() {
  const std::lock_guard lock(mutex_);
  return aborts_;
}

bool FakeNccl::Stopped(const ncclComm& comm) const { return released_ || comm.aborted; }

ncclResult_t FakeNccl::Launch(ncclComm* comm, void* stream, std::function<void(bool flip)> work) {
  const int call = comm->launches++;
  const NcclFault& fault = options_.fault;
  const Kind kind =
      fault.rank == comm->rank && fault.call == call ? fault.kind : Kind::kNone;
  if (kind == Kind::kRefuses) return ncclUnhandledCudaError;
  auto enqueue = [this, comm, stream, kind, work] {
    static_cast<FakeQueue*>(stream)->Enqueue([this, comm, kind, work] {
      if (kind == Kind::kIsLate) std::this_thread::sleep_for(std::chrono::milliseconds(300));
      if (kind == Kind::kBreaks || kind == Kind::kNeverFinishes) {
        std::unique_lock lock(mutex_);
        if (kind == Kind::kBreaks) comm->error = ncclRemoteError;
        changed_.wait(lock, [&] { return Stopped(*comm); });
        return;
      }
      work(kind == Kind::kFlipsABit);
    });
  };
  return Later(comm, enqueue);
}

ncclResult_t FakeNccl::Later(ncclComm* comm, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    comm->looks = options_.looks_in_progress;
    if (comm->looks > 0) {
      comm->pending = std::move(work);
      return ncclInProgress;
    }
  }
  work();
  return ncclSuccess;
}

// Sends first, so that a group is one exchange; they end with their receipt.
void FakeNccl::Exchange(ncclComm* comm, const std::vector<Transfer>& transfers, bool flip) {
  std::unique_lock lock(mutex_);
  if (Stopped(*comm)) return;
  std::vector<std::shared_ptr<Message>> sent;
  for (const Transfer& transfer : transfers) {
    if (!transfer.send) continue;
    const std::byte* data = comm->device->Behind(transfer.data, transfer.bytes);
    sent.push_back(std::make_shared<Message>());
    sent.back()->bytes.assign(data, data + transfer.bytes);
    mail_[{comm->rank, transfer.peer}].push_back(sent.back());
    ++sends_;
  }
  changed_.notify_all();
  for (const Transfer& transfer : transfers) {
    if (transfer.send) continue;
    auto& mail = mail_[{transfer.peer, comm->rank}];
    changed_.wait(lock, [&] { return Stopped(*comm) || !mail.empty(); });
    if (Stopped(*comm)) return;
    Message& message = *mail.front();
    LOCKSTEP_CHECK(static_cast<int64_t>(message.bytes.size()) == transfer.bytes,
                   "rank %d receives %lld bytes, rank %d sends %zu", comm->rank,
                   static_cast<long long>(transfer.bytes), transfer.peer, message.bytes.size());
    if (std::exchange(flip, false)) message.bytes[0] ^= std::byte{1};
    std::memcpy(comm->device->Behind(transfer.data, transfer.bytes), message.bytes.data(),
                message.bytes.size());
    message.taken = true;
    mail.pop_front();
    changed_.notify_all();
  }
  changed_.wait(lock, [&] {
    return Stopped(*comm) ||
           std::all_of(sent.begin(), sent.end(), [](const auto& one) { return one->taken; });
  });
}

// From the last rank to the first: another order than lockstep's.
void FakeNccl::Sum(ncclComm* comm, const void* from, void* to, int64_t elems, bool flip) {
  const int64_t bytes = elems * static_cast<int64_t>(sizeof(float));
  std::unique_lock lock(mutex_);
  if (Stopped(*comm)) return;
  Round& round = rounds_[comm->rounds++];
  round.inputs.resize(static_cast<size_t>(comm->ranks));
  const auto* input = reinterpret_cast<const float*>(comm->device->Behind(from, bytes));
  round.inputs[static_cast<size_t>(comm->rank)].assign(input, input + elems);
  ++round.arrived;
  ++all_reduces_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return Stopped(*comm) || round.arrived == comm->ranks; });
  if (Stopped(*comm)) return;
  std::vector<float> sum = round.inputs.back();
  for (size_t r = round.inputs.size() - 1; r-- > 0;) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += round.inputs[r][i];
  }
  std::byte* output = comm->device->Behind(to, bytes);
  std::memcpy(output, sum.data(), static_cast<size_t>(bytes));
  if (flip) output[0] ^= std::byte{1};
}

}  // namespace lockstep
