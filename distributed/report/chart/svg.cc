#include "distributed/report/chart/svg.h"

#include <array>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "core/base/printable.h"
#include "distributed/report/escape.h"

namespace lockstep {
namespace {

struct InkColor {
  const char* variable;  // of page/style.css
  const char* paper;
};

// In the order of Ink. The colours on paper are those of the page in its light scheme.
constexpr std::array<InkColor, 12> kInks = {{{"page", "#ffffff"},
                                             {"text", "#1b1e24"},
                                             {"quiet", "#555c68"},
                                             {"line", "#d5d9e0"},
                                             {"series-0", "#1f63b5"},
                                             {"series-1", "#c2500f"},
                                             {"series-2", "#24804d"},
                                             {"series-3", "#7a48b0"},
                                             {"series-4", "#b02a6c"},
                                             {"series-5", "#0c7c88"},
                                             {"series-6", "#7d6020"},
                                             {"series-7", "#5a6270"}}};

// Known widths: what is reserved for a text is what it takes, on a page as on paper.
constexpr const char* kFont = "Liberation Sans, Arial, Helvetica, sans-serif";

// Around a picture in a file, which may stand close to text.
constexpr double kMargin = 8;

// Hundredths of a pixel, without zeros at the end: "12", "12.5", "-0.07".
std::string Coordinate(double value) {
  std::string text = absl::StrFormat("%.2f", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string Attribute(std::string_view name, double value) {
  return absl::StrFormat(" %s=\"%s\"", name, Coordinate(value));
}

bool IsFinite(std::span<const Point> points) {
  for (const Point& point : points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) return false;
  }
  return true;
}

std::string PointList(std::span<const Point> points) {
  std::string list;
  for (const Point& point : points) {
    list += (list.empty() ? "" : " ") + Coordinate(point.x) + "," + Coordinate(point.y);
  }
  return list;
}

std::string SafeText(std::string_view text) { return EscapeHtml(Printable(text, SIZE_MAX)); }

// Of a letter, in parts of the font's size.
double LetterWidth(unsigned char letter) {
  constexpr std::string_view kNarrow = "ijl.,:;'|!IJ()[]/ft r-";
  constexpr std::string_view kWide = "mwMWABCDEGHKNOPQRSUVXY%&@";
  if ((letter & 0xc0) == 0x80) return 0;  // the rest of a letter of several bytes
  if (kWide.find(static_cast<char>(letter)) != kWide.npos) return 0.76;
  return kNarrow.find(static_cast<char>(letter)) != kNarrow.npos ? 0.32 : 0.57;
}

}  // namespace

SvgDrawing::SvgDrawing(double width, double height, InkSet inks)
    : width_(width), height_(height), inks_(inks) {
  if (inks == InkSet::kPaper) {
    Rectangle({-kMargin, -kMargin, width + kMargin, height + kMargin}, {Ink::kBackground});
  }
}

std::string SvgDrawing::Color(Ink ink) const {
  const InkColor& color = kInks[static_cast<size_t>(ink)];
  return inks_ == InkSet::kPaper ? color.paper : absl::StrFormat("var(--%s)", color.variable);
}

std::string SvgDrawing::FillText(Fill fill) const {
  std::string text = absl::StrFormat(" fill=\"%s\"", Color(fill.ink));
  if (fill.opacity < 1) text += Attribute("fill-opacity", fill.opacity);
  return text;
}

void SvgDrawing::Close(std::string_view element, std::string_view hint) {
  if (hint.empty()) {
    body_ += "/>\n";
  } else {
    body_ += absl::StrFormat("><title>%s</title></%s>\n", SafeText(hint), element);
  }
}

void SvgDrawing::Line(Point from, Point to, Stroke stroke) {
  const std::array<Point, 2> points = {from, to};
  Polyline(points, stroke);
}

void SvgDrawing::Polyline(std::span<const Point> points, Stroke stroke) {
  if (points.size() < 2 || !IsFinite(points)) return;
  body_ += absl::StrFormat("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"", PointList(points),
                           Color(stroke.ink));
  body_ += Attribute("stroke-width", stroke.width);
  if (stroke.dashed) body_ += " stroke-dasharray=\"6 4\"";
  Close("polyline", "");
}

void SvgDrawing::Polygon(std::span<const Point> corners, Fill fill) {
  if (corners.size() < 3 || !IsFinite(corners)) return;
  body_ += absl::StrFormat("<polygon points=\"%s\"", PointList(corners)) + FillText(fill);
  Close("polygon", "");
}

void SvgDrawing::Rectangle(const Box& box, Fill fill, std::string_view hint) {
  const std::array<Point, 2> corners = {Point{box.left, box.top}, Point{box.right, box.bottom}};
  if (!IsFinite(corners) || box.right <= box.left || box.bottom <= box.top) return;
  body_ += "<rect" + Attribute("x", box.left) + Attribute("y", box.top) +
           Attribute("width", box.right - box.left) + Attribute("height", box.bottom - box.top) +
           FillText(fill);
  Close("rect", hint);
}

void SvgDrawing::Dot(Point center, double radius, Fill fill, std::string_view hint) {
  if (!IsFinite({&center, 1})) return;
  body_ += "<circle" + Attribute("cx", center.x) + Attribute("cy", center.y) +
           Attribute("r", radius) + FillText(fill);
  Close("circle", hint);
}

void SvgDrawing::Text(Point at, std::string_view text, TextStyle style) {
  if (!IsFinite({&at, 1}) || text.empty()) return;
  constexpr std::array<const char*, 3> kAnchors = {"start", "middle", "end"};
  body_ += "<text" + Attribute("x", at.x) + Attribute("y", at.y) +
           Attribute("font-size", style.size) + FillText({style.ink});
  if (style.anchor != Anchor::kStart) {
    body_ += absl::StrFormat(" text-anchor=\"%s\"", kAnchors[static_cast<size_t>(style.anchor)]);
  }
  if (style.bold) body_ += " font-weight=\"600\"";
  body_ += absl::StrFormat(">%s</text>\n", SafeText(text));
}

std::string SvgDrawing::Finish(std::string_view title, std::string_view description) const {
  // Inside a page the HTML parser knows the namespace; the address would look like a request.
  const bool paper = inks_ == InkSet::kPaper;
  const double margin = paper ? kMargin : 0;
  const std::string start = Coordinate(-margin);
  const std::string width = Coordinate(width_ + 2 * margin);
  const std::string height = Coordinate(height_ + 2 * margin);
  return absl::StrFormat(
      "<svg%s role=\"img\" viewBox=\"%s %s %s %s\" width=\"%s\" height=\"%s\" font-family=\"%s\">\n"
      "<title>%s</title>\n<desc>%s</desc>\n%s</svg>\n",
      paper ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", start, start, width, height, width,
      height, kFont, SafeText(title), SafeText(description), body_);
}

double TextWidth(std::string_view text, double size) {
  double width = 0;
  for (const char letter : text) width += LetterWidth(static_cast<unsigned char>(letter));
  return width * size;
}

std::string FittedText(std::string_view text, double size, double width) {
  if (TextWidth(text, size) <= width) return std::string(text);
  constexpr std::string_view kEllipsis = "\u2026";
  double left = width - TextWidth(kEllipsis, size);
  size_t end = 0;
  while (end < text.size()) {
    left -= LetterWidth(static_cast<unsigned char>(text[end])) * size;
    if (left < 0) break;
    ++end;
  }
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return end == 0 ? "" : std::string(text.substr(0, end)).append(kEllipsis);
}

}  // namespace lockstep
