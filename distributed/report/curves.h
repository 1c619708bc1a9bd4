// Pure functions on curves: smoothing, the best point, thinning out.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CURVES_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CURVES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "distributed/report/report_data.h"

namespace lockstep {

// The smoothed k-fold curve leaves out its first points, which are on another scale than the rest,
// and replaces each other by a moving average with this factor, as Chollet, Deep Learning with
// Python, section 3.6.4 does.
inline constexpr int64_t kSmoothedStart = 10;
inline constexpr double kSmoothing = 0.9;

// Exponential moving average: out[0] = values[0], out[i] = factor * out[i-1] + (1 - factor) *
// values[i]. A NaN gives a NaN at its place and is otherwise passed over. REQUIRES: 0 <= factor <
// 1.
std::vector<double> ExponentialMovingAverage(std::span<const double> values, double factor);

// Whether a larger value of this metric is a better one: accuracies, under any prefix.
bool LargerIsBetter(std::string_view metric);

// Position of the best value, the first of equals; none if all are NaN or there is none.
std::optional<int64_t> BestIndex(std::span<const double> values, bool larger_is_better);

// `points` in at most `max_points` groups of equal length (the last may be shorter), each replaced
// by the mean of its loss and rate at its last step. Sets `steps_per_point`. REQUIRES: max_points
// >= 1.
std::vector<StepPoint> ThinOut(std::span<const StepPoint> points, int64_t max_points,
                               int64_t* steps_per_point);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CURVES_H_
