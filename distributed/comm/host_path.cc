// A piece goes through three stages, each in the order of pieces: its partial sums are copied to
// pinned memory on a stream of its own, behind an event of the compute stream; the host's
// communicator sums them there; the sum is copied back. Every call looks whether copies have
// arrived and hands them on, so that sums begin while the GPU still computes; Wait does the rest.
#include "distributed/comm/host_path.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/clock.h"
#include "distributed/comm/gather.h"
#include "distributed/comm/hosted_communicator.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {
namespace {

constexpr int64_t kFloat = sizeof(float);

int64_t MostPartials(const std::vector<int64_t>& leaf_counts, int ranks, int rank) {
  int64_t most = 1;  // a rank without a leaf has a sum all the same
  for (const int64_t leaves : leaf_counts) {
    most = std::max<int64_t>(most, MakeRankSum(leaves, ranks).partials(rank));
  }
  return most;
}

struct Resources {
  std::unique_ptr<DeviceStream> stream;
  std::unique_ptr<DeviceEvent> computed;
  std::unique_ptr<DeviceEvent> returned;
  std::vector<std::unique_ptr<DeviceEvent>> arrived;  // of each piece since the last Wait
  std::unique_ptr<DeviceMemory> pinned;
};

// One all-reduce on its way.
struct Piece {
  TreeSum tree;
  float* out = nullptr;  // on the GPU
  int64_t elems = 0;
  int64_t offset = 0;  // of its first partial sum in pinned memory
  int partials = 0;
};

class HostPath final : public HostedCommunicator {
 public:
  HostPath(Communicator* host, RankGpu gpu, const HostPathOptions& options, Resources own)
      : HostedCommunicator(host), gpu_(gpu), own_(std::move(own)) {
    pinned_elems_ =
        options.most_elems * MostPartials(options.leaf_counts, host->size(), host->rank());
  }

  // The host's communicator may still use the pinned memory.
  ~HostPath() override {
    if (failure().ok() && complete_ < pieces_.size()) {
      Fail(PeerLostError(
          absl::StrFormat("rank %d left during all-reduce %d", rank(), number_)));
    }
  }

  std::string kind() const override { return host()->kind() + ", from GPUs"; }

  void StartAllReduceSum(const TreeSum& tree, std::span<float* const> partials, float* out,
                         int64_t elems) override {
    if (!failure().ok()) return;
    if (std::exchange(waited_, false)) {
      pieces_.clear();
      times_.clear();
      started_ = complete_ = 0;
      used_elems_ = 0;
    }
    ++number_;
    pieces_.push_back({tree, out, elems, used_elems_, static_cast<int>(partials.size())});
    times_.push_back({.ready = NowTicks()});
    used_elems_ += elems * std::max<int64_t>(1, static_cast<int64_t>(partials.size()));
    LOCKSTEP_CHECK(used_elems_ <= pinned_elems_, "more elements or leaves than were announced");
    const Status status = Enqueue(partials);
    if (!status.ok()) return Fail(Told(status));
    const StatusOr<bool> started = StartArrived();
    if (!started.ok()) Fail(started.status());
  }

  Status Wait() override {
    waited_ = true;
    if (!failure().ok() || complete_ == pieces_.size()) return failure();
    // Also where all have arrived: peers that wait longer then see that this rank has come.
    LOCKSTEP_RETURN_IF_ERROR(
        Note(host()->Await({"copy from GPUs", number_}, [this] { return StartArrived(); })));
    LOCKSTEP_RETURN_IF_ERROR(Note(host()->Wait()));
    const Status status = EnqueueReturn();
    if (!status.ok()) Fail(Told(status));
    LOCKSTEP_RETURN_IF_ERROR(failure());
    LOCKSTEP_RETURN_IF_ERROR(
        Note(host()->Await({"copy to GPUs", number_}, [this] { return Look(*own_.returned); })));
    complete_ = pieces_.size();
    for (PieceTimes& times : times_) times.done = NowTicks();
    return OkStatus();
  }

  std::span<const PieceTimes> LastPieces() const override { return times_; }

 private:
  float* Pinned(int64_t offset) const { return static_cast<float*>(own_.pinned->data()) + offset; }

  void Fail(const Status& status) {
    HostedCommunicator::Fail({"all-reduce", number_}, status);
  }

  Status Told(const Status& status) const {
    return Annotate(status, absl::StrFormat("rank %d, all-reduce %d", rank(), number_));
  }

  StatusOr<bool> Look(DeviceEvent& event) const {
    const StatusOr<bool> complete = gpu_.device->IsComplete(&event);
    if (!complete.ok()) return Told(complete.status());
    return *complete;
  }

  Status Enqueue(std::span<float* const> partials) {
    Device* device = gpu_.device;
    const Piece& piece = pieces_.back();
    LOCKSTEP_RETURN_IF_ERROR(device->MakeCurrent());
    if (pieces_.size() > own_.arrived.size()) {
      LOCKSTEP_ASSIGN_OR_RETURN(auto event, device->MakeEvent());
      own_.arrived.push_back(std::move(event));
    }
    LOCKSTEP_RETURN_IF_ERROR(device->Record(own_.computed.get(), gpu_.compute));
    LOCKSTEP_RETURN_IF_ERROR(device->MakeWait(own_.stream.get(), own_.computed.get()));
    for (size_t k = 0; k < partials.size(); ++k) {
      float* to = Pinned(piece.offset + static_cast<int64_t>(k) * piece.elems);
      LOCKSTEP_RETURN_IF_ERROR(
          device->Copy(to, partials[k], piece.elems * kFloat, own_.stream.get()));
    }
    return device->Record(own_.arrived[pieces_.size() - 1].get(), own_.stream.get());
  }

  // Hands the host's communicator the pieces that have arrived, in order. True if all have been.
  StatusOr<bool> StartArrived() {
    for (; started_ < pieces_.size(); ++started_) {
      LOCKSTEP_ASSIGN_OR_RETURN(const bool arrived, Look(*own_.arrived[started_]));
      if (!arrived) return false;
      const Piece& piece = pieces_[started_];
      std::array<float*, kMaxPartials> partials;
      for (int k = 0; k < piece.partials; ++k) {
        partials[static_cast<size_t>(k)] = Pinned(piece.offset + k * piece.elems);
      }
      host()->StartAllReduceSum(piece.tree, {partials.data(), static_cast<size_t>(piece.partials)},
                               Pinned(piece.offset), piece.elems);
    }
    return true;
  }

  Status EnqueueReturn() {
    for (const Piece& piece : pieces_) {
      LOCKSTEP_RETURN_IF_ERROR(gpu_.device->Copy(piece.out, Pinned(piece.offset),
                                                 piece.elems * kFloat, own_.stream.get()));
    }
    return gpu_.device->Record(own_.returned.get(), own_.stream.get());
  }

  RankGpu gpu_;
  Resources own_;
  int64_t pinned_elems_ = 0;
  std::vector<Piece> pieces_;      // since the last Wait but one
  std::vector<PieceTimes> times_;  // of them
  size_t started_ = 0;             // of them: given to the host's communicator
  size_t complete_ = 0;
  int64_t used_elems_ = 0;  // of pinned memory
  int64_t number_ = -1;     // of the last piece, from 0 on
  bool waited_ = false;     // since the last all-reduce began
};

StatusOr<Resources> MakeResources(RankGpu gpu, int64_t pinned_elems) {
  Resources own;
  LOCKSTEP_RETURN_IF_ERROR(gpu.device->MakeCurrent());
  LOCKSTEP_ASSIGN_OR_RETURN(own.stream, gpu.device->MakeStream(StreamPriority::kHigh));
  LOCKSTEP_ASSIGN_OR_RETURN(own.computed, gpu.device->MakeEvent());
  LOCKSTEP_ASSIGN_OR_RETURN(own.returned, gpu.device->MakeEvent());
  LOCKSTEP_ASSIGN_OR_RETURN(own.pinned,
                            gpu.device->Allocate(std::max<int64_t>(1, pinned_elems) * kFloat,
                                                 "summing gradients on the host",
                                                 MemoryPlace::kPinnedHost));
  return own;
}

}  // namespace

StatusOr<std::unique_ptr<Communicator>> MakeHostPath(Communicator* host, RankGpu gpu,
                                                     const HostPathOptions& options) {
  StatusOr<Resources> own =
      MakeResources(gpu, options.most_elems *
                             MostPartials(options.leaf_counts, host->size(), host->rank()));
  StatusOr<std::string> mine = std::string();
  if (!own.ok()) mine = own.status();
  LOCKSTEP_RETURN_IF_ERROR(GatherOrFirstError(host, mine).status());
  return std::unique_ptr<Communicator>(
      std::make_unique<HostPath>(host, gpu, options, *std::move(own)));
}

}  // namespace lockstep
