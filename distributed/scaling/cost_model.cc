#include "distributed/scaling/cost_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/check.h"
#include "distributed/scaling/step_simulator.h"

namespace lockstep {
namespace {

constexpr double kMs = 1e3;

// The queue of step_simulator.h alone: none of its own losses.
StepTimes RunQueue(const TransferPlan& plan, double backward_s) {
  ScalingConstants none;
  none.interference = none.straggler_share = none.entry_share = 0;
  // Two thirds of what it computes are backward.
  StepSetting setting;
  setting.gpus = 2;
  setting.compute_s = 1.5 * std::max(backward_s, 1e-12);
  return SimulatePlannedSteps(plan, /*wire_bytes=*/0, setting, none, {Slowness{}}).front();
}

// Of a link that `sharers` use, against two.
double SlowedBy(double per_doubling, int sharers) {
  return std::exp2(per_doubling * std::max(0.0, std::log2(sharers) - 1));
}

}  // namespace

int64_t ModelJob::BatchOf(int ranks) const { return weak ? batch * ranks / base_ranks : batch; }

int64_t ModelJob::MicrobatchesOf(int ranks) const {
  if (microbatches == 0) return ranks;
  return weak ? microbatches * ranks / base_ranks : microbatches;
}

RankPlacement ModelJob::PlacementOf(int ranks) const {
  const int hosts = ranks_per_host == 0 ? 1 : (ranks + ranks_per_host - 1) / ranks_per_host;
  return {ranks, hosts};
}

std::string ModelStep::Dominant() const {
  const double compute = parts.forward_ms + parts.backward_ms;
  const double latency_share = transfers_ms > 0 ? latency_ms / transfers_ms : 0;
  const std::pair<double, const char*> causes[] = {
      {compute - fixed_ms, "compute"},
      {fixed_ms, "fixed compute"},
      {parts.transfer_ms * (1 - latency_share), "bandwidth"},
      {parts.transfer_ms * latency_share, "latency"},
      {parts.wait_ms, "stragglers"},
      {parts.input_ms, "input"},
      {parts.optimizer_ms, "optimizer"},
  };
  return std::max_element(std::begin(causes), std::end(causes),
                          [](const auto& a, const auto& b) { return a.first < b.first; })
      ->second;
}

ModelStep ModelStepOf(const ModelTerms& terms, const ModelJob& job, int ranks) {
  LOCKSTEP_CHECK(ranks >= 1, "%d ranks", ranks);
  const double doublings = std::log2(ranks);
  const double samples = static_cast<double>(job.BatchOf(ranks)) / ranks;
  const int64_t leaves = job.MicrobatchesOf(ranks);
  const double own = static_cast<double>(leaves) / ranks;  // micro-batches
  const double sharing = std::exp2(terms.compute_sharing * doublings);
  const double fixed = terms.compute_fixed * sharing;
  const double compute = fixed + terms.compute_per_sample * samples * sharing;
  ModelStep step;
  step.parts.input_ms = kMs * terms.input_per_sample * samples;
  step.parts.forward_ms = kMs * compute * (1 - terms.backward_share);
  step.parts.backward_ms = kMs * compute * terms.backward_share;
  step.parts.optimizer_ms = kMs * terms.optimizer;
  step.fixed_ms = kMs * fixed;
  if (ranks == 1) return step;
  const RankPlacement placement = job.PlacementOf(ranks);
  const double inside = SlowedBy(terms.inside_sharing, placement.per_host());
  const double between = SlowedBy(terms.network_sharing, placement.hosts);
  const double partials = PartialsOf(leaves, ranks);
  Links no_latency = terms.links;
  no_latency.inside.latency_s = no_latency.between.latency_s = 0;
  TransferPlan plan;
  double bytes_alone_s = 0;
  for (const ModelBucket& bucket : job.buckets) {
    const double bytes = bucket.bytes * job.wire_share;
    const SumSeconds sum = SumSecondsOf(job.form, bytes, partials, placement, terms.links);
    const SumSeconds moved = SumSecondsOf(job.form, bytes, partials, placement, no_latency);
    plan.buckets.push_back({.ready = bucket.ready,
                            .inside_s = sum.inside * inside,
                            .between_s = sum.between * between});
    step.transfers_ms += kMs * (sum.inside * inside + sum.between * between);
    bytes_alone_s += moved.inside * inside + moved.between * between;
  }
  step.latency_ms = step.transfers_ms - kMs * bytes_alone_s;
  const double last_backward = compute * terms.backward_share / std::max(own, 1.0);
  if (!plan.buckets.empty()) step.parts.transfer_ms = kMs * RunQueue(plan, last_backward).exposed;
  const double most = std::ceil(own) / own - 1;  // the fullest rank beside the mean
  step.parts.wait_ms =
      kMs * (terms.straggler_share * compute * doublings + std::max(0.0, most) * compute);
  return step;
}

}  // namespace lockstep
