// The legend of a chart: rows above the plot, where no data is.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CHART_LEGEND_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CHART_LEGEND_H_

#include <span>
#include <string>

#include "distributed/report/chart/svg.h"

namespace lockstep {

// What stands beside an entry's text; charts draw their data alike.
enum class Look {
  kReference,  // a thin line
  kMeasured,   // a line with dots and bars from low to high
  kPredicted,  // a dashed line in a band from low to high
  kBox,        // a filled box
  kPaleBox,    // a box of the same colour, paler
};

struct LegendEntry {
  std::string label;
  Ink ink = Ink::kText;
  Look look = Look::kBox;
};

// How much of an area a pale box or a band covers.
inline constexpr double kPale = 0.25;

// Draws the entries in rows from `box.left` to `box.right`, the first at `box.top`; returns where
// the last row ends.
double DrawLegend(std::span<const LegendEntry> entries, const Box& box, double text_size,
                  SvgDrawing* drawing);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CHART_LEGEND_H_
