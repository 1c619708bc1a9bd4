#include "core/nn/layers/window.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

// How a window moves along one axis.
struct Axis {
  int64_t size = 1, stride = 1, dilation = 1, before = 0, after = 0;
  int64_t extent() const { return (size - 1) * dilation + 1; }
};

int64_t Outputs(const Axis& axis, int64_t n) {
  return (n + axis.before + axis.after - axis.extent()) / axis.stride + 1;
}

// TensorFlow, tensorflow/core/framework/kernel_shape_util.h: "SAME".
void PadSame(int64_t n, Axis* axis) {
  const int64_t windows = (n + axis->stride - 1) / axis->stride;
  const int64_t total = std::max<int64_t>((windows - 1) * axis->stride + axis->extent() - n, 0);
  axis->before = total / 2;
  axis->after = total - axis->before;
}

int64_t Height(const std::vector<int64_t>& numbers) { return numbers.front(); }
int64_t Width(const std::vector<int64_t>& numbers) { return numbers.back(); }

}  // namespace

StatusOr<ImageSize> ImageInput(const std::string& kind, const std::vector<Shape>& inputs) {
  if (inputs.size() == 1 && inputs[0].rank() == 3) {
    return ImageSize{inputs[0][0], inputs[0][1], inputs[0][2]};
  }
  return UsageError(kind + " takes one input [height, width, channels], found " +
                    (inputs.size() == 1 ? inputs[0].ToString()
                                        : std::to_string(inputs.size()) + " inputs"));
}

Shape ImageShape(const ImageSize& size) { return Shape{size.height, size.width, size.channels}; }

WindowSpec ExplicitPadding(const std::vector<int64_t>& numbers) {
  WindowSpec window;
  const bool all_sides = numbers.size() == 4;
  window.pad_top = numbers.front();
  window.pad_bottom = all_sides ? numbers[1] : numbers.front();
  window.pad_left = all_sides ? numbers[2] : numbers.back();
  window.pad_right = numbers.back();
  return window;
}

WindowSettings WindowOf(const Conv2dConfig& config) {
  WindowSettings settings = {.padding = config.padding()};
  settings.size.assign(config.kernel_size().begin(), config.kernel_size().end());
  if (config.strides_size() > 0) {
    settings.strides.assign(config.strides().begin(), config.strides().end());
  }
  if (config.dilation_rate_size() > 0) {
    settings.dilation.assign(config.dilation_rate().begin(), config.dilation_rate().end());
  }
  settings.explicit_padding.assign(config.explicit_padding().begin(),
                                   config.explicit_padding().end());
  return settings;
}

WindowSettings WindowOf(const Pooling2dConfig& config) {
  WindowSettings settings = {.size = {2, 2}, .padding = config.padding()};
  if (config.pool_size_size() > 0) {
    settings.size.assign(config.pool_size().begin(), config.pool_size().end());
  }
  settings.strides = settings.size;
  if (config.strides_size() > 0) {
    settings.strides.assign(config.strides().begin(), config.strides().end());
  }
  settings.explicit_padding.assign(config.explicit_padding().begin(),
                                   config.explicit_padding().end());
  return settings;
}

Status CheckPadded(int64_t height, int64_t width) {
  constexpr double kMaxPixels = 0x1p31;
  if (static_cast<double>(height) * static_cast<double>(width) <= kMaxPixels) return OkStatus();
  return UsageError(absl::StrFormat("with its padding the picture is %dx%d: take less padding",
                                    height, width));
}

StatusOr<PlacedWindow> PlaceWindow(const WindowSettings& settings, const ImageSize& in) {
  Axis rows = {Height(settings.size), Height(settings.strides), Height(settings.dilation)};
  Axis columns = {Width(settings.size), Width(settings.strides), Width(settings.dilation)};
  if (!settings.explicit_padding.empty()) {
    const WindowSpec pad = ExplicitPadding(settings.explicit_padding);
    rows.before = pad.pad_top;
    rows.after = pad.pad_bottom;
    columns.before = pad.pad_left;
    columns.after = pad.pad_right;
  } else if (settings.padding == SAME) {
    PadSame(in.height, &rows);
    PadSame(in.width, &columns);
  }
  const int64_t height = in.height + rows.before + rows.after;
  const int64_t width = in.width + columns.before + columns.after;
  LOCKSTEP_RETURN_IF_ERROR(CheckPadded(height, width));
  if (rows.extent() > height || columns.extent() > width) {
    return UsageError(absl::StrFormat(
        "its window of %dx%d does not fit into the picture of %dx%d: take a larger picture, a "
        "smaller window, or padding: SAME",
        rows.extent(), columns.extent(), height, width));
  }
  PlacedWindow placed;
  placed.window = {.height = rows.size,
                   .width = columns.size,
                   .stride_height = rows.stride,
                   .stride_width = columns.stride,
                   .dilation_height = rows.dilation,
                   .dilation_width = columns.dilation,
                   .pad_top = rows.before,
                   .pad_bottom = rows.after,
                   .pad_left = columns.before,
                   .pad_right = columns.after};
  placed.out = {Outputs(rows, in.height), Outputs(columns, in.width), in.channels};
  return placed;
}

}  // namespace lockstep
