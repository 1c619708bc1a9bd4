#include "core/config/check_layer.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "core/config/check_value.h"

namespace lockstep {
namespace {

constexpr uint32_t kMaxUnits = 1 << 24;
constexpr uint32_t kMaxSide = 65535;  // of windows, strides and paddings

using Numbers = google::protobuf::RepeatedField<uint32_t>;

std::string Text(const Numbers& numbers) {
  std::string text = "[";
  for (const uint32_t number : numbers) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(number);
  }
  return text + "]";
}

Status EachBetween(const std::string& where, const Numbers& numbers, uint32_t least) {
  for (const uint32_t number : numbers) {
    if (number >= least && number <= kMaxSide) continue;
    return Wrong(where, std::to_string(number), absl::StrFormat("%d to %d", least, kMaxSide));
  }
  return OkStatus();
}

// One number, or height and width; none where there is a default.
Status CheckSides(const std::string& where, const Numbers& numbers) {
  if (numbers.size() > 2) return Wrong(where, Text(numbers), "one number, or [height, width]");
  return EachBetween(where, numbers, 1);
}

Status CheckPadding(const std::string& where, const Numbers& numbers) {
  if (numbers.size() == 3 || numbers.size() > 4) {
    return Wrong(where, Text(numbers), "one number, [height, width] or [top, bottom, left, right]");
  }
  return EachBetween(where, numbers, 0);
}

// What convolution and pooling have in common.
template <typename Config>
Status CheckWindow(const std::string& where, const Config& config) {
  LOCKSTEP_RETURN_IF_ERROR(CheckSides(where + "strides", config.strides()));
  LOCKSTEP_RETURN_IF_ERROR(CheckPadding(where + "explicit_padding", config.explicit_padding()));
  if (config.padding() == SAME && !config.explicit_padding().empty()) {
    return UsageError(where + "explicit_padding: padding: SAME is written too; drop one of them");
  }
  return OkStatus();
}

Status CheckCount(const std::string& where, uint32_t found, const std::string& example) {
  if (found == 0) return UsageError(where + " is missing or 0: write " + example);
  return found <= kMaxUnits ? OkStatus() : Wrong(where, std::to_string(found), "at most 16777216");
}

Status CheckConv2d(const std::string& where, const Conv2dConfig& conv) {
  LOCKSTEP_RETURN_IF_ERROR(CheckCount(where + "filters", conv.filters(),
                                      "conv2d { filters: N kernel_size: 3 }"));
  LOCKSTEP_RETURN_IF_ERROR(Required(where + "kernel_size", conv.kernel_size_size() > 0,
                                    "conv2d { filters: N kernel_size: 3 }"));
  LOCKSTEP_RETURN_IF_ERROR(CheckSides(where + "kernel_size", conv.kernel_size()));
  LOCKSTEP_RETURN_IF_ERROR(CheckSides(where + "dilation_rate", conv.dilation_rate()));
  LOCKSTEP_RETURN_IF_ERROR(CheckWindow(where, conv));
  if (conv.groups() != 0 && conv.filters() % conv.groups() == 0) return OkStatus();
  return Wrong(where + "groups", std::to_string(conv.groups()),
               absl::StrFormat("a number that divides filters: %d", conv.filters()));
}

Status CheckPooling2d(const std::string& where, const Pooling2dConfig& pooling) {
  LOCKSTEP_RETURN_IF_ERROR(CheckSides(where + "pool_size", pooling.pool_size()));
  return CheckWindow(where, pooling);
}

Status CheckBatchNormalization(const std::string& where, const BatchNormalizationConfig& config) {
  LOCKSTEP_RETURN_IF_ERROR(Fraction(where + "momentum", config.momentum()));
  return Positive(where + "epsilon", config.epsilon());
}

Status CheckLrn(const std::string& where, const LocalResponseNormalizationConfig& config) {
  if (config.depth_radius() > kMaxSide) {
    return Wrong(where + "depth_radius", std::to_string(config.depth_radius()), "at most 65535");
  }
  LOCKSTEP_RETURN_IF_ERROR(Positive(where + "bias", config.bias()));
  LOCKSTEP_RETURN_IF_ERROR(NotNegative(where + "alpha", config.alpha()));
  return NotNegative(where + "beta", config.beta());
}

Status CheckReshape(const std::string& where, const ReshapeConfig& reshape) {
  constexpr int kMaxAxes = 4;
  constexpr double kMaxElems = 1e10;
  int open = 0;
  double elems = 1;
  for (const int32_t extent : reshape.target_shape()) {
    if (extent == 0 || extent < -1) {
      return Wrong(where, std::to_string(extent), "extents of at least 1, or -1 for what is left");
    }
    open += extent == -1;
    elems *= std::abs(static_cast<double>(extent));
  }
  const int axes = reshape.target_shape_size();
  if (axes < 1 || axes > kMaxAxes || open > 1) {
    return UsageError(where + ": expected 1 to 4 extents of which one may be -1, such as "
                              "target_shape: [7, 7, -1]");
  }
  return elems <= kMaxElems ? OkStatus()
                            : Wrong(where, absl::StrFormat("%g values", elems), "at most 1e10");
}

Status CheckConcatenate(const std::string& where, const ConcatenateConfig& concatenate) {
  return concatenate.axis() != 0
             ? OkStatus()
             : Wrong(where, "0, the batch", "an axis of a sample: 1, 2, 3, or -1 for the last one");
}

}  // namespace

Status CheckLayer(const std::string& name, const LayerConfig& layer) {
  const std::string where = "layer " + name + ": ";
  switch (layer.kind_case()) {
    case LayerConfig::kDense:
      return CheckCount(where + "units", layer.dense().units(), "dense { units: N }");
    case LayerConfig::kDropout:
      LOCKSTEP_RETURN_IF_ERROR(
          Required(where + "rate", layer.dropout().has_rate(), "dropout { rate: 0.5 }"));
      return Fraction(where + "rate", layer.dropout().rate());
    case LayerConfig::kConv2D: return CheckConv2d(where, layer.conv2d());
    case LayerConfig::kMaxPooling2D: return CheckPooling2d(where, layer.max_pooling2d());
    case LayerConfig::kAveragePooling2D: return CheckPooling2d(where, layer.average_pooling2d());
    case LayerConfig::kBatchNormalization:
      return CheckBatchNormalization(where, layer.batch_normalization());
    case LayerConfig::kLocalResponseNormalization:
      return CheckLrn(where, layer.local_response_normalization());
    case LayerConfig::kZeroPadding2D:
      return CheckPadding(where + "padding", layer.zero_padding2d().padding());
    case LayerConfig::kReshape: return CheckReshape(where + "target_shape", layer.reshape());
    case LayerConfig::kConcatenate: return CheckConcatenate(where + "axis", layer.concatenate());
    default: return OkStatus();
  }
}

}  // namespace lockstep
