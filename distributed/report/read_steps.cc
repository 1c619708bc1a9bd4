#include "distributed/report/read_steps.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "distributed/report/curves.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// Sums by name in the order in which the names came.
using NamedSums = std::vector<std::pair<std::string, double>>;

void AddTo(std::string_view name, double value, NamedSums* sums) {
  const auto place = std::ranges::find(*sums, name, &NamedSums::value_type::first);
  if (place != sums->end()) {
    place->second += value;
  } else {
    sums->emplace_back(name, value);
  }
}

void AddPhases(const Json& step, StepCurve* curve) {
  constexpr std::string_view kUnit = "_ms";
  constexpr std::string_view kSlowest = "max_";
  for (const auto& [key, value] : step.items()) {
    std::string_view name = key;
    if (!name.ends_with(kUnit) || !value.is_number()) continue;
    name.remove_suffix(kUnit.size());
    const bool slowest = name.starts_with(kSlowest);
    if (slowest) name.remove_prefix(kSlowest.size());
    AddTo(name, value.get<double>(), slowest ? &curve->slowest_ms : &curve->rank_0_ms);
  }
}

// A number, NaN for null; false if `key` is something else or absent.
bool GetNumber(const Json& step, const char* key, double* value) {
  const auto place = step.find(key);
  if (place == step.end() || (!place->is_number() && !place->is_null())) return false;
  *value = place->is_null() ? std::numeric_limits<double>::quiet_NaN() : place->get<double>();
  return true;
}

Status ReadLine(std::string_view line, const std::string& where, std::vector<StepPoint>* points,
                StepCurve* curve) {
  const Json step = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!step.is_object()) return BadDataError(where + ": expected a JSON object");
  StepPoint point;
  const auto number = step.find("step");
  if (number == step.end() || !number->is_number_integer() ||
      !GetNumber(step, "loss", &point.loss) ||
      !GetNumber(step, "learning_rate", &point.learning_rate)) {
    return BadDataError(where + ": expected the numbers step, loss and learning_rate");
  }
  point.step = number->get<int64_t>();
  points->push_back(point);
  AddPhases(step, curve);
  return OkStatus();
}

}  // namespace

StatusOr<StepCurve> ReadSteps(const std::string& path, int64_t max_points) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  StepCurve curve;
  std::vector<StepPoint> points;
  std::string_view rest = text;
  for (int64_t line = 1;; ++line) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    LOCKSTEP_RETURN_IF_ERROR(
        ReadLine(rest.substr(0, end), path + ":" + std::to_string(line), &points, &curve));
    rest.remove_prefix(end + 1);
  }
  for (NamedSums* sums : {&curve.rank_0_ms, &curve.slowest_ms}) {
    for (auto& [name, value] : *sums) value /= static_cast<double>(points.size());
  }
  curve.points = ThinOut(points, max_points, &curve.steps_per_point);
  return curve;
}

}  // namespace lockstep
