// The exact sum of a piece takes three steps on the communication stream, which knows no host:
//
//   1. every rank sends to each peer that peer's slice of its partial sums, in one NCCL group;
//   2. it adds all partial sums of its own slice in tree order (RankSum), its own where they lie
//      and those of peers in a staging buffer;
//   3. it sends the slice's sum to all peers, in a second group, which receive it in their `out`.
//
// That is what thread ranks do (local_communicator.cc), and the same additions, so the same bits.
// With one partial sum a rank each of P ranks sends 2 (P - 1) / P of the piece, which no all-reduce
// undercuts. Pieces follow each other on the stream, so that one staging buffer serves all.
//
// NCCL does not block (NcclLink): a call that is "in progress" is waited for before the next one,
// since its work is on the stream only then. That is short but for the first call of a kind, which
// connects GPUs. All waiting is Await of the host's communicator, which keeps the deadline.
#include "distributed/comm/nccl_rank.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/clock.h"
#include "distributed/comm/gather.h"
#include "distributed/comm/hosted_communicator.h"
#include "distributed/comm/nccl_link.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {
namespace {

// What work on the GPU uses; kept by NcclLink where NCCL hangs.
struct Resources {
  std::unique_ptr<DeviceStream> stream;
  std::unique_ptr<DeviceEvent> computed;              // what the compute stream had been given
  std::vector<std::unique_ptr<DeviceEvent>> summed;   // of each piece since the last Wait
  std::unique_ptr<DeviceMemory> staging;              // partial sums of peers, [others, slot]
};

// One all-reduce.
struct Piece {
  const RankSum* sum;
  std::span<float* const> partials;
  float* out;
  int64_t elems;
  OutsideCall call;
};

// Floats between two partial sums in the staging buffer: a rank's slice, aligned as memory is.
int64_t SlotElems(int64_t most_elems, int ranks) {
  constexpr int64_t kAlignElems = 64;
  return (SliceOf(most_elems, ranks, 0).size() + kAlignElems - 1) / kAlignElems * kAlignElems;
}

int64_t StagingBytes(const NcclOptions& options, int ranks, int rank) {
  int64_t others = 0;
  for (const int64_t leaves : options.leaf_counts) {
    const RankSum sum = MakeRankSum(leaves, ranks);
    others = std::max<int64_t>(others, sum.total_partials() - sum.partials(rank));
  }
  return others * SlotElems(options.most_elems, ranks) * static_cast<int64_t>(sizeof(float));
}

class NcclRank final : public HostedCommunicator {
 public:
  NcclRank(const Nccl& nccl, Communicator* host, RankGpu gpu, const NcclOptions& options,
           std::shared_ptr<Resources> resources)
      : HostedCommunicator(host),
        gpu_(gpu),
        options_(options),
        staging_bytes_(StagingBytes(options, host->size(), host->rank())),
        resources_(std::move(resources)),
        link_(nccl, options.cap, resources_),
        sums_(host->size()) {}

  ~NcclRank() override {
    if (complete_ < times_.size()) {
      Fail(Call(), PeerLostError(absl::StrFormat("rank %d left during %s", rank(), Name(Call()))));
    }
    if (!failure().ok()) return;
    link_.Close([this] { return host()->Await(Call(), [] { return true; }).ok(); });
  }

  // The barrier makes the end the same on every rank. REQUIRES: called once, before anything else.
  Status Join(const ncclUniqueId& id) {
    const OutsideCall call = {"start of NCCL", 0};
    Status status = gpu_.device->MakeCurrent();
    if (status.ok()) status = link_.Join(size(), id, rank());
    if (!status.ok()) return Fail(call, Told(call, status));
    LOCKSTEP_RETURN_IF_ERROR(AwaitReady(call));
    return Barrier();
  }

  std::string kind() const override { return "nccl and " + host()->kind(); }

  void StartAllReduceSum(const TreeSum& tree, std::span<float* const> partials, float* out,
                         int64_t elems) override {
    if (!failure().ok()) return;
    if (std::exchange(waited_, false)) {
      times_.clear();
      complete_ = 0;
      first_number_ = next_number_;
    }
    const Piece piece = {sums_.Of(tree.leaves), partials, out, elems, {kAllReduce, next_number_++}};
    LOCKSTEP_CHECK(static_cast<int>(partials.size()) == piece.sum->partials(rank()),
                   "rank %d gives %zu partial sums, its leaves make %d", rank(), partials.size(),
                   piece.sum->partials(rank()));
    LOCKSTEP_CHECK(elems <= options_.most_elems, "%lld elements, at most %lld were announced",
                   static_cast<long long>(elems), static_cast<long long>(options_.most_elems));
    times_.push_back({.ready = NowTicks()});
    const Status status = Enqueue(piece);
    if (!status.ok() && failure().ok()) Fail(piece.call, Told(piece.call, status));
    while (failure().ok() && complete_ < times_.size()) {
      const StatusOr<bool> next = NextIsComplete();
      if (!next.ok()) Fail(Call(), next.status());
      if (!next.ok() || !*next) return;
    }
  }

  Status Wait() override {
    waited_ = true;
    while (failure().ok() && complete_ < times_.size()) {
      const OutsideCall call = Call();
      Note(host()->Await(call, [this] { return NextIsComplete(); }));
    }
    return failure();
  }

  std::span<const PieceTimes> LastPieces() const override { return times_; }

 private:
  static constexpr const char* kAllReduce = "all-reduce";

  static std::string Name(const OutsideCall& call) {
    return absl::StrFormat("%s %d", call.kind, call.number);
  }

  // The first piece that is not complete.
  OutsideCall Call() const {
    return {kAllReduce, first_number_ + static_cast<int64_t>(complete_)};
  }

  void OnFailure() override { link_.Abort(); }

  Status Told(const OutsideCall& call, const Status& status) const {
    return Annotate(status, absl::StrFormat("rank %d, %s", rank(), Name(call)));
  }

  Status AwaitReady(const OutsideCall& call) {
    return Note(host()->Await(call, [this, &call]() -> StatusOr<bool> {
      const StatusOr<bool> ready = link_.IsReady();
      if (!ready.ok()) return Told(call, ready.status());
      return *ready;
    }));
  }

  // Whether the first piece that was not complete now is. NCCL is asked after the event: where it
  // has failed, it lets streams go on.
  StatusOr<bool> NextIsComplete() {
    const StatusOr<bool> event = gpu_.device->IsComplete(resources_->summed[complete_].get());
    if (!event.ok()) return Told(Call(), event.status());
    const StatusOr<bool> ready = link_.IsReady();
    if (!ready.ok()) return Told(Call(), ready.status());
    if (!*event || !*ready) return false;
    times_[complete_++].done = NowTicks();
    return true;
  }

  Status Enqueue(const Piece& piece) {
    Device* device = gpu_.device;
    Resources& own = *resources_;
    LOCKSTEP_RETURN_IF_ERROR(device->MakeCurrent());
    if (times_.size() > own.summed.size()) {
      LOCKSTEP_ASSIGN_OR_RETURN(auto event, device->MakeEvent());
      own.summed.push_back(std::move(event));
    }
    LOCKSTEP_RETURN_IF_ERROR(device->Record(own.computed.get(), gpu_.compute));
    LOCKSTEP_RETURN_IF_ERROR(device->MakeWait(own.stream.get(), own.computed.get()));
    const bool any_order = !options_.exact && size() > 1 && piece.sum->leaves == size();
    if (piece.elems > 0) {
      LOCKSTEP_RETURN_IF_ERROR(any_order ? SumInAnyOrder(piece) : SumInTreeOrder(piece));
    }
    return device->Record(own.summed[times_.size() - 1].get(), own.stream.get());
  }

  Status SumInAnyOrder(const Piece& piece) {
    LOCKSTEP_RETURN_IF_ERROR(link_.Check(
        link_.nccl().AllReduce(piece.partials[0], piece.out, static_cast<size_t>(piece.elems),
                               ncclFloat32, ncclSum, link_.get(), stream())));
    return AwaitReady(piece.call);
  }

  Status SumInTreeOrder(const Piece& piece) {
    const Range mine = SliceOf(piece.elems, size(), rank());
    PlaceValues(piece, mine);
    LOCKSTEP_RETURN_IF_ERROR(Group(piece, [&](int peer, const Range& slice) {
      return ExchangePartials(piece, peer, slice);
    }));
    if (mine.size() > 0) LOCKSTEP_RETURN_IF_ERROR(AddSlice(piece, mine));
    return Group(piece, [&](int peer, const Range& slice) {
      LOCKSTEP_RETURN_IF_ERROR(Send(values_[0], mine.size(), peer));
      return Receive(piece.out + slice.begin, slice.size(), peer);
    });
  }

  // values_[k]: where the slice of partial sum k of all ranks is added.
  void PlaceValues(const Piece& piece, const Range& mine) {
    const int64_t slot = SlotElems(options_.most_elems, size());
    auto* staged = static_cast<float*>(resources_->staging ? resources_->staging->data() : nullptr);
    values_.clear();
    for (int peer = 0; peer < size(); ++peer) {
      for (int k = 0; k < piece.sum->partials(peer); ++k) {
        if (peer == rank()) {
          values_.push_back(piece.partials[static_cast<size_t>(k)] + mine.begin);
        } else {
          values_.push_back(std::exchange(staged, staged + slot));
        }
      }
    }
    const auto others = static_cast<int64_t>(values_.size() - piece.partials.size());
    LOCKSTEP_CHECK(others * slot * static_cast<int64_t>(sizeof(float)) <= staging_bytes_,
                   "%lld leaves were not announced", static_cast<long long>(piece.sum->leaves));
  }

  Status ExchangePartials(const Piece& piece, int peer, const Range& slice) {
    for (float* partial : piece.partials) {
      LOCKSTEP_RETURN_IF_ERROR(Send(partial + slice.begin, slice.size(), peer));
    }
    const int first = piece.sum->first_partial[static_cast<size_t>(peer)];
    const int64_t elems = SliceOf(piece.elems, size(), rank()).size();
    for (int k = 0; k < piece.sum->partials(peer); ++k) {
      LOCKSTEP_RETURN_IF_ERROR(Receive(values_[static_cast<size_t>(first + k)], elems, peer));
    }
    return OkStatus();
  }

  Status AddSlice(const Piece& piece, const Range& mine) {
    Additions additions;
    for (const Addition& add : piece.sum->additions) {
      additions.steps[static_cast<size_t>(additions.count++)] = {
          values_[static_cast<size_t>(add.into)], values_[static_cast<size_t>(add.from)]};
      if (additions.count < Additions::kMost) continue;
      LOCKSTEP_RETURN_IF_ERROR(
          gpu_.device->AddInOrder(additions, mine.size(), resources_->stream.get()));
      additions.count = 0;
    }
    LOCKSTEP_RETURN_IF_ERROR(
        gpu_.device->AddInOrder(additions, mine.size(), resources_->stream.get()));
    float* out = piece.out + mine.begin;
    if (values_[0] == out) return OkStatus();
    return gpu_.device->Copy(out, values_[0], mine.size() * static_cast<int64_t>(sizeof(float)),
                             resources_->stream.get());
  }

  // Calls `exchange` with every peer and its slice, all of it one call of NCCL.
  template <typename Exchange>
  Status Group(const Piece& piece, const Exchange& exchange) {
    if (size() == 1) return OkStatus();
    LOCKSTEP_RETURN_IF_ERROR(link_.Check(link_.nccl().GroupStart()));
    Status status;
    for (int step = 1; step < size() && status.ok(); ++step) {
      const int peer = (rank() + step) % size();
      status = exchange(peer, SliceOf(piece.elems, size(), peer));
    }
    const Status end = link_.Check(link_.nccl().GroupEnd());
    LOCKSTEP_RETURN_IF_ERROR(status);
    LOCKSTEP_RETURN_IF_ERROR(end);
    return AwaitReady(piece.call);
  }

  Status Send(const float* from, int64_t elems, int peer) {
    if (elems == 0) return OkStatus();
    return link_.Check(link_.nccl().Send(from, static_cast<size_t>(elems), ncclFloat32, peer,
                                         link_.get(), stream()));
  }

  Status Receive(float* to, int64_t elems, int peer) {
    if (elems == 0) return OkStatus();
    return link_.Check(link_.nccl().Recv(to, static_cast<size_t>(elems), ncclFloat32, peer,
                                         link_.get(), stream()));
  }

  cudaStream_t stream() { return static_cast<cudaStream_t>(resources_->stream->native()); }

  RankGpu gpu_;
  NcclOptions options_;
  int64_t staging_bytes_;
  std::shared_ptr<Resources> resources_;
  NcclLink link_;
  RankSums sums_;
  std::vector<PieceTimes> times_;  // since the last Wait but one
  size_t complete_ = 0;            // of them
  int64_t first_number_ = 1;       // of the first of them; the start is call 0
  int64_t next_number_ = 1;
  bool waited_ = false;  // since the last all-reduce began
  std::vector<float*> values_;
};

StatusOr<std::shared_ptr<Resources>> MakeResources(RankGpu gpu, int64_t staging_bytes) {
  auto own = std::make_shared<Resources>();
  LOCKSTEP_RETURN_IF_ERROR(gpu.device->MakeCurrent());
  LOCKSTEP_ASSIGN_OR_RETURN(own->stream, gpu.device->MakeStream(StreamPriority::kHigh));
  LOCKSTEP_ASSIGN_OR_RETURN(own->computed, gpu.device->MakeEvent());
  if (staging_bytes > 0) {
    LOCKSTEP_ASSIGN_OR_RETURN(own->staging,
                              gpu.device->Allocate(staging_bytes, "summing peers' gradients",
                                                   MemoryPlace::kDevice));
  }
  return own;
}

// Rank 0's id to everyone, or the error of the first rank that has one.
StatusOr<ncclUniqueId> SpreadId(const Status& mine, const Nccl& nccl, Communicator* host) {
  ncclUniqueId id{};
  StatusOr<std::string> given = std::string();
  if (!mine.ok()) {
    given = mine;
  } else if (host->rank() == 0 && nccl.GetUniqueId(&id) == ncclSuccess) {
    given = std::string(id.internal, sizeof(id));
  } else if (host->rank() == 0) {
    given = DeviceError("NCCL makes no id: it finds no network interface to start with; "
                        "NCCL_SOCKET_IFNAME names one");
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> all, GatherOrFirstError(host, given));
  std::memcpy(id.internal, all[0].data(), sizeof(id));
  return id;
}

}  // namespace

StatusOr<std::unique_ptr<Communicator>> MakeNcclRank(const StatusOr<Nccl>& nccl,
                                                     Communicator* host, RankGpu gpu,
                                                     const NcclOptions& options) {
  using Own = StatusOr<std::shared_ptr<Resources>>;
  Own own = nccl.ok() ? MakeResources(gpu, StagingBytes(options, host->size(), host->rank()))
                      : Own(nccl.status());
  LOCKSTEP_ASSIGN_OR_RETURN(const ncclUniqueId id,
                            SpreadId(own.status(), nccl.value_or(Nccl()), host));
  auto made = std::make_unique<NcclRank>(*nccl, host, gpu, options, *std::move(own));
  LOCKSTEP_RETURN_IF_ERROR(made->Join(id));
  return std::unique_ptr<Communicator>(std::move(made));
}

}  // namespace lockstep
