// From a config's numbers to a window that moves over a picture, and the picture it makes.
#ifndef LOCKSTEP_CORE_NN_LAYERS_WINDOW_H_
#define LOCKSTEP_CORE_NN_LAYERS_WINDOW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/device/tensor.h"
#include "core/ops/specs.h"
#include "proto/config.pb.h"

namespace lockstep {

// A window as a config writes it: each of size, strides, dilation has one or two numbers (height,
// width), explicit_padding none, one, two or four.
struct WindowSettings {
  std::vector<int64_t> size = {};
  std::vector<int64_t> strides = {1};
  std::vector<int64_t> dilation = {1};
  Padding padding = VALID;
  std::vector<int64_t> explicit_padding = {};
};

// As the configs have it, with their defaults.
WindowSettings WindowOf(const Conv2dConfig& config);
WindowSettings WindowOf(const Pooling2dConfig& config);

// A window with its padding, and the size of what it makes (channels as those of the input).
struct PlacedWindow {
  WindowSpec window;
  ImageSize out;
};

// The one input of a layer that works on pictures. Errors: UsageError if there is not one of
// [H,W,C].
StatusOr<ImageSize> ImageInput(const std::string& kind, const std::vector<Shape>& inputs);

// A picture's size as a shape.
Shape ImageShape(const ImageSize& size);

// Errors: UsageError if a picture with its padding is so large that sizes of what is made of it do
// not fit into 64 bits.
Status CheckPadded(int64_t height, int64_t width);

// SAME padding as TensorFlow: ceil(n / stride) windows, the odd zero at the end. Errors: UsageError
// if the window is larger than the padded picture; as CheckPadded.
StatusOr<PlacedWindow> PlaceWindow(const WindowSettings& settings, const ImageSize& in);

// [top, bottom, left, right] of one, two or four numbers.
WindowSpec ExplicitPadding(const std::vector<int64_t>& numbers);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_WINDOW_H_
