// Stacked bars: what a whole consists of, for each of several wholes.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CHART_BAR_CHART_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CHART_BAR_CHART_H_

#include <string>
#include <vector>

#include "distributed/report/chart/plot_frame.h"

namespace lockstep {

struct BarPart {
  std::string label;
  Ink ink = Ink::kSeries0;
  std::vector<double> values;  // one per bar
};

struct BarChart {
  std::string title;
  std::string x_words;
  std::string y_words;
  std::string unit;               // of the values: "ms", "%"
  std::vector<std::string> bars;  // what stands below each
  std::vector<BarPart> parts;     // from below
  bool totals = true;             // above each bar
};

// Values that are not finite, or below 0, count as 0. A part has its number in it where there is
// room. Without bars it says so. REQUIRES: as many values in each part as there are bars.
std::string DrawBarChart(const BarChart& chart, const PictureForm& form);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CHART_BAR_CHART_H_
