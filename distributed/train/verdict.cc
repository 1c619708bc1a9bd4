#include "distributed/train/verdict.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

// Below these shares of a step a cause is not worth a word.
constexpr double kLeastInput = 0.15;
constexpr double kLeastLate = 0.10;
constexpr double kLeastLateMs = 0.1;
constexpr double kLeastStall = 0.10;
constexpr double kLeastExposed = 0.05;
constexpr double kLeastOptimizer = 0.35;
// A rank is late if it comes last in so many of the steps.
constexpr double kMostSteps = 0.75;
constexpr int64_t kLeastStalls = 3;
constexpr int64_t kLeastSteps = 5;
// Gradients that move faster than this would not move much faster on any network.
constexpr double kFastBytesPerMs = 1e6;

double MeanPhase(const EpochTiming& timing, StepPhase phase) {
  double sum = 0;
  for (const RankTiming& rank : timing.ranks) sum += rank.phase_ms[phase];
  return sum / static_cast<double>(timing.ranks.size());
}

int Percent(double share) { return static_cast<int>(std::lround(100 * share)); }

// "0.42 ms", "12 ms", "1.3 s".
std::string TimeText(double ms) {
  if (ms < 0.1) return absl::StrFormat("%.0f us", 1000 * ms);
  if (ms < 10) return absl::StrFormat("%.2g ms", ms);
  return ms < 1000 ? absl::StrFormat("%.0f ms", ms) : absl::StrFormat("%.2g s", ms / 1000);
}

// The phase in which `rank` takes longer than the others do on average.
StepPhase SlowPhase(const EpochTiming& timing, int rank) {
  const double others = static_cast<double>(timing.ranks.size() - 1);
  StepPhase slow = kBackward;
  double most = 0;
  for (const StepPhase phase : {kInput, kForward, kBackward, kOptimizer}) {
    const double own = timing.ranks[static_cast<size_t>(rank)].phase_ms[phase];
    const double all = MeanPhase(timing, phase) * static_cast<double>(timing.ranks.size());
    const double excess = own - (all - own) / others;
    if (excess <= most) continue;
    most = excess;
    slow = phase;
  }
  return slow;
}

// What makes a rank late, and what would help.
std::string LateReason(const EpochTiming& timing, int rank) {
  const RankTiming& late = timing.ranks[static_cast<size_t>(rank)];
  int64_t fewest = late.microbatches;
  double others_cpu = 0;
  for (const RankTiming& other : timing.ranks) {
    fewest = std::min(fewest, other.microbatches);
    if (&other != &late) others_cpu += other.cpu_share;
  }
  others_cpu /= static_cast<double>(timing.ranks.size() - 1);
  if (fewest < late.microbatches) {
    return absl::StrFormat("it has %d micro-batches, others %d; make them even", late.microbatches,
                           fewest);
  }
  if (SlowPhase(timing, rank) == kInput) return "its input is slow; look at its disk";
  if (late.cpu_share < 0.8 && late.cpu_share < others_cpu - 0.1) {
    return absl::StrFormat("it ran %d %% of the time; look at its host", Percent(late.cpu_share));
  }
  return absl::StrFormat("its %s is slow; look at its host", kStepPhaseNames[SlowPhase(timing, rank)]);
}

// A host whose ranks want more cores than it has.
const HostPlace* Crowded(const EpochTiming& timing) {
  for (size_t at = 0; at < timing.hosts.size(); ++at) {
    const HostPlace& host = timing.hosts[at];
    double wanted = 0;  // cores, on average; a rank that computes little does not crowd them
    for (const RankTiming& rank : timing.ranks) {
      if (rank.host != static_cast<int>(at)) continue;
      wanted += rank.cpu_share + std::min(rank.ready_share, rank.cpu_share);
    }
    if (host.ranks > host.cores && wanted > 0.7 * host.cores) return &host;
  }
  return nullptr;
}

// Whether gradients take long because a step's work is small rather than because they are slow.
bool GradientsAreQuick(const EpochTiming& timing) {
  double bytes = 0, transfer_ms = 0;
  for (const BucketTiming& bucket : timing.buckets) {
    bytes += static_cast<double>(bucket.bytes);
    transfer_ms += bucket.transfer_ms;
  }
  const double rounds_ms = 2 * timing.barrier_ms * static_cast<double>(timing.buckets.size());
  return rounds_ms > 0.4 * transfer_ms || bytes > kFastBytesPerMs * transfer_ms;
}

// More threads help where a host has cores beside its ranks and those that they have.
std::string InputHelp(const EpochTiming& timing) {
  if (timing.decode_threads == 0) return "a faster disk helps";
  for (const HostPlace& host : timing.hosts) {
    if (host.cores <= host.ranks * (1 + timing.decode_threads)) {
      return "smaller files or more cores help";
    }
  }
  return absl::StrFormat("raise data.decode_threads (%d)", timing.decode_threads);
}

Verdict JudgeInput(const EpochTiming& timing) {
  // A rank whose own input is slow makes the others wait; input that all have to wait for is this.
  double least = timing.step_ms;
  for (const RankTiming& rank : timing.ranks) least = std::min(least, rank.phase_ms[kInput]);
  Verdict verdict = {.cause = Cause::kInput, .share = least / timing.step_ms};
  if (verdict.share < kLeastInput) return {};
  verdict.sentence =
      absl::StrFormat("input-bound %d %%: %s", Percent(verdict.share), InputHelp(timing));
  return verdict;
}

Verdict JudgeLateRank(const EpochTiming& timing) {
  Verdict worst;
  for (size_t rank = 0; rank < timing.ranks.size(); ++rank) {
    const RankTiming& late = timing.ranks[rank];
    const double share = late.late_ms * late.last_share / timing.step_ms;
    const bool matters = share >= kLeastLate && late.late_ms >= kLeastLateMs;
    if (late.last_share < kMostSteps || !matters || share < worst.share) continue;
    worst = {.cause = Cause::kLateRank, .share = share, .rank = static_cast<int>(rank)};
  }
  if (worst.rank < 0) return worst;
  const double late_ms = timing.ranks[static_cast<size_t>(worst.rank)].late_ms;
  worst.sentence = absl::StrFormat("rank %d late by %s: %s", worst.rank, TimeText(late_ms),
                                   LateReason(timing, worst.rank));
  return worst;
}

Verdict JudgeStall(const EpochTiming& timing) {
  const StallTiming& stall = timing.stall;
  if (stall.times < kLeastStalls || stall.share < kLeastStall) return {};
  return {.cause = Cause::kStall,
          .share = stall.share,
          .rank = stall.rank,
          .sentence = absl::StrFormat("rank %d late by %s %d times in %d steps: look at its host",
                                      stall.rank, TimeText(stall.each_ms), stall.times,
                                      timing.steps)};
}

Verdict JudgeGradients(const EpochTiming& timing) {
  const double share = timing.exposed_ms / timing.step_ms;
  if (timing.buckets.empty() || share < kLeastExposed) return {};
  const auto longest = std::max_element(
      timing.buckets.begin(), timing.buckets.end(),
      [](const BucketTiming& a, const BucketTiming& b) { return a.exposed_ms < b.exposed_ms; });
  const int bucket = static_cast<int>(longest - timing.buckets.begin());
  if (GradientsAreQuick(timing)) {
    return {.cause = Cause::kSmallBatch,
            .share = share,
            .sentence = absl::StrFormat("batch too small: summing gradients takes %d %% of a step; "
                                        "raise batch_size",
                                        Percent(share))};
  }
  return {.cause = Cause::kCommunication,
          .share = share,
          .bucket = bucket,
          .sentence = absl::StrFormat(
              "communication exposed %d %% (bucket %d): larger batch or faster network",
              Percent(share), bucket)};
}

Verdict JudgeOptimizer(const EpochTiming& timing) {
  const double share = MeanPhase(timing, kOptimizer) / timing.step_ms;
  if (share < kLeastOptimizer) return {};
  return {.cause = Cause::kSmallBatch,
          .share = share,
          .sentence = absl::StrFormat("batch too small: updating weights takes %d %% of a step; "
                                      "raise batch_size",
                                      Percent(share))};
}

}  // namespace

const char* CauseName(Cause cause) {
  constexpr std::array<const char*, 8> kNames = {"none",      "too_few_steps", "too_many_ranks",
                                                 "input",     "late_rank",     "stall",
                                                 "communication", "small_batch"};
  return kNames[static_cast<size_t>(cause)];
}

Verdict Judge(const EpochTiming& timing) {
  if (timing.steps < kLeastSteps) {
    return {.cause = Cause::kTooFewSteps,
            .sentence = absl::StrFormat("%d steps are too few to tell what takes time",
                                        timing.steps)};
  }
  // Ranks that share cores come last in turns: one that always does has a fault of its own.
  const HostPlace* const host = Crowded(timing);
  if (host != nullptr && JudgeLateRank(timing).cause == Cause::kNothing) {
    return {.cause = Cause::kTooManyRanks,
            .share = 1 - static_cast<double>(host->cores) / host->ranks,
            .sentence = absl::StrFormat("too many ranks for %d core%s: %d share them; use %d",
                                        host->cores, host->cores == 1 ? "" : "s", host->ranks,
                                        host->cores)};
  }
  Verdict worst;
  for (const auto judge :
       {JudgeInput, JudgeLateRank, JudgeStall, JudgeGradients, JudgeOptimizer}) {
    Verdict verdict = judge(timing);
    if (verdict.cause != Cause::kNothing && verdict.share > worst.share) worst = std::move(verdict);
  }
  if (worst.cause != Cause::kNothing) return worst;
  worst.share = (MeanPhase(timing, kForward) + MeanPhase(timing, kBackward)) / timing.step_ms;
  worst.sentence = absl::StrFormat("computing %d %%: nothing stands out", Percent(worst.share));
  return worst;
}

}  // namespace lockstep
