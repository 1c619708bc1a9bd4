#include "distributed/train/step_log.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/clock.h"

namespace lockstep {
namespace {

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

StepLog::StepLog(Communicator* communicator, int64_t microbatches, int64_t capacity)
    : communicator_(communicator),
      microbatches_(microbatches),
      capacity_(capacity),
      local_leaves_(EvenPart(microbatches, communicator->size(), communicator->rank()).size()),
      last_flush_ns_(NowNs()),
      heads_(static_cast<size_t>(capacity)),
      ticks_(static_cast<size_t>(capacity)),
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

void StepLog::Begin(const StepHead& head) {
  LOCKSTEP_CHECK(!FlushDue(), "step %lld does not fit", (long long)head.step);
  heads_[static_cast<size_t>(count_)] = head;
  ticks_[static_cast<size_t>(count_)] = {};
  ++count_;
}

std::string StepLog::Message(bool stop) const {
  const Header header = {stop, NowNs() - last_flush_ns_};
  const double ns_per_tick = tick_scale_.NsPerTick();
  std::string message;
  message.reserve(sizeof(header) + static_cast<size_t>(count_) * sizeof(StepRecord) +
                  static_cast<size_t>(count_ * local_leaves_) * sizeof(LossSums));
  Append(&header, 1, &message);
  for (int64_t k = 0; k < count_; ++k) {
    StepRecord record;
    for (size_t phase = 0; phase < kStepPhases; ++phase) {
      const auto ticks = static_cast<double>(ticks_[static_cast<size_t>(k)][phase]);
      record.phase_ns[phase] = static_cast<int64_t>(ticks * ns_per_tick);
    }
    Append(&record, 1, &message);
  }
  Append(leaves_.data(), count_ * local_leaves_, &message);
  return message;
}

StatusOr<const std::vector<StepSummary>*> StepLog::Flush(bool stop) {
  LOCKSTEP_ASSIGN_OR_RETURN(std::vector<std::string> all, communicator_->AllGather(Message(stop)));
  ReadHeaders(all);
  summaries_.clear();
  for (int64_t k = 0; k < count_; ++k) {
    summaries_.push_back({heads_[static_cast<size_t>(k)], {}, {}, {}});
    LOCKSTEP_RETURN_IF_ERROR(CombineStep(all, k, &summaries_.back()));
  }
  count_ = 0;
  last_flush_ns_ = NowNs();
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
  if (count_ == 0) return;  // tells nothing of how long steps take
  const int64_t step_ns = header.elapsed_ns / count_;
  flush_steps_ = std::clamp<int64_t>(kFlushNs / std::max<int64_t>(step_ns, 1), 1, capacity_);
}

Status StepLog::CombineStep(const std::vector<std::string>& all, int64_t k, StepSummary* out) {
  const int64_t ranks = static_cast<int64_t>(all.size());
  std::fill(sums_.begin(), sums_.end(), LossSums{});  // beyond out->microbatches they add nothing
  for (int64_t rank = 0; rank < ranks; ++rank) {
    const Range run = EvenPart(out->microbatches, ranks, rank);
    const int64_t stride = EvenPart(microbatches_, ranks, rank).size();
    const std::string& sent = all[static_cast<size_t>(rank)];
    StepRecord record;
    const char* records = sent.data() + sizeof(Header);
    std::memcpy(&record, records + static_cast<size_t>(k) * sizeof(record), sizeof(record));
    const size_t offset = static_cast<size_t>(count_) * sizeof(StepRecord) +
                          static_cast<size_t>(k * stride) * sizeof(LossSums);
    std::memcpy(sums_.data() + run.begin, records + offset,
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
