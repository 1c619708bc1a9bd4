// The frame of a chart: grid, axes and their words, around the box in which the data lies.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CHART_PLOT_FRAME_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CHART_PLOT_FRAME_H_

#include <string>

#include "distributed/report/chart/axis.h"
#include "distributed/report/chart/svg.h"

namespace lockstep {

// The size of a picture and its colours. Narrow ones, for a telephone, have smaller words.
struct PictureForm {
  double width = 600;
  double height = 400;
  InkSet inks = InkSet::kPaper;

  bool narrow() const { return width < 450; }
  double text_size() const { return narrow() ? 12 : 13; }
};

// Where the data lies, and how.
struct PlotFrame {
  Box box;
  Axis x;
  Axis y;
  double text_size = 13;

  Point Place(double x_value, double y_value) const;
};

struct FrameWords {
  std::string x;  // below the axis
  std::string y;  // above it
};

// The place for data in a picture whose first `top` pixels are taken. Leaves room for the words.
PlotFrame MakeFrame(const PictureForm& form, double top, Axis x, Axis y);

// Grid lines and texts of the y axis, and both words.
void DrawFrame(const PlotFrame& frame, const FrameWords& words, SvgDrawing* drawing);

// Texts of the x axis; those that would touch the one before are left out. With lines, for values
// that lie between ticks.
void DrawXTicks(const PlotFrame& frame, bool lines, SvgDrawing* drawing);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CHART_PLOT_FRAME_H_
