#include "core/ops/cpu_conv_parts.h"

namespace lockstep {
namespace {

int64_t Quotient(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Whether every row of the output has a row of the input below its window.
bool CanBeBanded(const WindowSpec& window) {
  const int64_t extent = (window.height - 1) * window.dilation_height + 1;
  return window.pad_top < extent && window.pad_bottom < extent;
}

}  // namespace

ConvParts CutConv(const ConvSpec& spec, PartSize size) {
  const int64_t height = spec.out.height;
  const int64_t row_bytes =
      static_cast<int64_t>(sizeof(float)) *
      (std::min(spec.window.stride_height, spec.in.height) * spec.in.width * spec.in.channels +
       spec.out.width * spec.out.channels);
  const int64_t rows =
      std::max({size.bytes / row_bytes, Quotient(size.pixels, spec.out.width), int64_t{1}});
  if (rows >= height) return {.images = rows / height, .rows = height};
  if (!CanBeBanded(spec.window)) return {.images = 1, .rows = height};
  return {.images = 1, .rows = Quotient(height, Quotient(height, rows))};
}

ConvPart MakeConvPart(const ConvSpec& spec, const ConvPart& cut) {
  const WindowSpec& window = spec.window;
  ConvPart part = cut;
  if (cut.out_rows == spec.out.height) {
    part.in_rows = spec.in.height;
    part.pad_top = window.pad_top;
    part.pad_bottom = window.pad_bottom;
    return part;
  }
  const int64_t begin = cut.out_row * window.stride_height - window.pad_top;
  const int64_t end = begin + (cut.out_rows - 1) * window.stride_height +
                      (window.height - 1) * window.dilation_height + 1;
  part.in_row = std::max<int64_t>(begin, 0);
  part.in_rows = std::min(end, spec.in.height) - part.in_row;
  part.pad_top = part.in_row - begin;
  part.pad_bottom = std::max<int64_t>(end - spec.in.height, 0);
  return part;
}

}  // namespace lockstep
