#include "distributed/scaling/measured_run.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "core/base/file.h"
#include "distributed/scaling/traced_step.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// Times of `to`, of weight `to_weight`, become the mean with those of `from`; of counts the larger
// stays, as an epoch may have had only its last, shorter batch.
void Average(const Json& from, double weight, double to_weight, Json* to, bool time = false) {
  if (to->is_number() && from.is_number()) {
    const double own = to->get<double>(), other = from.get<double>();
    *to = time ? (own * to_weight + other * weight) / (to_weight + weight) : std::max(own, other);
  } else if (to->is_array() && from.is_array() && to->size() == from.size()) {
    for (size_t i = 0; i < to->size(); ++i) Average(from[i], weight, to_weight, &(*to)[i]);
  } else if (to->is_object() && from.is_object()) {
    for (auto& [key, value] : to->items()) {
      const bool time = key.ends_with("_ms");
      if (from.contains(key)) Average(from[key], weight, to_weight, &value, time);
    }
  }
}

// All epochs as one, which has the words of the epoch with the most steps; null without steps.
Json AllEpochs(const Json& epochs, double* steps) {
  std::vector<const Json*> sorted;
  for (const Json& epoch : epochs) sorted.push_back(&epoch);
  std::ranges::stable_sort(sorted, std::greater<>(),
                           [](const Json* epoch) { return epoch->value("steps", 0.0); });
  *steps = 0;
  Json all;
  for (const Json* at : sorted) {
    const Json& epoch = *at;
    const double own = epoch.value("steps", 0.0);
    if (own <= 0) continue;
    if (all.is_null()) {
      all = epoch;
    } else {
      Average(epoch, own, *steps, &all);
    }
    *steps += own;
  }
  return all;
}

double Number(const Json& json, const char* name) { return json.value(name, 0.0); }

StepParts PartsOf(const Json& rank) {
  StepParts parts;
  for (const NamedStepPart& part : kStepParts) {
    parts.*part.ms = Number(rank, (std::string(part.name) + "_ms").c_str());
  }
  return parts;
}

// One rank has no ranks to wait for: its communication is none.
StepParts MeanParts(const Json& ranks) {
  StepParts mean;
  for (const Json& rank : ranks) {
    const StepParts own = PartsOf(rank);
    for (const NamedStepPart& part : kStepParts) {
      mean.*part.ms += own.*part.ms / static_cast<double>(ranks.size());
    }
  }
  return mean;
}

// Phases behind each other; a rank waits before its gradients are through.
std::vector<PhaseSpanMs> Spans(const StepParts& parts) {
  constexpr const char* kOrder[] = {"input", "forward", "backward", "wait", "transfer",
                                    "optimizer"};
  std::vector<PhaseSpanMs> spans;
  double now = 0;
  for (const char* name : kOrder) {
    const auto part = std::ranges::find_if(
        kStepParts, [&](const NamedStepPart& p) { return std::string_view(p.name) == name; });
    const double ms = parts.*part->ms;
    if (ms > 0) spans.push_back({name, now, now + ms});
    now += ms;
  }
  return spans;
}

void AddBuckets(const Json& buckets, MeasuredRun* run) {
  if (buckets.empty()) return;
  const double last_ready = Number(buckets.back(), "ready_ms");
  const double own_leaves =
      std::max(1.0, static_cast<double>(run->microbatches) / std::max(run->ranks, 1));
  const double last_backward = run->parts.backward_ms / own_leaves;
  const double backward_end =
      run->parts.input_ms + run->parts.forward_ms + run->parts.backward_ms;
  double through = 0;
  for (const Json& bucket : buckets) {
    const double before_end = last_ready - Number(bucket, "ready_ms");
    const double share = last_backward > 0 ? 1 - before_end / last_backward : 1;
    run->buckets.push_back({Number(bucket, "bytes"), std::clamp(share, 0.0, 1.0)});
    const double transfer = Number(bucket, "transfer_ms");
    run->transfers_ms += transfer;
    const double ready = backward_end - before_end, begin = std::max(ready, through);
    through = begin + transfer;
    run->drawn.buckets.push_back(
        {static_cast<int64_t>(Number(bucket, "bytes")), ready, begin, through});
  }
}

void AddHosts(const Json& hosts, MeasuredRun* run) {
  run->hosts = static_cast<int>(hosts.size());
  for (const Json& host : hosts) {
    run->crowded |= Number(host, "ranks") > Number(host, "cores");
  }
  if (!hosts.empty()) run->ranks_per_host = static_cast<int>(Number(hosts[0], "ranks"));
}

// How ranks talked to each other.
StatusOr<bool> WereProcesses(const std::string& run_folder) {
  const std::string path = JoinPath(run_folder, "summary.json");
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const std::string found = json.is_object() ? json.value("communicator", Json()).dump() : "";
  if (found == "\"mpi\"" || found == "\"threads\"") return found == "\"mpi\"";
  return BadDataError(path + ": expected \"communicator\": \"threads\" or \"mpi\", as lockstep " +
                      "train writes it");
}

// A real step instead of the mean, where the run has a trace.
Status DrawTrace(const std::string& run_folder, MeasuredRun* run) {
  const std::string path = JoinPath(run_folder, "trace.json");
  if (!FileExists(path)) return OkStatus();
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  LOCKSTEP_ASSIGN_OR_RETURN(DrawnStep step, MedianStepOfTrace(text, path));
  const size_t buckets = std::min(step.buckets.size(), run->drawn.buckets.size());
  for (size_t i = 0; i < buckets; ++i) step.buckets[i].bytes = run->drawn.buckets[i].bytes;
  run->drawn = std::move(step);
  return OkStatus();
}

}  // namespace

StatusOr<MeasuredRun> ReadMeasuredRun(const std::string& run_folder) {
  const std::string path = JoinPath(run_folder, "timing.json");
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const bool whole = json.is_object() && json.contains("epochs") && json["epochs"].is_array() &&
                     std::ranges::all_of(json["epochs"], [](const Json& epoch) {
                       return epoch.is_object() && epoch.contains("ranks") &&
                              epoch["ranks"].is_array() && epoch.contains("buckets") &&
                              epoch.contains("hosts");
                     });
  if (!whole) return BadDataError(path + ": expected epochs with ranks, buckets and hosts");
  double steps = 0;
  const Json all = AllEpochs(json["epochs"], &steps);
  if (all.is_null() || all["ranks"].empty() || Number(all, "step_ms") <= 0) {
    return BadDataError(path + ": has no timed step; train for two steps or more");
  }
  MeasuredRun run;
  LOCKSTEP_ASSIGN_OR_RETURN(run.processes, WereProcesses(run_folder));
  run.ranks = static_cast<int>(all["ranks"].size());
  run.batch = static_cast<int64_t>(Number(all, "samples_per_step"));
  run.steps = static_cast<int64_t>(steps);
  for (const Json& rank : all["ranks"]) {
    run.microbatches += static_cast<int64_t>(Number(rank, "microbatches"));
  }
  AddHosts(all["hosts"], &run);
  run.step_ms = Number(all, "median_step_ms");
  run.parts = MeanParts(all["ranks"]);
  const double scale = run.step_ms / run.parts.total_ms();
  for (const NamedStepPart& part : kStepParts) run.parts.*part.ms *= scale;
  run.barrier_ms = run.ranks > 1 ? Number(all, "barrier_ms") : 0;
  run.cause = all.value("cause", "");
  run.verdict = all.value("verdict", "");
  run.drawn.ranks = run.ranks;
  for (const Json& rank : all["ranks"]) run.drawn.phases.push_back(Spans(PartsOf(rank)));
  AddBuckets(all["buckets"], &run);
  if (!run.buckets.empty()) {
    run.overlap_bound_ms = Number(all, "overlap_bound_ms");
    run.overlap_reached_ms = Number(all, "overlap_reached_ms");
  }
  LOCKSTEP_RETURN_IF_ERROR(DrawTrace(run_folder, &run));
  return run;
}

}  // namespace lockstep
