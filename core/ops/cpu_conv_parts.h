// The parts of a batch that a convolution computes one after another, so that what one pass wrote
// is still in the cache for the next: a few pictures, or a band of one picture's rows.
//
// A picture of 224 x 224 x 64 has 13 MB. Over a whole batch of those, the gradient of the kernel
// runs at a third of the processor's peak, since it goes through memory once per block of channels;
// over bands of 14 rows it runs at nearly all of it. The parts depend on the sizes of the
// convolution and on n alone.
#ifndef LOCKSTEP_CORE_OPS_CPU_CONV_PARTS_H_
#define LOCKSTEP_CORE_OPS_CPU_CONV_PARTS_H_

#include <algorithm>
#include <cstdint>

#include "core/ops/specs.h"

namespace lockstep {

// Pictures image .. image + images, their rows out_row .. out_row + out_rows, and the input's rows
// that those are computed from.
struct ConvPart {
  int64_t image = 0, images = 0;
  int64_t out_row = 0, out_rows = 0;
  int64_t in_row = 0, in_rows = 0;
  int64_t pad_top = 0, pad_bottom = 0;

  // Whether the same primitive computes both.
  bool HasSizesOf(const ConvPart& other) const {
    return images == other.images && out_rows == other.out_rows && in_rows == other.in_rows &&
           pad_top == other.pad_top && pad_bottom == other.pad_bottom;
  }
};

// How a convolution is cut: `images` pictures at a time, or one picture in bands of `rows`.
struct ConvParts {
  int64_t images = 1;
  int64_t rows = 0;
};

// How large a part should be: about so many bytes of input and output, at least so many pixels of
// the output, so that going through the kernel again for each part is little beside the products.
struct PartSize {
  int64_t bytes = 0;
  int64_t pixels = 0;
};

ConvParts CutConv(const ConvSpec& spec, PartSize size);

// `cut` says which pictures and rows of the output; adds what of the input those need.
ConvPart MakeConvPart(const ConvSpec& spec, const ConvPart& cut);

// Whether a pixel of the output is made of the same pixel of the input, so that a part is a product
// of matrices.
inline bool IsPointwise(const ConvSpec& spec) {
  const WindowSpec& w = spec.window;
  return spec.groups == 1 && w.height * w.width * w.stride_height * w.stride_width == 1 &&
         w.pad_top + w.pad_bottom + w.pad_left + w.pad_right == 0;
}

// Where the part starts in a batch's input and output, and how many pixels of output it has.
inline int64_t InputOffset(const ConvSpec& spec, const ConvPart& part) {
  return part.image * spec.in.elems() + part.in_row * spec.in.width * spec.in.channels;
}
inline int64_t OutputOffset(const ConvSpec& spec, const ConvPart& part) {
  return part.image * spec.out.elems() + part.out_row * spec.out.width * spec.out.channels;
}
inline int64_t OutputPixels(const ConvSpec& spec, const ConvPart& part) {
  return part.images * part.out_rows * spec.out.width;
}

// Calls visit(part) for each part of n pictures, in their order.
template <typename Visit>
void ForEachConvPart(const ConvSpec& spec, const ConvParts& parts, int64_t n, const Visit& visit) {
  for (int64_t image = 0; image < n; image += parts.images) {
    for (int64_t row = 0; row < spec.out.height; row += parts.rows) {
      visit(MakeConvPart(spec, {.image = image,
                                .images = std::min(parts.images, n - image),
                                .out_row = row,
                                .out_rows = std::min(parts.rows, spec.out.height - row)}));
    }
  }
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_CONV_PARTS_H_
