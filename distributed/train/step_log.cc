#include "distributed/train/step_log.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <string>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/clock.h"

namespace lockstep {
namespace {

// Every so many steps of one rank are timed where they are shorter than this.
constexpr int64_t kStride = 8, kShortNs = 10'000;
constexpr int64_t kSyncNs = 10'000'000'000;  // clocks of hosts drift by some 10 us a second

int64_t ThreadCpuNs() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// Of "RAN_NS WAITED_NS TIMES", what the kernel's scheduler counts of a thread.
int64_t ThreadReadyNs() {
  std::FILE* const file = std::fopen("/proc/thread-self/schedstat", "re");
  if (file == nullptr) return 0;
  long long ran = 0, waited = 0;
  const bool is_read = std::fscanf(file, "%lld %lld", &ran, &waited) == 2;
  std::fclose(file);
  return is_read ? waited : 0;
}

StepLogInterval UntilNow() {
  return {.elapsed_ns = NowNs(), .cpu_ns = ThreadCpuNs(), .ready_ns = ThreadReadyNs()};
}

std::vector<Addition> LeafAdditions(int64_t leaves) {
  std::vector<TreeNode> nodes;
  for (int64_t i = 0; i < leaves; ++i) nodes.push_back({0, i});
  return CombineNodes(leaves, nodes);
}

template <typename T>
void Append(const T* values, int64_t count, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(values), static_cast<size_t>(count) * sizeof(T));
}

}  // namespace

void AddSums(const LossSums& from, LossSums* to) {
  to->loss += from.loss;
  to->correct += from.correct;
  to->top_5_correct += from.top_5_correct;
  to->absolute_error += from.absolute_error;
  to->squared_error += from.squared_error;
}

LossSums SumInTreeOrder(const std::vector<Addition>& additions, LossSums* leaves) {
  for (const Addition& addition : additions) {
    AddSums(leaves[addition.from], &leaves[addition.into]);
  }
  return leaves[0];
}

StepLog::StepLog(Communicator* communicator, int64_t microbatches, int64_t capacity, int64_t pieces)
    : communicator_(communicator),
      microbatches_(microbatches),
      capacity_(capacity),
      pieces_(pieces),
      local_leaves_(EvenPart(microbatches, communicator->size(), communicator->rank()).size()),
      last_flush_(UntilNow()),
      heads_(static_cast<size_t>(capacity)),
      ticks_(static_cast<size_t>(capacity)),
      begin_ticks_(static_cast<size_t>(capacity)),
      piece_ticks_(static_cast<size_t>(capacity * pieces)),
      clocks_(communicator),
      leaves_(static_cast<size_t>(capacity * local_leaves_)),
      additions_(LeafAdditions(microbatches)),
      sums_(static_cast<size_t>(microbatches)) {
  summaries_.reserve(static_cast<size_t>(capacity));
}

int64_t StepLog::MostSteps(int64_t microbatches) {
  constexpr int64_t kMost = 4096, kMostBytes = 64 << 20;
  const int64_t step_bytes = microbatches * static_cast<int64_t>(sizeof(LossSums));
  return std::clamp<int64_t>(kMostBytes / step_bytes, 1, kMost);
}

void StepLog::Begin(const StepHead& head, int64_t begin_ticks) {
  LOCKSTEP_CHECK(!FlushDue(), "step %lld does not fit", (long long)head.step);
  LOCKSTEP_CHECK(!TimesNext() || begin_ticks != 0, "step %lld is not timed", (long long)head.step);
  heads_[static_cast<size_t>(count_)] = head;
  ticks_[static_cast<size_t>(count_)] = {};
  begin_ticks_[static_cast<size_t>(count_)] = begin_ticks;
  ++count_;
}

int64_t StepLog::NsOf(int64_t ticks) const {
  const double ago = static_cast<double>(NowTicks() - ticks) * tick_scale_.NsPerTick();
  return NowNs() - static_cast<int64_t>(ago) - clocks_.offset_ns();
}

void StepLog::ShareTime() {
  const auto at = [](int64_t k) { return static_cast<size_t>(k); };
  for (int64_t first = 1; first < count_; ++first) {
    if (begin_ticks_[at(first)] != 0) continue;
    int64_t end = first + 1;
    while (end < count_ && begin_ticks_[at(end)] == 0) ++end;
    const StepTicks& timed = ticks_[at(first - 1)];
    const int64_t whole = std::accumulate(timed.begin(), timed.end(), int64_t{0});
    const int64_t begin_ticks = begin_ticks_[at(first - 1)] + whole;
    const int64_t passed = (end < count_ ? begin_ticks_[at(end)] : NowTicks()) - begin_ticks;
    const int64_t part = passed / (end - first);
    StepTicks share;
    for (size_t phase = 0; phase < kStepPhases; ++phase) {
      share[phase] = timed[phase] * part / std::max<int64_t>(whole, 1);
    }
    share[kBackward] += part - std::accumulate(share.begin(), share.end(), int64_t{0});
    for (int64_t k = first; k < end; ++k) {
      begin_ticks_[at(k)] = begin_ticks + (k - first) * part;
      ticks_[at(k)] = share;
    }
    ticks_[at(end - 1)][kBackward] += passed - part * (end - first);
    first = end;
  }
}

std::string StepLog::Message(bool stop) const {
  Header header;
  header.stop = stop;
  const StepLogInterval now = UntilNow();
  header.elapsed_ns = now.elapsed_ns - last_flush_.elapsed_ns;
  header.cpu_ns = now.cpu_ns - last_flush_.cpu_ns;
  header.ready_ns = now.ready_ns - last_flush_.ready_ns;
  const double ns_per_tick = tick_scale_.NsPerTick();
  const auto to_ns = [ns_per_tick](int64_t ticks) {
    return static_cast<int64_t>(static_cast<double>(ticks) * ns_per_tick);
  };
  const int64_t anchor_ticks = NowTicks(), anchor_ns = NsOf(anchor_ticks);
  std::string message;
  message.reserve(PiecesOffset(count_, count_) +
                  static_cast<size_t>(count_ * local_leaves_) * sizeof(LossSums));
  Append(&header, 1, &message);
  for (size_t k = 0; k < static_cast<size_t>(count_); ++k) {
    StepRecord record = {.begin_ns = anchor_ns - to_ns(anchor_ticks - begin_ticks_[k])};
    for (size_t phase = 0; phase < kStepPhases; ++phase) {
      record.phase_ns[phase] = to_ns(ticks_[k][phase]);
    }
    Append(&record, 1, &message);
  }
  for (int64_t i = 0; i < count_ * pieces_; ++i) {
    const int64_t begin = begin_ticks_[static_cast<size_t>(i / pieces_)];
    const PieceTimes& ticks = piece_ticks_[static_cast<size_t>(i)];
    const PieceTimes ns = {to_ns(ticks.ready - begin), to_ns(ticks.done - begin)};
    Append(&ns, 1, &message);
  }
  Append(leaves_.data(), count_ * local_leaves_, &message);
  return message;
}

size_t StepLog::PiecesOffset(int64_t k, int64_t count) const {
  return sizeof(Header) + static_cast<size_t>(count) * sizeof(StepRecord) +
         static_cast<size_t>(k * pieces_) * sizeof(PieceTimes);
}

StepRecord StepLog::Record(size_t k, int rank) const {
  StepRecord record;
  std::memcpy(&record,
              gathered_[static_cast<size_t>(rank)].data() + sizeof(Header) + k * sizeof(record),
              sizeof(record));
  return record;
}

void StepLog::Pieces(size_t k, int rank, std::span<PieceTimes> out) const {
  const size_t offset = PiecesOffset(static_cast<int64_t>(k), gathered_count_);
  std::memcpy(out.data(), gathered_[static_cast<size_t>(rank)].data() + offset,
              static_cast<size_t>(pieces_) * sizeof(PieceTimes));
}

StepLogInterval StepLog::Interval(int rank) const {
  Header header;
  std::memcpy(&header, gathered_[static_cast<size_t>(rank)].data(), sizeof(header));
  return header;
}

Status StepLog::SyncClocks() {
  since_sync_ns_ = 0;
  return clocks_.Measure();
}

StatusOr<const std::vector<StepSummary>*> StepLog::Flush(bool stop) {
  ShareTime();
  LOCKSTEP_ASSIGN_OR_RETURN(gathered_, communicator_->AllGather(Message(stop)));
  gathered_count_ = count_;
  gathered_stride_ = stride_;
  ReadHeaders(gathered_);
  summaries_.clear();
  for (int64_t k = 0; k < count_; ++k) {
    summaries_.push_back({heads_[static_cast<size_t>(k)], {}, {}, {}});
    LOCKSTEP_RETURN_IF_ERROR(CombineStep(k, &summaries_.back()));
  }
  count_ = 0;
  if (since_sync_ns_ > kSyncNs) LOCKSTEP_RETURN_IF_ERROR(SyncClocks());
  last_flush_ = UntilNow();
  last_flush_.elapsed_ns = NowNs();  // without what it took to look
  return &summaries_;
}

void StepLog::ReadHeaders(const std::vector<std::string>& all) {
  constexpr int64_t kFlushNs = 1'000'000'000;
  Header header;
  any_stop_ = false;
  for (size_t rank = all.size(); rank-- > 0;) {  // ends with rank 0's header
    std::memcpy(&header, all[rank].data(), sizeof(header));
    any_stop_ = any_stop_ || header.stop != 0;
  }
  since_sync_ns_ += header.elapsed_ns;
  if (count_ == 0) return;  // tells nothing of how long steps take
  const int64_t step_ns = header.elapsed_ns / count_;
  stride_ = all.size() == 1 && step_ns < kShortNs ? kStride : 1;
  flush_steps_ = std::clamp<int64_t>(kFlushNs / std::max<int64_t>(step_ns, 1), 1, capacity_);
}

Status StepLog::CombineStep(int64_t k, StepSummary* out) {
  const int64_t ranks = static_cast<int64_t>(gathered_.size());
  std::fill(sums_.begin(), sums_.end(), LossSums{});  // beyond out->microbatches they add nothing
  for (int64_t rank = 0; rank < ranks; ++rank) {
    const Range run = EvenPart(out->microbatches, ranks, rank);
    const int64_t stride = EvenPart(microbatches_, ranks, rank).size();
    const StepRecord record = Record(static_cast<size_t>(k), static_cast<int>(rank));
    const size_t offset =
        PiecesOffset(count_, count_) + static_cast<size_t>(k * stride) * sizeof(LossSums);
    std::memcpy(sums_.data() + run.begin, gathered_[static_cast<size_t>(rank)].data() + offset,
                static_cast<size_t>(run.size()) * sizeof(LossSums));
    if (rank == 0) out->rank_0 = record;
    for (size_t phase = 0; phase < kStepPhases; ++phase) {
      out->slowest.phase_ns[phase] =
          std::max(out->slowest.phase_ns[phase], record.phase_ns[phase]);
    }
    for (int64_t leaf = run.begin; leaf < run.end; ++leaf) {
      const double loss = sums_[static_cast<size_t>(leaf)].loss;
      if (std::isfinite(loss)) continue;
      return NotFiniteError(absl::StrFormat(
          "the loss became %s at step %d (epoch %d, rank %d, micro-batch %d): lower the learning "
          "rate, set clip_global_norm, or scale the input (standardize, divide_by)",
          std::isnan(loss) ? "NaN" : "infinite", out->step, out->epoch, rank, leaf));
    }
  }
  out->sums = SumInTreeOrder(additions_, sums_.data());
  out->sums.loss += out->penalty * static_cast<double>(out->samples);
  return OkStatus();
}

}  // namespace lockstep
