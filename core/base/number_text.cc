#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

// Commas between groups of three of the digits before the point.
std::string Grouped(std::string text) {
  const size_t first = text.front() == '-' ? 1 : 0;
  const size_t point = std::min(text.find('.'), text.size());
  for (size_t i = point; i > first + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

}  // namespace

std::string NumberText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Inf" : "-Inf";
  const double size = std::abs(value);
  if (size >= 1e15) return absl::StrFormat("%.4g", value);
  if (value == std::floor(value)) return Grouped(absl::StrFormat("%.0f", value));
  if (size >= 1000) return Grouped(absl::StrFormat("%.1f", value));
  if (size >= 100) return absl::StrFormat("%.2f", value);
  if (size >= 0.001) return absl::StrFormat("%.4f", value);
  return absl::StrFormat("%.4g", value);
}

std::string DurationText(double seconds) {
  if (seconds < 9.995) return absl::StrFormat("%.2f s", seconds);
  if (seconds < 59.95) return absl::StrFormat("%.1f s", seconds);
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return absl::StrFormat("%d min %02d s", whole / 60, whole % 60);
  return absl::StrFormat("%d h %02d min", whole / 3600, whole % 3600 / 60);
}

}  // namespace lockstep
