// Who did what when: a row for each rank and each bucket, on one clock.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CHART_TIMELINE_CHART_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CHART_TIMELINE_CHART_H_

#include <string>
#include <vector>

#include "distributed/report/chart/legend.h"
#include "distributed/report/chart/plot_frame.h"

namespace lockstep {

struct TimelineSpan {
  double begin = 0;
  double end = 0;
  size_t kind = 0;  // index of TimelineChart::kinds
};

struct TimelineRow {
  std::string label;
  std::vector<TimelineSpan> spans;  // one after the other
};

struct TimelineChart {
  std::string title;
  std::string x_words;
  std::string unit;
  std::vector<LegendEntry> kinds;  // boxes
  std::vector<TimelineRow> rows;   // from above
};

// As high as its rows need; `form.height` does not count. Spans without length, or with an end
// that is not finite, are left out.
std::string DrawTimelineChart(const TimelineChart& chart, const PictureForm& form);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CHART_TIMELINE_CHART_H_
