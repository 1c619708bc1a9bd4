// Limits for float32 results, as the table "Tolerances" of docs/numerics.md gives them.
#ifndef LOCKSTEP_TESTS_TESTING_TOLERANCE_H_
#define LOCKSTEP_TESTS_TESTING_TOLERANCE_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

namespace lockstep {

// u: a float32 operation is off by at most this, relative to its result.
inline constexpr double kUnitRoundoff = 0x1.0p-24;
// A result below the normal numbers is off by this, absolutely.
inline constexpr double kDenormal = std::numeric_limits<float>::denorm_min();

// e^-87: exponentials below it may come out as 0 (Exp in core/ops/cpu_vector.h).
inline constexpr double kSmallestShare = 1.65e-38;

// `terms` products, summed in any order, fused or not; `magnitude` is the sum of their absolute
// values. Four operations more: the bias, an element function, and the oracle's own rounding.
// Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1.
inline double SumTolerance(int64_t terms, double magnitude) {
  return static_cast<double>(terms + 4) * kUnitRoundoff * magnitude + 4 * kDenormal;
}

// Expects every actual[i] within tolerance(i) of expected[i]; a NaN agrees with a NaN alone.
// Reports the first element that is off and how many are.
template <typename Tolerance>
void ExpectWithin(std::span<const float> actual, std::span<const float> expected,
                  const Tolerance& tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  int64_t first = -1, off = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    const double difference = std::abs(static_cast<double>(actual[i]) - expected[i]);
    const bool same =
        actual[i] == expected[i] || (std::isnan(actual[i]) && std::isnan(expected[i]));
    if (same || difference <= tolerance(static_cast<int64_t>(i))) continue;
    if (off++ == 0) first = static_cast<int64_t>(i);
  }
  if (off == 0) return;
  const size_t at = static_cast<size_t>(first);
  ADD_FAILURE() << off << " of " << actual.size() << " elements are off, the first is [" << first
                << "]: " << actual[at] << ", expected " << expected[at] << " within "
                << tolerance(first);
}

// Expects the same values (0 and -0 are one value), NaN where NaN is expected.
inline void ExpectExactly(std::span<const float> actual, std::span<const float> expected) {
  ExpectWithin(actual, expected, [](int64_t) { return 0.0; });
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_TOLERANCE_H_
