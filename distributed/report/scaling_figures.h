// The pictures of the page about scaling, and their numbers.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_SCALING_FIGURES_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_SCALING_FIGURES_H_

#include <functional>
#include <string>
#include <vector>

#include "distributed/report/chart/plot_frame.h"
#include "distributed/scaling/scaling_result.h"

namespace lockstep {

struct Figure {
  std::string name;  // of its files, "scaling_speedup"
  std::string title;
  std::string caption;  // what the marks mean
  std::string csv;      // its numbers, with a line of headings
  std::function<std::string(const PictureForm&)> draw;
  double width = 600;  // in a file, and in a page unless it is narrow
};

// Speed-up, efficiency, breakdown in milliseconds and in shares, one step's timeline; without those
// for which there is no data. In breakdown and timeline a part has the same colour.
std::vector<Figure> ScalingFigures(const ScalingResult& result);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_SCALING_FIGURES_H_
