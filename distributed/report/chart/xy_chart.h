// Curves over a number of ranks: references, measured points with their intervals, predictions
// with their band.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CHART_XY_CHART_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CHART_XY_CHART_H_

#include <limits>
#include <string>
#include <vector>

#include "distributed/report/chart/legend.h"
#include "distributed/report/chart/plot_frame.h"

namespace lockstep {

struct XyPoint {
  double x = 0;
  double y = 0;
  double low = std::numeric_limits<double>::quiet_NaN();  // of the interval, if it has one
  double high = std::numeric_limits<double>::quiet_NaN();
};

struct XySeries {
  std::string label;
  Ink ink = Ink::kText;
  Look look = Look::kMeasured;  // a line's
  std::vector<XyPoint> points;  // ascending in x
};

struct XyChart {
  std::string title;
  std::string x_words;
  std::string y_words;
  bool y_from_zero = true;
  // Powers of two on both axes where the counts are far apart; otherwise only x.
  bool y_as_x = false;
  std::vector<XySeries> series;  // later ones are drawn over earlier ones
};

// Points that are not finite are left out, and those at or below 0 ranks or on an axis of powers.
// Without any point left it says so.
std::string DrawXyChart(const XyChart& chart, const PictureForm& form);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CHART_XY_CHART_H_
