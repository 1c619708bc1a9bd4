#include "distributed/train/timing_file.h"

#include <cmath>
#include <utility>

#include "core/base/file.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// Milliseconds and shares to six digits behind the point: nanoseconds.
double Rounded(double value) { return std::round(value * 1e6) / 1e6; }

Json RankJson(const RankTiming& rank) {
  Json json = {{"host", rank.host}, {"microbatches", rank.microbatches}};
  for (size_t phase = 0; phase < kStepPhases; ++phase) {
    json[std::string(kStepPhaseNames[phase]) + "_ms"] = Rounded(rank.phase_ms[phase]);
  }
  json["wait_ms"] = Rounded(rank.wait_ms);
  json["transfer_ms"] = Rounded(rank.transfer_ms);
  json["last_share"] = Rounded(rank.last_share);
  json["late_ms"] = Rounded(rank.late_ms);
  json["blamed_ms"] = Rounded(rank.blamed_ms);
  json["cpu_share"] = Rounded(rank.cpu_share);
  json["ready_share"] = Rounded(rank.ready_share);
  return json;
}

}  // namespace

void TimingFile::Add(const EpochTiming& timing, const Verdict& verdict) {
  Json json = {{"epoch", timing.epoch},
               {"verdict", verdict.sentence},
               {"cause", CauseName(verdict.cause)},
               {"share", Rounded(verdict.share)}};
  if (verdict.rank >= 0) json["blamed_rank"] = verdict.rank;
  if (verdict.bucket >= 0) json["bucket"] = verdict.bucket;
  json["steps"] = timing.steps;
  json["samples_per_step"] = timing.samples;
  json["step_ms"] = Rounded(timing.step_ms);
  json["median_step_ms"] = Rounded(timing.median_step_ms);
  json["exposed_ms"] = Rounded(timing.exposed_ms);
  json["overlap_bound_ms"] = Rounded(timing.bound_ms);
  json["overlap_reached_ms"] = Rounded(timing.reached_ms);
  json["clock_uncertainty_ms"] = Rounded(timing.clock_uncertainty_ms);
  json["barrier_ms"] = Rounded(timing.barrier_ms);
  json["hosts"] = Json::array();
  for (const HostPlace& host : timing.hosts) {
    json["hosts"].push_back({{"name", host.name}, {"ranks", host.ranks}, {"cores", host.cores}});
  }
  json["ranks"] = Json::array();
  for (const RankTiming& rank : timing.ranks) json["ranks"].push_back(RankJson(rank));
  json["buckets"] = Json::array();
  for (const BucketTiming& bucket : timing.buckets) {
    json["buckets"].push_back({{"bytes", bucket.bytes},
                               {"ready_ms", Rounded(bucket.ready_ms)},
                               {"transfer_ms", Rounded(bucket.transfer_ms)},
                               {"exposed_ms", Rounded(bucket.exposed_ms)}});
  }
  epochs_.push_back(std::move(json));
}

Status TimingFile::KeepUntil(const std::string& path, int64_t epochs) {
  epochs_ = Json::array();
  if (!FileExists(path)) return OkStatus();
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const Json read = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!read.is_object() || !read.contains("epochs") || !read["epochs"].is_array()) {
    return BadDataError(path + ": expected an object with a list of epochs");
  }
  for (const Json& epoch : read["epochs"]) {
    if (epoch.is_object() && epoch.value("epoch", int64_t{0}) <= epochs) epochs_.push_back(epoch);
  }
  return OkStatus();
}

Status TimingFile::Write(const std::string& path) const {
  // An epoch a line: easy to look at, and to compare.
  std::string text = "{\"epochs\":[";
  for (size_t i = 0; i < epochs_.size(); ++i) text += (i == 0 ? "\n" : ",\n") + epochs_[i].dump();
  return WriteFileAtomically(path, text + "\n]}\n");
}

}  // namespace lockstep
