#include "core/config/check_layer.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

std::string ErrorOf(const std::string& text) {
  LayerConfig layer;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &layer)) << text;
  const Status status = CheckLayer("x", layer);
  EXPECT_TRUE(status.ok() || ExitCodeOf(status) == ExitCode::kUsage) << status;
  return std::string(status.message());
}

TEST(CheckLayer, LimitsThemselvesAreAllowed) {
  for (const std::string text : {
           "dense { units: 1 }",
           "dense { units: 16777216 }",
           "dropout { rate: 0 }",
           "flatten {}",
           "activation { function: GELU }",
           "conv2d { filters: 1 kernel_size: 1 }",
           "conv2d { filters: 6 kernel_size: [3, 5] strides: [2, 1] dilation_rate: 65535 groups: 6 "
           "explicit_padding: [0, 1, 2, 65535] }",
           "conv2d { filters: 4 kernel_size: 2 padding: SAME strides: 2 groups: 2 }",
           "max_pooling2d {}",
           "max_pooling2d { pool_size: [2, 3] strides: 1 explicit_padding: [1, 0] }",
           "average_pooling2d { pool_size: 3 padding: SAME }",
           "global_average_pooling2d {}",
           "batch_normalization {}",
           "batch_normalization { momentum: 0 epsilon: 1e-12 gamma_initializer: ZEROS }",
           "local_response_normalization { depth_radius: 0 alpha: 0 beta: 0 }",
           "add {}",
           "concatenate { axis: 1 }",
           "zero_padding2d {}",
           "zero_padding2d { padding: 0 }",
           "reshape { target_shape: [1, 2, 3, -1] }",
       }) {
    EXPECT_EQ(ErrorOf(text), "") << text;
  }
}

struct Wrong {
  std::string text;
  std::string start;
};

const Wrong kWrong[] = {
    {"dense {}", "units is missing or 0: write dense { units: N }"},
    {"dense { units: 16777217 }", "units: found 16777217"},
    {"dropout {}", "rate is missing"},
    {"dropout { rate: 1 }", "rate: found 1"},
    {"conv2d { kernel_size: 3 }", "filters is missing or 0"},
    {"conv2d { filters: 16777217 kernel_size: 3 }", "filters: found 16777217"},
    {"conv2d { filters: 1 }", "kernel_size is missing: write conv2d { filters: N kernel_size: 3 }"},
    {"conv2d { filters: 1 kernel_size: [1, 2, 3] }",
     "kernel_size: found [1, 2, 3], expected one number, or [height, width]"},
    {"conv2d { filters: 1 kernel_size: 0 }", "kernel_size: found 0, expected 1 to 65535"},
    {"conv2d { filters: 1 kernel_size: [1, 65536] }", "kernel_size: found 65536"},
    {"conv2d { filters: 1 kernel_size: 1 strides: 0 }", "strides: found 0"},
    {"conv2d { filters: 1 kernel_size: 1 strides: [1, 1, 1] }", "strides: found [1, 1, 1]"},
    {"conv2d { filters: 1 kernel_size: 1 dilation_rate: 0 }", "dilation_rate: found 0"},
    {"conv2d { filters: 1 kernel_size: 1 groups: 0 }", "groups: found 0"},
    {"conv2d { filters: 4 kernel_size: 1 groups: 3 }",
     "groups: found 3, expected a number that divides filters: 4"},
    {"conv2d { filters: 1 kernel_size: 1 explicit_padding: [1, 2, 3] }",
     "explicit_padding: found [1, 2, 3]"},
    {"conv2d { filters: 1 kernel_size: 1 explicit_padding: 65536 }",
     "explicit_padding: found 65536, expected 0 to 65535"},
    {"conv2d { filters: 1 kernel_size: 1 padding: SAME explicit_padding: 1 }",
     "explicit_padding: padding: SAME is written too"},
    {"max_pooling2d { pool_size: 0 }", "pool_size: found 0"},
    {"average_pooling2d { pool_size: [1, 2, 3] }", "pool_size: found [1, 2, 3]"},
    {"average_pooling2d { strides: 0 }", "strides: found 0"},
    {"max_pooling2d { padding: SAME explicit_padding: 1 }", "explicit_padding: padding: SAME"},
    {"batch_normalization { momentum: 1 }", "momentum: found 1"},
    {"batch_normalization { epsilon: 0 }", "epsilon: found 0"},
    {"local_response_normalization { depth_radius: 65536 }", "depth_radius: found 65536"},
    {"local_response_normalization { bias: 0 }", "bias: found 0"},
    {"local_response_normalization { alpha: -1 }", "alpha: found -1"},
    {"local_response_normalization { beta: nan }", "beta: found nan"},
    {"zero_padding2d { padding: [1, 2, 3] }", "padding: found [1, 2, 3]"},
    {"concatenate { axis: 0 }", "axis: found 0, the batch"},
    {"reshape {}", "target_shape: expected 1 to 4 extents"},
    {"reshape { target_shape: [1, 1, 1, 1, 1] }", "target_shape: expected 1 to 4 extents"},
    {"reshape { target_shape: [-1, -1] }", "target_shape: expected 1 to 4 extents"},
    {"reshape { target_shape: [4, 0] }", "target_shape: found 0"},
    {"reshape { target_shape: -2 }", "target_shape: found -2"},
    {"reshape { target_shape: [2000000000, 2000000000, 2000000000] }",
     "target_shape: found 8e+27 values"},
};

TEST(CheckLayer, EachRuleNamesTheLayerAndItsSetting) {
  for (const Wrong& wrong : kWrong) {
    const std::string error = ErrorOf(wrong.text);
    EXPECT_TRUE(error.starts_with("layer x: " + wrong.start)) << wrong.text << "\n" << error;
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace lockstep
