// Writes an SVG picture. The same drawing gives one for a page, whose colours are the page's own
// (CSS custom properties, so that it follows light, dark and print), and one for paper, with fixed
// colours on white, which every program that knows SVG 1.1 shows alike.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CHART_SVG_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CHART_SVG_H_

#include <span>
#include <string>
#include <string_view>

namespace lockstep {

enum class Ink {
  kBackground,
  kText,
  kQuiet,  // axes' words
  kGrid,
  kSeries0,
  kSeries1,
  kSeries2,
  kSeries3,
  kSeries4,
  kSeries5,
  kSeries6,
  kSeries7,
};

enum class InkSet { kPage, kPaper };

// Pixels; y grows downwards.
struct Point {
  double x = 0;
  double y = 0;
};

struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

struct Stroke {
  Ink ink = Ink::kText;
  double width = 1;
  bool dashed = false;
};

struct Fill {
  Ink ink = Ink::kText;
  double opacity = 1;
};

enum class Anchor { kStart, kMiddle, kEnd };

struct TextStyle {
  Ink ink = Ink::kText;
  Anchor anchor = Anchor::kStart;
  double size = 13;
  bool bold = false;
};

// One picture. A shape with a coordinate that is not finite is left out. Texts may hold any bytes.
class SvgDrawing {
 public:
  SvgDrawing(double width, double height, InkSet inks);

  double width() const { return width_; }
  double height() const { return height_; }

  void Line(Point from, Point to, Stroke stroke);
  void Polyline(std::span<const Point> points, Stroke stroke);
  void Polygon(std::span<const Point> corners, Fill fill);
  // With a text that a browser shows where the mouse rests on it, unless empty.
  void Rectangle(const Box& box, Fill fill, std::string_view hint = "");
  void Dot(Point center, double radius, Fill fill, std::string_view hint = "");
  // `at` is on the base line.
  void Text(Point at, std::string_view text, TextStyle style);

  // The picture, with a name and a description for those who cannot see it.
  std::string Finish(std::string_view title, std::string_view description) const;

 private:
  std::string Color(Ink ink) const;
  std::string FillText(Fill fill) const;
  void Close(std::string_view element, std::string_view hint);

  double width_;
  double height_;
  InkSet inks_;
  std::string body_;
};

// About how wide `text` is in a font like Helvetica: what is reserved for it.
double TextWidth(std::string_view text, double size);

// `text` cut to `width` with an ellipsis, "" if nothing of it fits.
std::string FittedText(std::string_view text, double size, double width);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CHART_SVG_H_
