#include "core/nn/layers/reshape.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

ReshapeConfig To(std::initializer_list<int32_t> extents) {
  ReshapeConfig config;
  for (const int32_t extent : extents) config.add_target_shape(extent);
  return config;
}

TEST(ReshapedShape, HasAsManyValues) {
  EXPECT_EQ(ReshapedShape(To({4, 6}), Shape{24}).value(), (Shape{4, 6}));
  EXPECT_EQ(ReshapedShape(To({24}), Shape{2, 3, 4}).value(), Shape{24});
}

TEST(ReshapedShape, FillsInWhatIsLeft) {
  EXPECT_EQ(ReshapedShape(To({-1, 6}), Shape{24}).value(), (Shape{4, 6}));
  EXPECT_EQ(ReshapedShape(To({2, -1, 3}), Shape{24}).value(), (Shape{2, 4, 3}));
  EXPECT_EQ(ReshapedShape(To({-1}), Shape{2, 2}).value(), Shape{4});
}

TEST(ReshapedShape, RefusesOtherNumbersOfValues) {
  const Status status = ReshapedShape(To({5, -1}), Shape{4, 6}).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  EXPECT_EQ(status.message(), "target_shape: [5, -1] cannot hold the 24 values of [4, 6]");
  EXPECT_FALSE(ReshapedShape(To({5, 5}), Shape{24}).ok());
  EXPECT_FALSE(ReshapedShape(To({25, -1}), Shape{24}).ok());
}

}  // namespace
}  // namespace lockstep
