#include "distributed/report/confusion.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "core/base/check.h"

namespace lockstep {
namespace {

Status CheckSize(const char* member, size_t found, int64_t expected) {
  if (found == static_cast<size_t>(expected)) return OkStatus();
  return BugError(absl::StrFormat("report: Predictions::%s has %d values, expected %d", member,
                                  found, expected));
}

Status CheckRows(const char* member, const std::vector<ShownSample>& samples, int64_t count) {
  for (const ShownSample& sample : samples) {
    if (sample.index < 0 || sample.index >= count) {
      return BugError(absl::StrFormat("report: Predictions::%s names row %d of %d", member,
                                      sample.index, count));
    }
  }
  return OkStatus();
}

// How wrong a row is: none for a right class.
double Wrongness(const Predictions& predictions, int64_t row) {
  if (predictions.classes > 0) {
    const PredictedClass predicted = ClassOf(predictions, row);
    const bool right = predicted.label == predictions.labels[static_cast<size_t>(row)];
    return right ? -1 : predicted.confidence;
  }
  double error = 0;
  for (int64_t i = 0; i < predictions.outputs; ++i) {
    const size_t at = static_cast<size_t>(row * predictions.outputs + i);
    error += std::abs(double{predictions.values[at]} - double{predictions.targets[at]});
  }
  return std::isnan(error) ? HUGE_VAL : error;
}

}  // namespace

Status CheckPredictions(const Predictions& p) {
  LOCKSTEP_RETURN_IF_ERROR(CheckSize("values", p.values.size(), p.count * p.outputs));
  LOCKSTEP_RETURN_IF_ERROR(CheckRows("samples", p.samples, p.count));
  LOCKSTEP_RETURN_IF_ERROR(CheckRows("mistakes", p.mistakes, p.count));
  if (p.classes == 0) return CheckSize("targets", p.targets.size(), p.count * p.outputs);
  if (p.outputs != p.classes && !(p.outputs == 1 && p.classes == 2)) {
    return BugError(absl::StrFormat("report: %d outputs cannot tell %d classes", p.outputs,
                                    p.classes));
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckSize("labels", p.labels.size(), p.count));
  if (!p.class_names.empty()) {
    LOCKSTEP_RETURN_IF_ERROR(CheckSize("class_names", p.class_names.size(), p.classes));
  }
  for (const int32_t label : p.labels) {
    if (label < 0 || label >= p.classes) {
      return BugError(absl::StrFormat("report: label %d of %d classes", label, p.classes));
    }
  }
  return OkStatus();
}

PredictedClass ClassOf(const Predictions& predictions, int64_t row) {
  LOCKSTEP_CHECK(predictions.classes > 0 && row >= 0 && row < predictions.count, "row %lld",
                 static_cast<long long>(row));
  const float* values = predictions.values.data() + row * predictions.outputs;
  if (predictions.outputs == 1) {
    const double p = values[0];
    return p > 0.5 ? PredictedClass{1, p} : PredictedClass{0, 1 - p};
  }
  const int64_t best = std::max_element(values, values + predictions.outputs) - values;
  return {best, values[best]};
}

std::vector<int64_t> CountConfusions(const Predictions& predictions) {
  std::vector<int64_t> counts(static_cast<size_t>(predictions.classes * predictions.classes));
  for (int64_t row = 0; row < predictions.count; ++row) {
    const int64_t label = predictions.labels[static_cast<size_t>(row)];
    ++counts[static_cast<size_t>(label * predictions.classes + ClassOf(predictions, row).label)];
  }
  return counts;
}

std::vector<int64_t> MostConfidentMistakes(const Predictions& predictions, int64_t count) {
  std::vector<std::pair<double, int64_t>> wrong;  // worst first, then by row
  for (int64_t row = 0; row < predictions.count; ++row) {
    const double wrongness = Wrongness(predictions, row);
    if (wrongness >= 0) wrong.emplace_back(-wrongness, row);
  }
  const size_t kept = std::min(wrong.size(), static_cast<size_t>(std::max<int64_t>(count, 0)));
  std::partial_sort(wrong.begin(), wrong.begin() + static_cast<ptrdiff_t>(kept), wrong.end());
  std::vector<int64_t> rows;
  for (size_t i = 0; i < kept; ++i) rows.push_back(wrong[i].second);
  return rows;
}

}  // namespace lockstep
