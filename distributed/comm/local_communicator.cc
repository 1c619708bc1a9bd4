// Thread ranks reduce in the memory of their peers, without a copy or a helper thread.
//
// A call's work is cut into one slice per rank. Once every rank has arrived with pointers to its
// partial sums, each rank adds all partials of its slice in tree order and writes the sum into
// every rank's `out`. Nothing else needs to be agreed: the call is over when all slices are done.
//
// Who does the work, and when? The cores belong to the ranks' own computation, so a helper thread
// would only take turns with it (and a hand-over costs 5 to 10 us). Instead a rank does its slices
// whenever it calls: each StartAllReduceSum first looks whether earlier pieces have all their ranks
// and does its slices of them, while they are warm; Wait does the rest. So pieces are summed
// between the layers of Backward, and only the last one is waited for.
//
// tests/distributed/comm/local_communicator_test.cc holds it to a naive sum, bit for bit.
#include "distributed/comm/local_communicator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/clock.h"
#include "distributed/comm/local_group.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {
namespace {

class LocalCommunicator final : public Communicator {
 public:
  LocalCommunicator(std::shared_ptr<LocalGroup> group, int rank)
      : group_(std::move(group)), rank_(rank), sums_(group_->ranks()) {
    outs_.resize(static_cast<size_t>(size()));
    pieces_.reserve(LocalGroup::kRing);
  }

  // Peers may hold pointers of calls that are not complete.
  ~LocalCommunicator() override {
    if (posted_ > 0 && !group_->AllDone(posted_ - 1)) {
      Abort(PeerLostError(
          absl::StrFormat("rank %d left before %s was complete", rank_,
                          CallName(group_->post(posted_ - 1, rank_).kind, posted_ - 1))));
    }
  }

  int rank() const override { return rank_; }
  int size() const override { return group_->ranks(); }
  std::string kind() const override { return "threads"; }

  void StartAllReduceSum(const TreeSum& tree, std::span<float* const> partials, float* out,
                         int64_t elems) override {
    const RankSum* sum = sums_.Of(tree.leaves);
    LOCKSTEP_CHECK(static_cast<int>(partials.size()) == sum->partials(rank_),
                   "rank %d gives %zu partial sums, its leaves make %d", rank_, partials.size(),
                   sum->partials(rank_));
    Post* post = NextPost(CallKind::kAllReduce, elems, tree.leaves);
    refused_ = refused_ || post == nullptr;
    if (refused_) return;
    if (std::exchange(pieces_closed_, false)) {
      pieces_.clear();
      pieces_done_ = 0;
    }
    pieces_.push_back({.ready = NowTicks()});
    post->out = out;
    std::copy(partials.begin(), partials.end(), post->partials.begin());
    group_->Arrive(rank_);
    ++posted_;
    while (done_ < posted_ && group_->AllArrived(done_) && DoPart()) {
    }
  }

  std::span<const PieceTimes> LastPieces() const override { return pieces_; }

  Status Wait() override {
    while (done_ < posted_) {
      if (!group_->AwaitArrived(done_, rank_) || !DoPart()) return group_->status();
    }
    // What is complete stays so, whatever fails after it.
    if (waited_ < posted_ && !refused_ && group_->AwaitDone(posted_ - 1, rank_)) {
      waited_ = posted_;
      if (!pieces_closed_ && !pieces_.empty()) pieces_.back().done = NowTicks();
      pieces_closed_ = true;
      return OkStatus();
    }
    return group_->status();
  }

  Status Broadcast(std::span<std::byte> bytes, int root) override {
    Post* post = NextPost(CallKind::kBroadcast, static_cast<int64_t>(bytes.size()), root);
    if (post == nullptr) return group_->status();
    post->bytes = bytes.data();
    return Complete();
  }

  StatusOr<std::vector<std::string>> AllGather(const std::string& mine) override {
    std::vector<std::string> gathered(static_cast<size_t>(size()));
    Post* post = NextPost(CallKind::kAllGather, 0, 0);
    if (post == nullptr) return group_->status();
    post->text = &mine;
    post->gathered = &gathered;
    LOCKSTEP_RETURN_IF_ERROR(Complete());
    return gathered;
  }

  Status Barrier() override {
    return NextPost(CallKind::kBarrier, 0, 0) == nullptr ? group_->status() : Complete();
  }

  Status Await(const OutsideCall& call, const std::function<StatusOr<bool>()>& poll) override {
    return group_->AwaitOutside(call, rank_, poll);
  }

  void Abort(const Status& cause) override { group_->Fail(cause); }

 private:
  // This rank's Post of its next call, once its place in the ring is free; nullptr after a failure.
  Post* NextPost(CallKind kind, int64_t size, int64_t extra) {
    if (group_->failed()) return nullptr;
    if (posted_ - done_ == LocalGroup::kRing &&
        (!group_->AwaitArrived(done_, rank_) || !DoPart())) {
      return nullptr;
    }
    const int64_t before = posted_ - LocalGroup::kRing;
    if (before >= 0 && !group_->AwaitDone(before, rank_)) return nullptr;
    Post& post = group_->post(posted_, rank_);
    post.kind = kind;
    post.size = size;
    post.extra = extra;
    return &post;
  }

  Status Complete() {
    group_->Arrive(rank_);
    ++posted_;
    return Wait();
  }

  // This rank's part of call done_. False after a failure. REQUIRES: all have arrived.
  bool DoPart() {
    if (!group_->Enter(rank_)) return false;
    const Status status = CheckSameCall();
    if (status.ok()) DoPartOf(group_->post(done_, rank_));
    group_->Leave(rank_);
    if (!status.ok()) {
      group_->Fail(status);
      return false;
    }
    group_->Done(rank_);
    ++done_;
    return true;
  }

  void DoPartOf(const Post& mine) {
    switch (mine.kind) {
      case CallKind::kAllReduce:
        SumSlice(mine);
        pieces_[pieces_done_++].done = NowTicks();
        return;
      case CallKind::kBroadcast:
        if (mine.extra != rank_ && mine.size > 0) {
          std::memcpy(mine.bytes, group_->post(done_, static_cast<int>(mine.extra)).bytes,
                      static_cast<size_t>(mine.size));
        }
        return;
      case CallKind::kAllGather:
        for (int peer = 0; peer < size(); ++peer) {
          (*mine.gathered)[static_cast<size_t>(peer)] = *group_->post(done_, peer).text;
        }
        return;
      case CallKind::kBarrier:
        return;
    }
  }

  void SumSlice(const Post& mine) {
    const RankSum* sum = sums_.Of(mine.extra);
    const Range slice = SliceOf(mine.size, size(), rank_);
    values_.clear();
    for (int peer = 0; peer < size(); ++peer) {
      const Post& post = group_->post(done_, peer);
      for (int i = 0; i < sum->partials(peer); ++i) {
        values_.push_back(post.partials[static_cast<size_t>(i)] + slice.begin);
      }
      outs_[static_cast<size_t>(peer)] = post.out + slice.begin;
    }
    SumPartials(sum->additions, values_, outs_, slice.size());
  }

  Status CheckSameCall() {
    const Post& mine = group_->post(done_, rank_);
    for (int peer = 0; peer < size(); ++peer) {
      const Post& post = group_->post(done_, peer);
      if (post.kind == mine.kind && post.size == mine.size && post.extra == mine.extra) continue;
      return BugError(absl::StrFormat(
          "ranks must make the same calls: rank %d is at %s (%d, %d), rank %d at %s (%d, %d)",
          rank_, CallName(mine.kind, done_), mine.size, mine.extra, peer,
          CallName(post.kind, done_), post.size, post.extra));
    }
    return OkStatus();
  }

  std::shared_ptr<LocalGroup> group_;
  int rank_;
  int64_t posted_ = 0;    // calls this rank has arrived at
  int64_t done_ = 0;      // calls whose part it has done
  int64_t waited_ = 0;    // calls that were complete at the last Wait
  bool refused_ = false;  // an all-reduce did not start: the group had failed
  RankSums sums_;
  std::vector<PieceTimes> pieces_;  // since the last Wait but one
  size_t pieces_done_ = 0;
  bool pieces_closed_ = false;  // by a Wait
  std::vector<float*> values_;  // scratch of SumSlice
  std::vector<float*> outs_;
};

}  // namespace

std::vector<std::unique_ptr<Communicator>> MakeLocalCommunicators(int ranks,
                                                                  const LocalOptions& options) {
  LOCKSTEP_CHECK(ranks >= 1, "%d ranks", ranks);
  const auto group = std::make_shared<LocalGroup>(ranks, options.deadline);
  std::vector<std::unique_ptr<Communicator>> communicators;
  for (int rank = 0; rank < ranks; ++rank) {
    communicators.push_back(std::make_unique<LocalCommunicator>(group, rank));
  }
  return communicators;
}

}  // namespace lockstep
