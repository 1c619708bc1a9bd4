#include "distributed/scaling/traced_step.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostRanks = 4096, kMostBuckets = 65536;

// An event of a step: a phase in row 0 of its rank, else bucket row - 1.
struct TracedSpan {
  size_t rank = 0;
  size_t row = 0;
  std::string name;
  double begin_ms = 0;
  double end_ms = 0;
};

using SpansByStep = std::map<int64_t, std::vector<TracedSpan>>;

// False for an event that is no span of a step.
bool ReadSpan(const Json& event, int64_t* step, TracedSpan* span) {
  const auto number = [&event](const char* name) {
    const auto found = event.find(name);
    return found != event.end() && found->is_number() ? found->get<double>() : -1.0;
  };
  if (!event.is_object() || event.value("ph", Json()) != "X") return false;
  const auto arguments = event.find("args");
  if (arguments == event.end() || !arguments->is_object()) return false;
  const Json at = arguments->value("step", Json()), name = event.value("name", Json());
  const double rank = number("pid"), row = number("tid"), begin_us = number("ts");
  const double us = number("dur");
  if (!at.is_number_integer() || !name.is_string() || rank < 0 || rank >= kMostRanks || row < 0 ||
      row > kMostBuckets || us < 0) {
    return false;
  }
  *step = at.get<int64_t>();
  *span = {static_cast<size_t>(rank), static_cast<size_t>(row), name.get<std::string>(),
           begin_us / 1000, (begin_us + us) / 1000};
  return true;
}

// From the first rank's begin to the last one's end.
std::pair<double, double> Extent(const std::vector<TracedSpan>& spans) {
  double begin = std::numeric_limits<double>::max(), end = 0;
  for (const TracedSpan& span : spans) {
    if (span.row == 0) begin = std::min(begin, span.begin_ms);
    if (span.row == 0) end = std::max(end, span.end_ms);
  }
  return {begin, end};
}

// NamedStepPart::name of a phase as traces call it.
std::string PartOf(const std::string& phase) {
  return phase.starts_with("wait for rank") ? "wait" : phase;
}

DrawnStep Draw(const std::vector<TracedSpan>& spans, int64_t step) {
  DrawnStep drawn;
  drawn.step = step;
  const double begin = Extent(spans).first;
  for (const TracedSpan& span : spans) {
    if (span.row == 0) {
      drawn.phases.resize(std::max(drawn.phases.size(), span.rank + 1));
      drawn.phases[span.rank].push_back(
          {PartOf(span.name), span.begin_ms - begin, span.end_ms - begin});
      continue;
    }
    drawn.buckets.resize(std::max(drawn.buckets.size(), span.row));
    BucketSpanMs& bucket = drawn.buckets[span.row - 1];
    bucket.ready_ms = std::max(bucket.ready_ms, span.begin_ms - begin);
    bucket.end_ms = std::max(bucket.end_ms, span.end_ms - begin);
  }
  drawn.ranks = static_cast<int>(drawn.phases.size());
  double through = 0;
  for (BucketSpanMs& bucket : drawn.buckets) {
    bucket.end_ms = std::max(bucket.end_ms, through);
    bucket.begin_ms = std::min(std::max(bucket.ready_ms, through), bucket.end_ms);
    through = bucket.end_ms;
  }
  return drawn;
}

}  // namespace

StatusOr<DrawnStep> MedianStepOfTrace(std::string_view text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("traceEvents") || !json["traceEvents"].is_array()) {
    return BadDataError(file + ": expected a trace of lockstep train --trace");
  }
  SpansByStep steps;
  for (const Json& event : json["traceEvents"]) {
    int64_t step = 0;
    TracedSpan span;
    if (ReadSpan(event, &step, &span)) steps[step].push_back(std::move(span));
  }
  // The first step touches memory and code for the first time.
  if (!steps.empty()) steps.erase(steps.begin());
  std::vector<std::pair<double, int64_t>> lengths;
  for (const auto& [step, spans] : steps) {
    const auto [begin, end] = Extent(spans);
    if (end > begin) lengths.emplace_back(end - begin, step);
  }
  if (lengths.empty()) return BadDataError(file + ": has no second step");
  std::ranges::sort(lengths);
  const int64_t middle = lengths[(lengths.size() - 1) / 2].second;
  return Draw(steps[middle], middle);
}

}  // namespace lockstep
