#include "distributed/report/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/check.h"

namespace lockstep {

std::vector<double> ExponentialMovingAverage(std::span<const double> values, double factor) {
  LOCKSTEP_CHECK(factor >= 0 && factor < 1, "smoothing factor %g", factor);
  std::vector<double> smooth;
  smooth.reserve(values.size());
  double average = std::numeric_limits<double>::quiet_NaN();
  for (const double value : values) {
    if (!std::isfinite(value)) {
      smooth.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    average = std::isnan(average) ? value : factor * average + (1 - factor) * value;
    smooth.push_back(average);
  }
  return smooth;
}

bool LargerIsBetter(std::string_view metric) {
  return metric.find("accuracy") != std::string_view::npos;
}

std::optional<int64_t> BestIndex(std::span<const double> values, bool larger_is_better) {
  std::optional<int64_t> best;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    const double so_far = best ? values[static_cast<size_t>(*best)] : 0;
    if (!best || (larger_is_better ? values[i] > so_far : values[i] < so_far)) {
      best = static_cast<int64_t>(i);
    }
  }
  return best;
}

std::vector<StepPoint> ThinOut(std::span<const StepPoint> points, int64_t max_points,
                               int64_t* steps_per_point) {
  LOCKSTEP_CHECK(max_points >= 1, "no points are to be kept");
  const int64_t size = static_cast<int64_t>(points.size());
  *steps_per_point = std::max<int64_t>(1, (size + max_points - 1) / max_points);
  std::vector<StepPoint> kept;
  for (int64_t begin = 0; begin < size; begin += *steps_per_point) {
    const int64_t end = std::min(size, begin + *steps_per_point);
    StepPoint mean{.step = points[static_cast<size_t>(end - 1)].step};
    for (int64_t i = begin; i < end; ++i) {
      mean.loss += points[static_cast<size_t>(i)].loss;
      mean.learning_rate += points[static_cast<size_t>(i)].learning_rate;
    }
    mean.loss /= static_cast<double>(end - begin);
    mean.learning_rate /= static_cast<double>(end - begin);
    kept.push_back(mean);
  }
  return kept;
}

}  // namespace lockstep
