// Axes: where a value lies between two ends, and the round numbers written beside it.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CHART_AXIS_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CHART_AXIS_H_

#include <span>
#include <string>
#include <vector>

namespace lockstep {

struct Tick {
  double value = 0;
  std::string text;
};

struct Axis {
  bool logarithmic = false;
  double low = 0;
  double high = 1;
  std::vector<Tick> ticks;  // ascending, within low .. high

  // Where `value` lies: 0 at `low`, 1 at `high`, the nearer of both for what lies outside. NaN for
  // NaN.
  double Place(double value) const;
};

// The two ends of `values`; values that are not finite do not count, and without any it is 0 and 0.
struct Range {
  double low = 0;
  double high = 0;
};
Range RangeOf(std::span<const double> values);

// From a round number at or below `range.low` to one at or above `range.high`, with ticks at
// multiples of 1, 2 or 5 times a power of ten, at most `most_ticks` of them. A range without
// length is widened. REQUIRES: most_ticks >= 3, which is what a range around 0 needs.
Axis LinearAxis(Range range, int most_ticks);

// Ticks at powers of two, of four, of eight ... so that there are at most `most_ticks`. The ends
// are the range's own, or powers of two around it where it holds fewer than two of them. Values at
// or below 0 do not count: a range without any other is 1 .. 2.
Axis PowerOfTwoAxis(Range range, int most_ticks);

// Whether counts from one to the other are too far apart for a linear axis: by 16 times or more.
bool WantsPowersOfTwo(Range range);

// For numbers of ranks: powers of two where WantsPowersOfTwo, otherwise linear from 0 with ticks at
// the counts themselves, as far as there are no more than `most_ticks`.
Axis CountAxis(std::span<const double> counts, int most_ticks);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CHART_AXIS_H_
