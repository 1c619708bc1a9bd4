#include "distributed/train/progress_text.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "core/base/number_text.h"

namespace lockstep {
namespace {

// "9,876 samples/s", "104k samples/s", "1.23M samples/s".
std::string RateText(double samples_per_second) {
  if (!std::isfinite(samples_per_second)) return "- samples/s";
  if (samples_per_second < 9999.5) return NumberText(std::round(samples_per_second)) + " samples/s";
  if (samples_per_second < 999500) {
    return absl::StrFormat("%.0fk samples/s", samples_per_second / 1e3);
  }
  return absl::StrFormat("%.2fM samples/s", samples_per_second / 1e6);
}

std::string LeftText(double seconds) {
  return seconds < 59.5 ? absl::StrFormat("%.0f s left", seconds) : DurationText(seconds) + " left";
}

// " 3/10": as wide for every epoch.
std::string PlaceText(int64_t at, int64_t of) {
  const int width = static_cast<int>(std::to_string(of).size());
  return absl::StrFormat("%*d/%d", width, at, of);
}

std::string ShortName(const std::string& name) {
  if (name == "mean_absolute_error") return "mae";
  if (name == "mean_squared_error") return "mse";
  return name;
}

std::string MetricsText(const std::vector<EpochMetric>& metrics, size_t count, bool short_names) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    const EpochMetric& metric = metrics[i];
    absl::StrAppendFormat(&text, "  %s %.4f", short_names ? ShortName(metric.name) : metric.name,
                          metric.value);
    if (metric.validation) absl::StrAppendFormat(&text, " val %.4f", *metric.validation);
  }
  return text;
}

}  // namespace

std::string EpochLine(int64_t epoch, int64_t epochs, const std::vector<EpochMetric>& metrics,
                      double samples_per_second, int columns) {
  const std::string begin = "epoch " + PlaceText(epoch, epochs);
  const std::string end = "  " + RateText(samples_per_second);
  std::string line = begin + MetricsText(metrics, metrics.size(), false) + end;
  const size_t fits = columns > 0 ? static_cast<size_t>(columns) : line.size();
  for (size_t count = metrics.size(); count > 0 && line.size() > fits; --count) {
    line = begin + MetricsText(metrics, count, true) + end;
  }
  return line;
}

std::string ProgressLine(const EpochProgress& progress, int columns) {
  const std::string line = absl::StrFormat(
      "epoch %s  step %s  loss %.4f  %s  %s", PlaceText(progress.epoch, progress.epochs),
      PlaceText(progress.step, progress.steps), progress.loss,
      RateText(progress.samples_per_second), LeftText(progress.seconds_left));
  return line.substr(0, static_cast<size_t>(std::max(columns - 1, 0)));
}

}  // namespace lockstep
