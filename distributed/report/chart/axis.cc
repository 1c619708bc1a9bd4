#include "distributed/report/chart/axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "core/base/check.h"

namespace lockstep {
namespace {

// Past this many powers of two an axis has left every quantity of a training.
constexpr double kMostPowers = 64;

// The size beyond which a linear axis does not follow its values.
constexpr double kMostSize = 1e300;

// 1, 2 or 5 times a power of ten, the smallest that is no less than `least`.
double RoundStep(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double digit : {1.0, 2.0, 5.0}) {
    // A step that is too small by rounding alone would give a tick too many.
    if (digit * power >= least * (1 - 1e-9)) return digit * power;
  }
  return 10 * power;
}

std::string LinearText(double value, double step) {
  const double largest = std::max(std::abs(value), step);
  if (largest >= 1e7 || step < 1e-6) return absl::StrFormat("%.4g", value);
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  std::string text = absl::StrFormat("%.*f", decimals, value);
  const size_t first = text.front() == '-' ? 1 : 0;
  const size_t point = std::min(text.find('.'), text.size());
  for (size_t i = point; i > first + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

// 2^-3 is written as 1/8 would be read: 0.125.
std::string PowerText(double value) {
  return value >= 1e7 ? absl::StrFormat("%.3g", value) : absl::StrFormat("%.7g", value);
}

}  // namespace

double Axis::Place(double value) const {
  if (std::isnan(value)) return value;
  const auto position = [this](double v) { return logarithmic ? std::log2(v) : v; };
  const double inside = std::clamp(value, low, high);
  return (position(inside) - position(low)) / (position(high) - position(low));
}

Range RangeOf(std::span<const double> values) {
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  return range.low <= range.high ? range : Range{};
}

Axis LinearAxis(Range range, int most_ticks) {
  LOCKSTEP_CHECK(most_ticks >= 3, "%d ticks", most_ticks);
  // Room for a step beyond both ends, as far as a double goes.
  range = {std::clamp(range.low, -kMostSize, kMostSize),
           std::clamp(range.high, -kMostSize, kMostSize)};
  // Ends that a double cannot tell apart, or only just, leave no room for ticks.
  const double size = std::max(std::abs(range.low), std::abs(range.high));
  if (!(range.high - range.low > std::max(1e-9 * size, 1 / kMostSize))) {
    const double margin = size > 1 / kMostSize ? 0.5 * size : 1;
    range = {range.low > 0 ? range.low - margin : range.low, range.high + margin};
  }
  const int spaces = most_ticks - 1;
  double step = RoundStep((range.high - range.low) / spaces);
  double first = std::floor(range.low / step + 1e-9);
  double last = std::ceil(range.high / step - 1e-9);
  while (last - first > spaces) {  // the ends moved out by up to two steps
    step = RoundStep(step * 1.5);
    first = std::floor(range.low / step + 1e-9);
    last = std::ceil(range.high / step - 1e-9);
  }
  Axis axis{.logarithmic = false, .low = first * step, .high = last * step, .ticks = {}};
  for (double i = first; i <= last; ++i) {
    axis.ticks.push_back({i * step, LinearText(i * step, step)});
  }
  return axis;
}

Axis PowerOfTwoAxis(Range range, int most_ticks) {
  LOCKSTEP_CHECK(most_ticks >= 2, "%d ticks", most_ticks);
  if (!(range.high > 0)) range = {1, 2};
  if (!(range.low > 0)) range.low = std::min(1.0, range.high);
  double low = std::clamp(std::log2(range.low), -kMostPowers, kMostPowers);
  double high = std::clamp(std::log2(range.high), -kMostPowers, kMostPowers);
  if (std::floor(high + 1e-9) - std::ceil(low - 1e-9) < 1) {
    low = std::floor(low + 1e-9);
    high = std::max(std::ceil(high - 1e-9), low + 1);
  }
  const double stride = std::max(1.0, std::ceil((high - low) / (most_ticks - 1)));
  Axis axis{.logarithmic = true, .low = std::exp2(low), .high = std::exp2(high), .ticks = {}};
  // Multiples of the stride, so that 1 is among them.
  const double first = stride * std::ceil((low - 1e-9) / stride);
  for (double power = first; power <= high + 1e-9; power += stride) {
    axis.ticks.push_back({std::exp2(power), PowerText(std::exp2(power))});
  }
  return axis;
}

bool WantsPowersOfTwo(Range range) { return range.low > 0 && range.high >= 16 * range.low; }

Axis CountAxis(std::span<const double> counts, int most_ticks) {
  const Range range = RangeOf(counts);
  if (WantsPowersOfTwo(range)) return PowerOfTwoAxis(range, most_ticks);
  std::vector<double> distinct;
  for (const double count : counts) {
    if (std::isfinite(count) && count > 0) distinct.push_back(count);
  }
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  Axis axis = LinearAxis({0, std::max(range.high, 1.0)}, most_ticks);
  axis.high = std::max(range.high, 1.0);
  std::erase_if(axis.ticks, [&](const Tick& tick) { return tick.value > axis.high; });
  if (distinct.empty() || static_cast<int>(distinct.size()) > most_ticks) return axis;
  axis.ticks.clear();
  for (const double count : distinct) axis.ticks.push_back({count, LinearText(count, 1)});
  return axis;
}

}  // namespace lockstep
