#include "distributed/train/epoch_timing.h"

#include <algorithm>
#include <limits>

#include "core/base/summation_tree.h"

namespace lockstep {
namespace {

constexpr double kMsPerNs = 1e-6;

double Median(std::vector<float> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int64_t SumOf(const StepRecord& record, int phases) {
  int64_t sum = 0;
  for (int phase = 0; phase < phases; ++phase) sum += record.phase_ns[static_cast<size_t>(phase)];
  return sum;
}

}  // namespace

EpochTimer::EpochTimer(const RankPlaces& places, const std::vector<Bucket>& buckets)
    : places_(places), buckets_(buckets) {
  const size_t ranks = places.host_of.size();
  sums_.hosts = places.hosts;
  sums_.ranks.resize(ranks);
  if (ranks > 1) {
    for (const Bucket& bucket : buckets) {
      sums_.buckets.push_back({.bytes = bucket.elems.size() * int64_t{sizeof(float)}});
    }
  }
  ms_per_rank_ns_ = kMsPerNs / static_cast<double>(ranks);
  phase_ns_.resize(ranks);
  intervals_.resize(ranks);
  records_.resize(ranks);
  pieces_.resize(ranks * sums_.buckets.size());
}

void EpochTimer::Add(const StepLog& log, size_t k, const StepSummary& step) {
  sums_.epoch = step.epoch;
  ++sums_.steps;
  sums_.samples = std::max(sums_.samples, step.samples);
  most_microbatches_ = std::max(most_microbatches_, step.microbatches);
  int64_t step_ns = 0;
  for (size_t rank = 0; rank < sums_.ranks.size(); ++rank) {
    const StepRecord& record = records_[rank] = log.Record(k, static_cast<int>(rank));
    for (size_t phase = 0; phase < kStepPhases; ++phase) {
      phase_ns_[rank][phase] += record.phase_ns[phase];
      step_ns += record.phase_ns[phase];
    }
  }
  if (log.IsLastOfShare(k) || step_ms_.empty()) {
    step_ms_.push_back(static_cast<float>(static_cast<double>(step_ns) * ms_per_rank_ns_));
  }
  if (!sums_.buckets.empty() && log.pieces() > 0) AddMeeting(log, k);
}

void EpochTimer::AddMeeting(const StepLog& log, size_t k) {
  const size_t ranks = sums_.ranks.size(), buckets = sums_.buckets.size();
  Meeting meeting;
  int64_t latest = std::numeric_limits<int64_t>::min(), before = latest;
  std::vector<int64_t> backward_end(ranks);
  for (size_t rank = 0; rank < ranks; ++rank) {
    const std::span<PieceTimes> pieces = std::span(pieces_).subspan(rank * buckets, buckets);
    log.Pieces(k, static_cast<int>(rank), pieces);
    for (PieceTimes& piece : pieces) {
      piece.ready += records_[rank].begin_ns;
      piece.done += records_[rank].begin_ns;
    }
    backward_end[rank] = records_[rank].begin_ns + SumOf(records_[rank], kCommunication);
    const int64_t arrival = pieces.back().ready;
    before = std::max(before, std::min(arrival, latest));
    if (arrival <= latest) continue;
    latest = arrival;
    meeting.last_rank = static_cast<int32_t>(rank);
  }
  meeting.late_ms = static_cast<float>(static_cast<double>(latest - before) * kMsPerNs);
  for (size_t rank = 0; rank < ranks; ++rank) {
    const int64_t exposed = records_[rank].phase_ns[kCommunication];
    const int64_t wait = std::clamp<int64_t>(latest - backward_end[rank], 0, exposed);
    sums_.ranks[rank].wait_ms += static_cast<double>(wait) * kMsPerNs;
    const double transfer = static_cast<double>(exposed - wait) * kMsPerNs;
    sums_.ranks[rank].transfer_ms += transfer;
    meeting.transfer_ms += static_cast<float>(transfer / static_cast<double>(ranks));
  }
  AddBuckets(latest, backward_end);
  meetings_.push_back(meeting);
}

void EpochTimer::AddBuckets(int64_t latest_ns, const std::vector<int64_t>& backward_end_ns) {
  const size_t ranks = sums_.ranks.size(), buckets = sums_.buckets.size();
  const double per_rank = kMsPerNs / static_cast<double>(ranks);
  int64_t first_ready = std::numeric_limits<int64_t>::min();
  int64_t through = first_ready;
  double transfers_ms = 0;
  for (size_t bucket = 0; bucket < buckets; ++bucket) {
    BucketTiming& timing = sums_.buckets[bucket];
    int64_t all_ready = std::numeric_limits<int64_t>::min();
    for (size_t rank = 0; rank < ranks; ++rank) {
      const PieceTimes& piece = pieces_[rank * buckets + bucket];
      all_ready = std::max(all_ready, piece.ready);
      timing.ready_ms +=
          static_cast<double>(piece.ready - pieces_[rank * buckets].ready) * per_rank;
    }
    const int64_t begin = std::max(all_ready, through);
    for (size_t rank = 0; rank < ranks; ++rank) {
      const int64_t done = pieces_[rank * buckets + bucket].done;
      const int64_t shown = std::max({begin, backward_end_ns[rank], std::min(latest_ns, done)});
      timing.exposed_ms += static_cast<double>(std::max<int64_t>(done - shown, 0)) * per_rank;
      through = std::max(through, done);
    }
    // Until the last rank has it: what one rank lacks yet still keeps the link busy.
    const double transfer_ms =
        static_cast<double>(std::max<int64_t>(through - begin, 0)) * kMsPerNs;
    timing.transfer_ms += transfer_ms;
    transfers_ms += transfer_ms;
    if (bucket == 0) first_ready = all_ready;
  }
  // From the moment at which all have the first bucket: the last one's arrival, or all transfers.
  const double arrivals_ms = static_cast<double>(latest_ns - first_ready) * kMsPerNs;
  sums_.bound_ms += std::max(arrivals_ms, transfers_ms);
  sums_.reached_ms += static_cast<double>(through - first_ready) * kMsPerNs;
}

void EpochTimer::AddInterval(const StepLog& log) {
  for (size_t rank = 0; rank < intervals_.size(); ++rank) {
    const StepLogInterval interval = log.Interval(static_cast<int>(rank));
    intervals_[rank].elapsed_ns += interval.elapsed_ns;
    intervals_[rank].cpu_ns += interval.cpu_ns;
    intervals_[rank].ready_ns += interval.ready_ns;
  }
}

EpochTiming EpochTimer::Finish(const ClockSync& clocks) {
  EpochTiming out = sums_;
  const double steps = static_cast<double>(std::max<int64_t>(out.steps, 1));
  for (size_t rank = 0; rank < out.ranks.size(); ++rank) {
    RankTiming& timing = out.ranks[rank];
    for (size_t phase = 0; phase < kStepPhases; ++phase) {
      timing.phase_ms[phase] = static_cast<double>(phase_ns_[rank][phase]) * kMsPerNs / steps;
      out.step_ms += timing.phase_ms[phase];
    }
    timing.microbatches = EvenPart(most_microbatches_, static_cast<int64_t>(out.ranks.size()),
                                   static_cast<int64_t>(rank))
                              .size();
    timing.wait_ms /= steps;
    timing.transfer_ms /= steps;
    timing.host = places_.host_of[rank];
    const StepLogInterval& interval = intervals_[rank];
    const double elapsed = static_cast<double>(std::max<int64_t>(interval.elapsed_ns, 1));
    timing.cpu_share = static_cast<double>(interval.cpu_ns) / elapsed;
    timing.ready_share = static_cast<double>(interval.ready_ns) / elapsed;
  }
  out.step_ms /= static_cast<double>(out.ranks.size());
  out.median_step_ms = Median(step_ms_);
  out.bound_ms /= steps;
  out.reached_ms /= steps;
  for (BucketTiming& bucket : out.buckets) {
    bucket.ready_ms /= steps;
    bucket.transfer_ms /= steps;
    bucket.exposed_ms /= steps;
  }
  out.clock_uncertainty_ms = static_cast<double>(clocks.uncertainty_ns()) * kMsPerNs;
  out.barrier_ms = static_cast<double>(clocks.barrier_ns()) * kMsPerNs;
  FinishLateness(out.clock_uncertainty_ms, &out);
  FinishStalls(&out);
  *this = EpochTimer(places_, buckets_);
  return out;
}

void EpochTimer::FinishLateness(double uncertainty_ms, EpochTiming* out) const {
  if (meetings_.empty()) return;
  std::vector<std::vector<float>> late(out->ranks.size());
  std::vector<float> transfers;
  for (const Meeting& meeting : meetings_) {
    transfers.push_back(meeting.transfer_ms);
    if (meeting.late_ms > uncertainty_ms) {
      late[static_cast<size_t>(meeting.last_rank)].push_back(meeting.late_ms);
    }
  }
  const double steps = static_cast<double>(meetings_.size());
  for (size_t rank = 0; rank < late.size(); ++rank) {
    RankTiming& timing = out->ranks[rank];
    timing.last_share = static_cast<double>(late[rank].size()) / steps;
    timing.late_ms = Median(late[rank]);
    for (const float ms : late[rank]) timing.blamed_ms += static_cast<double>(ms) / steps;
  }
  out->exposed_ms = Median(std::move(transfers));
}

// Steps in which a rank came later than the others by several whole steps.
void EpochTimer::FinishStalls(EpochTiming* out) const {
  constexpr double kSteps = 4, kLeastMs = 20;
  const double least = std::max(kLeastMs, kSteps * out->median_step_ms);
  std::vector<std::vector<float>> stalls(out->ranks.size());
  for (const Meeting& meeting : meetings_) {
    if (meeting.late_ms < least) continue;
    stalls[static_cast<size_t>(meeting.last_rank)].push_back(meeting.late_ms);
  }
  double all_ms = 0;
  for (size_t rank = 0; rank < stalls.size(); ++rank) {
    double ms = 0;
    for (const float late : stalls[rank]) ms += late;
    all_ms += ms;
    const double share = ms / (out->step_ms * static_cast<double>(out->steps));
    if (share <= out->stall.share) continue;
    out->stall = {.rank = static_cast<int>(rank),
                  .times = static_cast<int64_t>(stalls[rank].size()),
                  .each_ms = Median(stalls[rank]),
                  .share = share};
  }
  const double own_ms = out->stall.share * out->step_ms * static_cast<double>(out->steps);
  if (own_ms < 0.8 * all_ms) out->stall = {};  // disturbed here and there: nobody's fault
}

}  // namespace lockstep
