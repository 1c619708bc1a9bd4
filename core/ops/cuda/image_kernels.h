// Kernels for pictures: pooling, local response normalisation and the element-wise half of batch
// normalisation; its sums are column sums (column_sums.h). One index is one element; neighbouring
// threads take neighbouring channels (kernel.h).
#ifndef LOCKSTEP_CORE_OPS_CUDA_IMAGE_KERNELS_H_
#define LOCKSTEP_CORE_OPS_CUDA_IMAGE_KERNELS_H_

#include <cmath>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/ops/cuda/column_sums.h"
#include "core/ops/element.h"
#include "core/ops/specs.h"

namespace lockstep::cuda {

LOCKSTEP_ELEMENT int64_t LargerOf(int64_t a, int64_t b) { return a > b ? a : b; }
LOCKSTEP_ELEMENT int64_t SmallerOf(int64_t a, int64_t b) { return a < b ? a : b; }

// One axis of a pooling window: how outputs and pixels of the picture meet.
struct PoolAxis {
  int64_t in, out, window, stride, pad;

  // The pixels of output o's window that lie in the picture are begin(o) .. end(o) - 1.
  LOCKSTEP_ELEMENT int64_t corner(int64_t o) const { return o * stride - pad; }
  LOCKSTEP_ELEMENT int64_t begin(int64_t o) const { return LargerOf(corner(o), 0); }
  LOCKSTEP_ELEMENT int64_t end(int64_t o) const { return SmallerOf(corner(o) + window, in); }
  // The outputs whose window holds pixel i are first(i) .. last(i); none where last < first.
  LOCKSTEP_ELEMENT int64_t first(int64_t i) const {
    const int64_t beyond = i + pad - window;  // the last output corner that ends before i
    return beyond < 0 ? 0 : beyond / stride + 1;
  }
  LOCKSTEP_ELEMENT int64_t last(int64_t i) const { return SmallerOf((i + pad) / stride, out - 1); }
};

struct PoolAxes {
  PoolAxis rows, cols;
  int64_t channels;

  static PoolAxes Of(const PoolSpec& spec) {
    const WindowSpec& w = spec.window;
    return {{spec.in.height, spec.out.height, w.height, w.stride_height, w.pad_top},
            {spec.in.width, spec.out.width, w.width, w.stride_width, w.pad_left},
            spec.in.channels};
  }
};

// Where element i of a picture batch lies.
struct PixelPlace {
  int64_t sample, row, col, channel;

  template <typename I>
  static LOCKSTEP_ELEMENT PixelPlace Of(I i, int64_t height, int64_t width, int64_t channels) {
    const I channel = i % static_cast<I>(channels), pixel = i / static_cast<I>(channels);
    const I col = pixel % static_cast<I>(width), line = pixel / static_cast<I>(width);
    return {line / static_cast<I>(height), line % static_cast<I>(height), col, channel};
  }
};

// i runs over y.
struct PoolForwardKernel {
  PoolKind kind;
  PoolAxes axes;
  const float* x;
  float* y;
  uint16_t* chosen;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const PixelPlace at = PixelPlace::Of(i, axes.rows.out, axes.cols.out, axes.channels);
    const float* sample = x + at.sample * axes.rows.in * axes.cols.in * axes.channels + at.channel;
    const int64_t row_begin = axes.rows.begin(at.row), col_begin = axes.cols.begin(at.col);
    const int64_t row_end = axes.rows.end(at.row), col_end = axes.cols.end(at.col);
    float largest = sample[(row_begin * axes.cols.in + col_begin) * axes.channels], sum = 0;
    int64_t place_row = row_begin, place_col = col_begin;
    for (int64_t row = row_begin; row < row_end; ++row) {
      for (int64_t col = col_begin; col < col_end; ++col) {
        const float value = sample[(row * axes.cols.in + col) * axes.channels];
        sum += value;
        if (value > largest || (value != value && largest == largest)) {
          largest = value, place_row = row, place_col = col;
        }
      }
    }
    if (kind == PoolKind::kAverage) {
      y[i] = sum / static_cast<float>((row_end - row_begin) * (col_end - col_begin));
      return;
    }
    y[i] = largest;
    if (chosen == nullptr) return;
    const int64_t tap = (place_row - axes.rows.corner(at.row)) * axes.cols.window + place_col -
                        axes.cols.corner(at.col);
    chosen[i] = static_cast<uint16_t>(tap);
  }
};

// i runs over dx: a pixel gathers from the outputs whose window holds it, in their order.
struct PoolBackwardKernel {
  PoolKind kind;
  PoolAxes axes;
  const float* dy;
  const uint16_t* chosen;
  float* dx;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const PixelPlace at = PixelPlace::Of(i, axes.rows.in, axes.cols.in, axes.channels);
    const int64_t sample = at.sample * axes.rows.out;
    float sum = 0;
    for (int64_t row = axes.rows.first(at.row); row <= axes.rows.last(at.row); ++row) {
      for (int64_t col = axes.cols.first(at.col); col <= axes.cols.last(at.col); ++col) {
        const int64_t from = ((sample + row) * axes.cols.out + col) * axes.channels + at.channel;
        if (kind == PoolKind::kAverage) {
          const int64_t pixels = (axes.rows.end(row) - axes.rows.begin(row)) *
                                 (axes.cols.end(col) - axes.cols.begin(col));
          sum += dy[from] / static_cast<float>(pixels);
        } else {
          const int64_t tap =
              (at.row - axes.rows.corner(row)) * axes.cols.window + at.col - axes.cols.corner(col);
          sum += chosen[from] == tap ? dy[from] : 0.0f;
        }
      }
    }
    dx[i] = sum;
  }
};

struct LrnKernel {
  LrnSpec spec;
  const float* x;
  float* scale;  // nullptr where no gradient follows
  float* y;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const int64_t c = i % static_cast<I>(spec.channels), row = static_cast<int64_t>(i) - c;
    const int64_t end = row + SmallerOf(spec.channels, c + spec.depth_radius + 1);
    float squares = 0;
    for (int64_t at = row + LargerOf(0, c - spec.depth_radius); at < end; ++at) {
      squares += x[at] * x[at];
    }
    const float sum = spec.bias + spec.alpha * squares;
    if (scale != nullptr) scale[i] = sum;
    y[i] = x[i] * InversePower(sum, spec.beta);
  }
};

struct LrnGradientKernel {
  LrnSpec spec;
  const float* x;
  const float* scale;
  const float* y;
  const float* dy;
  float* dx;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const int64_t c = i % static_cast<I>(spec.channels), row = static_cast<int64_t>(i) - c;
    const int64_t end = row + SmallerOf(spec.channels, c + spec.depth_radius + 1);
    const float direct = dy[i] * InversePower(scale[i], spec.beta);
    float through = 0;
    for (int64_t at = row + LargerOf(0, c - spec.depth_radius); at < end; ++at) {
      through += dy[at] * y[at] / scale[at];
    }
    dx[i] = direct - 2 * spec.alpha * spec.beta * x[i] * through;
  }
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_IMAGE_KERNELS_H_
