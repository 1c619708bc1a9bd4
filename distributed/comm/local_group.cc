#include "distributed/comm/local_group.h"

#include <algorithm>
#include <thread>

#include "absl/strings/str_format.h"
#include "core/base/clock.h"
#include "distributed/comm/pause.h"
#include "distributed/comm/peer_lost.h"

namespace lockstep {
namespace {

// About 20 to 50 microseconds: longer than a peer's lead of a few buckets, shorter than the cost of
// sleeping and waking on both sides.
constexpr int kSpins = 1000;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

LocalGroup::LocalGroup(int ranks, std::chrono::milliseconds deadline)
    : deadline_(deadline),
      spins_(ranks <= static_cast<int>(std::thread::hardware_concurrency()) ? kSpins : 0),
      states_(static_cast<size_t>(ranks)),
      posts_(static_cast<size_t>(ranks * kRing)) {}

Post& LocalGroup::post(int64_t call, int rank) {
  return posts_[static_cast<size_t>((call % kRing) * ranks() + rank)];
}

// The counter is published before the sleepers are counted, and a sleeper counts itself before it
// looks at the counters, all sequentially consistent: one of the two sees the other.
void LocalGroup::Count(Counter counter, int rank) {
  State& state = states_[static_cast<size_t>(rank)];
  const int64_t call = (state.*counter).load(std::memory_order_relaxed);
  (state.*counter).store(call + 1);
  if (sleepers_.load() == 0 || !All(counter, call)) return;
  const std::lock_guard lock(mutex_);
  wake_.notify_all();
}

bool LocalGroup::All(Counter counter, int64_t call) const {
  return std::all_of(states_.begin(), states_.end(),
                     [&](const State& state) { return (state.*counter).load() > call; });
}

bool LocalGroup::Await(Counter counter, int64_t call, int rank) {
  for (int spin = 0; spin < spins_; ++spin) {
    if (All(counter, call)) return true;
    if (failed()) return false;
    Pause();
  }
  if (Sleep(counter, call)) return true;
  if (!failed()) Fail(LostError(counter, call, rank));
  return false;
}

// The deadline is counted in short waits, so that a process that was stopped as a whole (Ctrl-Z, a
// sleeping laptop) does not find all its ranks late when it goes on.
bool LocalGroup::Sleep(Counter counter, int64_t call) {
  std::unique_lock lock(mutex_);
  sleepers_.fetch_add(1);
  const auto over = [&] { return All(counter, call) || failed(); };
  for (auto left = deadline_; left.count() > 0 && !over();) {
    const auto piece = std::min<std::chrono::milliseconds>(left, std::chrono::seconds(1));
    wake_.wait_for(lock, piece, over);
    left -= piece;
  }
  sleepers_.fetch_sub(1);
  return All(counter, call);
}

Status LocalGroup::LostError(Counter counter, int64_t call, int rank) {
  std::vector<int> here, missing;
  for (int peer = 0; peer < ranks(); ++peer) {
    const bool counted = (states_[static_cast<size_t>(peer)].*counter).load() > call;
    (counted ? here : missing).push_back(peer);
  }
  return PeersLostError(missing, here,
                        counter == &State::arrived ? "arrive at" : "finish its part of",
                        CallName(post(call, rank).kind, call), deadline_);
}

// Counted in short pieces for the same reason.
Status LocalGroup::AwaitOutside(const OutsideCall& call, int rank,
                                const std::function<StatusOr<bool>()>& poll) {
  constexpr int64_t kLongestPieceNs = 1'000'000'000;
  states_[static_cast<size_t>(rank)].outside.store(call.number);
  int64_t waited_ns = 0, looked_ns = NowNs();
  while (!failed()) {
    const StatusOr<bool> over = poll();
    if (over.ok() && *over) return OkStatus();
    const int64_t now_ns = NowNs();
    waited_ns += std::min(now_ns - looked_ns, kLongestPieceNs);
    looked_ns = now_ns;
    if (!over.ok()) Fail(over.status());
    if (std::chrono::nanoseconds(waited_ns) > deadline_) Fail(OutsideLostError(call));
    PauseBetweenLooks(waited_ns);
  }
  return status();
}

Status LocalGroup::OutsideLostError(const OutsideCall& call) {
  std::vector<int> here, missing;
  for (int peer = 0; peer < ranks(); ++peer) {
    const bool came = states_[static_cast<size_t>(peer)].outside.load() >= call.number;
    (came ? here : missing).push_back(peer);
  }
  const std::string name = absl::StrFormat("%s %d", call.kind, call.number);
  return missing.empty() ? NotCompleteError(name, deadline_)
                         : PeersLostError(missing, here, "arrive at", name, deadline_);
}

bool LocalGroup::Enter(int rank) {
  states_[static_cast<size_t>(rank)].inside.store(true);
  if (!failed_.load()) return true;
  Leave(rank);
  return false;
}

void LocalGroup::Leave(int rank) { states_[static_cast<size_t>(rank)].inside.store(false); }

void LocalGroup::Fail(const Status& cause) {
  {
    const std::lock_guard lock(mutex_);
    if (!failed()) cause_ = cause;
    failed_.store(true);
    wake_.notify_all();
  }
  AwaitNobodyInside();
}

Status LocalGroup::status() {
  if (!failed()) return OkStatus();
  AwaitNobodyInside();
  const std::lock_guard lock(mutex_);
  return cause_;
}

// A part is some microseconds of additions, so this is short.
void LocalGroup::AwaitNobodyInside() {
  for (const State& state : states_) {
    while (state.inside.load()) std::this_thread::yield();
  }
}

std::string CallName(CallKind kind, int64_t call) {
  constexpr std::array<const char*, 4> kNames = {"all-reduce", "broadcast", "all-gather",
                                                 "barrier"};
  return absl::StrFormat("%s %d", kNames[static_cast<size_t>(kind)], call);
}

}  // namespace lockstep
