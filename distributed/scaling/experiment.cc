#include "distributed/scaling/experiment.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

constexpr double kLevel = 0.9;

double RateOf(const MeasuredRun& run) { return 1e3 * static_cast<double>(run.batch) / run.step_ms; }

// The chance that the median lies outside of n values' k-th from either end.
double Outside(size_t n, size_t k) {
  double term = std::pow(0.5, n), sum = 0;
  for (size_t i = 0; i < k; ++i) {
    sum += term;
    term *= static_cast<double>(n - i) / static_cast<double>(i + 1);
  }
  return 2 * sum;
}

Estimate Scaled(const Estimate& estimate, double factor) {
  return {estimate.value * factor, estimate.low * factor, estimate.high * factor};
}

double HalfWidth(const Estimate& estimate) {
  const double width = (estimate.high - estimate.low) / (2 * estimate.value);
  return std::isfinite(width) ? width : 0;
}

// The run with the middle step.
const MeasuredRun& MiddleRun(const std::vector<MeasuredRun>& runs) {
  std::vector<const MeasuredRun*> good;
  for (const MeasuredRun& run : runs) {
    if (std::isfinite(run.step_ms)) good.push_back(&run);
  }
  std::ranges::sort(good, {}, [](const MeasuredRun* run) { return run->step_ms; });
  return *good[(good.size() - 1) / 2];
}

bool HasGoodRun(const std::vector<MeasuredRun>& runs) {
  return std::ranges::any_of(runs, [](const MeasuredRun& r) { return std::isfinite(r.step_ms); });
}

// What `runs` are faster by than `base`, round by round.
MedianInterval Gain(const std::vector<MeasuredRun>& base, const std::vector<MeasuredRun>& runs) {
  std::vector<double> gains;
  for (size_t i = 0; i < std::min(base.size(), runs.size()); ++i) {
    gains.push_back(RateOf(runs[i]) / RateOf(base[i]));
  }
  return MedianOf(std::move(gains));
}

MeasuredRanks MeasuredOf(int ranks, const std::vector<MeasuredRun>& runs, double* level) {
  const MeasuredRun& middle = MiddleRun(runs);
  MeasuredRanks out;
  out.ranks = ranks;
  out.hosts = middle.hosts;
  out.batch = middle.batch;
  out.steps = middle.steps;
  for (const MeasuredRun& run : runs) {
    out.repeat_step_ms.push_back(run.step_ms);
    out.repeat_samples_per_second.push_back(RateOf(run));
  }
  const MedianInterval step = MedianOf(out.repeat_step_ms);
  *level = std::min(*level, step.level);
  out.step_ms = step.median;
  out.samples_per_second = MedianOf(out.repeat_samples_per_second).median;
  out.cost = Scaled(out.step_ms, ranks / static_cast<double>(middle.batch));
  out.parts = middle.parts;
  out.overlap_bound_ms = middle.overlap_bound_ms;
  out.overlap_reached_ms = middle.overlap_reached_ms;
  out.cause = middle.cause;
  out.verdict = middle.verdict;
  return out;
}

// "4 ranks are 1.80 times as fast as 2", or what keeps one from saying it.
std::string Comparison(int from, int to, const Estimate& gain, bool* conclusive) {
  const bool known = std::isfinite(gain.low) && gain.low < gain.high;
  if (known && (gain.low > 1 || gain.high < 1)) {
    return absl::StrFormat("%d ranks are %.2f times as fast as %d", to, gain.value, from);
  }
  *conclusive = false;
  if (!known) {
    return absl::StrFormat("one repeat allows no conclusion between %d and %d ranks", from, to);
  }
  return absl::StrFormat("the noise (+-%.0f %%) allows no conclusion between %d and %d ranks",
                         std::ceil(100 * HalfWidth(gain)), from, to);
}

std::string Joined(const std::vector<std::string>& sentences) {
  std::string all;
  for (const std::string& sentence : sentences) all += (all.empty() ? "" : "; ") + sentence;
  return all;
}

double Deviation(const std::vector<double>& values, double mean) {
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(std::max<size_t>(values.size() - 1, 1)));
}

// Means over repeats without those that another program disturbed, and their errors; an error is
// never below what a model of a dozen terms can be right to.
RankObservation Observe(int ranks, const std::vector<MeasuredRun>& runs) {
  constexpr double kLeastError = 0.005;  // of a step
  RankObservation seen;
  seen.ranks = ranks;
  std::vector<double> steps, transfers, barriers;
  for (const MeasuredRun& run : runs) {
    if (!std::isfinite(run.step_ms)) continue;
    steps.push_back(run.step_ms);
    transfers.push_back(run.transfers_ms);
    barriers.push_back(run.barrier_ms);
  }
  const double step = MedianOf(steps).median.value;
  const double least = kLeastError * step, root = std::sqrt(static_cast<double>(steps.size()));
  for (const NamedStepPart& part : kStepParts) {
    std::vector<double> values;
    for (const MeasuredRun& run : runs) {
      if (std::isfinite(run.step_ms)) values.push_back(run.parts.*part.ms);
    }
    seen.parts.*part.ms = MedianOf(values).median.value;
    seen.errors.*part.ms =
        std::hypot(least, Deviation(values, seen.parts.*part.ms) / root);
  }
  seen.transfers_ms = MedianOf(transfers).median.value;
  seen.transfers_error_ms = std::hypot(std::max(least, 0.01 * seen.transfers_ms),
                                       Deviation(transfers, seen.transfers_ms) / root);
  seen.barrier_ms = *std::ranges::min_element(barriers);
  seen.step_error = std::hypot(kLeastError, Deviation(steps, step) / root / step);
  return seen;
}

struct NamedChange {
  std::string words;
  ModelChange change;
};

std::vector<NamedChange> Changes(const ModelJob& job, bool network) {
  std::vector<NamedChange> changes = {
      {"computing twice as fast",
       [](ModelTerms* t, ModelJob*) {
         t->compute_fixed /= 2;
         t->compute_per_sample /= 2;
       }},
      {"batch 4 times as large", [](ModelTerms*, ModelJob* j) { j->batch *= 4; }},
      {"gradients in two bytes", [](ModelTerms*, ModelJob* j) { j->wire_share = 0.5; }},
      {"no stragglers", [](ModelTerms* t, ModelJob*) { t->straggler_share = 0; }},
  };
  if (network) {
    changes.push_back({"network 4 times as fast", [](ModelTerms* t, ModelJob*) {
                         t->links.between.bytes_per_s *= 4;
                       }});
    changes.push_back({"network without latency", [](ModelTerms* t, ModelJob*) {
                         t->links.between.latency_s = 0;
                       }});
  }
  for (const SumForm form : {SumForm::kRing, SumForm::kHalving, SumForm::kTree,
                             SumForm::kHierarchical, SumForm::kServers}) {
    if (form == job.form || (form == SumForm::kHierarchical && !network)) continue;
    changes.push_back({absl::StrFormat("sums by %s", SumFormWords(form)),
                       [form](ModelTerms*, ModelJob* j) { j->form = form; }});
  }
  return changes;
}

void AddWhatIfs(const FittedModel& model, ScalingResult* result) {
  // Where more ranks still pay: half of them do something.
  int at = result->measured.back().ranks;
  for (const PredictedRanks& predicted : result->predicted) {
    if (predicted.efficiency.value >= 0.5) at = std::max(at, predicted.ranks);
  }
  if (at == 1) return;
  const bool network = model.job.PlacementOf(at).hosts > 1;
  for (const NamedChange& named : Changes(model.job, network)) {
    const PredictedRanks then = Predict(model, at, named.change);
    result->what_ifs.push_back({.change = named.words,
                                .ranks = at,
                                .step_ms = then.step_ms,
                                .speedup = then.speedup.value,
                                .efficiency = then.efficiency.value,
                                .dominant = then.dominant});
  }
}

// The largest part of the last measured step beside computing.
std::string Dominating(const MeasuredRanks& last) {
  const NamedStepPart* most = nullptr;
  for (const NamedStepPart& part : kStepParts) {
    const bool computes = part.ms == &StepParts::forward_ms || part.ms == &StepParts::backward_ms;
    if (!computes && (most == nullptr || last.parts.*part.ms > last.parts.*most->ms)) most = &part;
  }
  const double share = last.parts.*most->ms / last.parts.total_ms();
  if (share < 0.02) return absl::StrFormat("with %d, steps compute", last.ranks);
  return absl::StrFormat("with %d, %s takes %.0f %% of a step", last.ranks, most->words,
                         100 * share);
}

}  // namespace

MedianInterval MedianOf(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return {};
  std::ranges::sort(values);
  const size_t n = values.size();
  MedianInterval out;
  out.median.value = n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
  if (n == 1) return out;
  size_t k = 1;
  while (2 * (k + 1) <= n && 1 - Outside(n, k + 1) >= kLevel) ++k;
  out.median.low = values[k - 1];
  out.median.high = values[n - k];
  out.level = 1 - Outside(n, k);
  return out;
}

void Summarise(const RunsByRanks& runs, ScalingResult* result) {
  result->measured.clear();
  result->interval_level = 1;
  result->noise_share = 0;
  result->conclusive = true;
  const std::vector<MeasuredRun>* base = nullptr;
  const std::vector<MeasuredRun>* before = nullptr;
  std::vector<std::string> sentences;
  for (const auto& [ranks, repeats] : runs) {
    if (!HasGoodRun(repeats)) continue;
    MeasuredRanks measured = MeasuredOf(ranks, repeats, &result->interval_level);
    if (base == nullptr) {
      base = &repeats;
      result->base_ranks = ranks;
    }
    measured.speedup =
        base == &repeats ? Estimate{1, 1, 1} : Gain(*base, repeats).median;
    measured.efficiency =
        Scaled(measured.speedup, static_cast<double>(result->base_ranks) / ranks);
    if (before != nullptr) {
      sentences.push_back(Comparison(result->measured.back().ranks, ranks,
                                     Gain(*before, repeats).median, &result->conclusive));
    }
    before = &repeats;
    result->noise_share = std::max(result->noise_share, HalfWidth(measured.samples_per_second));
    result->drawn = MiddleRun(repeats).drawn;
    result->measured.push_back(std::move(measured));
  }
  sentences.push_back(Dominating(result->measured.back()));
  result->conclusion = Joined(sentences);
}

Status AddModel(const RunsByRanks& runs, const ModelOptions& options, ScalingResult* result) {
  ModelJob job;
  job.microbatches = options.microbatches;
  job.weak = result->weak;
  job.base_ranks = result->base_ranks;
  job.ranks_per_host = options.ranks_per_host;
  job.form = options.processes ? SumForm::kProcesses : SumForm::kThreads;
  job.batch = result->measured.front().batch;
  std::vector<RankObservation> observations;
  for (const auto& [ranks, repeats] : runs) {
    if (!HasGoodRun(repeats)) continue;
    const MeasuredRun& middle = MiddleRun(repeats);
    if (middle.crowded && middle.cause == "too_many_ranks") continue;
    // The fewest ranks that sum: with more, a rank's backward is shorter and clocks count for more.
    if (job.buckets.empty()) job.buckets = middle.buckets;
    observations.push_back(Observe(ranks, repeats));
  }
  if (observations.empty()) {
    return UsageError("--ranks: all have more ranks than cores; there is nothing to fit");
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const FittedModel model, FitModel(job, observations));
  result->model_form = SumFormWords(job.form);
  result->terms = DescribeTerms(model);
  result->residuals = ResidualsOf(model);
  std::set<int> counts(options.predicted.begin(), options.predicted.end());
  for (const MeasuredRanks& measured : result->measured) counts.insert(measured.ranks);
  // What one rank alone does tells nothing of sums.
  if (job.buckets.empty()) counts = {result->base_ranks};
  for (const int ranks : counts) result->predicted.push_back(Predict(model, ranks));
  AddWhatIfs(model, result);
  return OkStatus();
}

}  // namespace lockstep
