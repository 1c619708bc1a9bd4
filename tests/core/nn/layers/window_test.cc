#include "core/nn/layers/window.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/status.h"

namespace lockstep {
namespace {

struct Placed {
  int64_t n, size, stride, dilation;
  int64_t same_out, same_before, same_after;
  int64_t valid_out;
};

// SAME: tf.nn.conv2d's, total = max((ceil(n / stride) - 1) * stride + extent - n, 0), a half of it
// rounded down before.
const Placed kPlaced[] = {
    {1, 1, 1, 1, 1, 0, 0, 1},         {5, 3, 1, 1, 5, 1, 1, 3},    {5, 2, 1, 1, 5, 0, 1, 4},
    {6, 3, 2, 1, 3, 0, 1, 2},         {7, 3, 2, 1, 4, 1, 1, 3},    {224, 7, 2, 1, 112, 2, 3, 109},
    {227, 11, 4, 1, 57, 4, 4, 55},    {5, 1, 2, 1, 3, 0, 0, 3},    {7, 3, 1, 2, 7, 2, 2, 3},
    {9, 4, 3, 1, 3, 0, 1, 2},         {13, 2, 5, 1, 3, 0, 0, 3},
};

TEST(PlaceWindow, PadsAndCountsAsTensorFlow) {
  for (const Placed& row : kPlaced) {
    SCOPED_TRACE(testing::Message() << row.n << " " << row.size << " " << row.stride << " "
                                    << row.dilation);
    WindowSettings settings = {
        .size = {row.size}, .strides = {row.stride}, .dilation = {row.dilation}};
    const auto valid = PlaceWindow(settings, {row.n, row.n, 3});
    ASSERT_TRUE(valid.ok()) << valid.status();
    EXPECT_EQ(valid->out, (ImageSize{row.valid_out, row.valid_out, 3}));
    EXPECT_EQ(valid->window.pad_top + valid->window.pad_right, 0);
    settings.padding = SAME;
    const auto same = PlaceWindow(settings, {row.n, row.n, 3});
    ASSERT_TRUE(same.ok()) << same.status();
    EXPECT_EQ(same->out, (ImageSize{row.same_out, row.same_out, 3}));
    EXPECT_EQ(same->window.pad_top, row.same_before);
    EXPECT_EQ(same->window.pad_bottom, row.same_after);
    EXPECT_EQ(same->window.pad_left, row.same_before);
    EXPECT_EQ(same->window.pad_right, row.same_after);
  }
}

TEST(PlaceWindow, TakesHeightAndWidthApart) {
  const auto placed = PlaceWindow({.size = {3, 5}, .strides = {2, 1}, .dilation = {1, 2},
                                   .explicit_padding = {1, 2, 3, 4}},
                                  {10, 12, 2});
  ASSERT_TRUE(placed.ok()) << placed.status();
  EXPECT_EQ(placed->window, (WindowSpec{.height = 3, .width = 5, .stride_height = 2,
                                        .stride_width = 1, .dilation_height = 1,
                                        .dilation_width = 2, .pad_top = 1, .pad_bottom = 2,
                                        .pad_left = 3, .pad_right = 4}));
  EXPECT_EQ(placed->out, (ImageSize{6, 11, 2}));
}

TEST(PlaceWindow, ExplicitPaddingHasOneTwoOrFourNumbers) {
  EXPECT_EQ(ExplicitPadding({3}),
            (WindowSpec{.pad_top = 3, .pad_bottom = 3, .pad_left = 3, .pad_right = 3}));
  EXPECT_EQ(ExplicitPadding({1, 2}),
            (WindowSpec{.pad_top = 1, .pad_bottom = 1, .pad_left = 2, .pad_right = 2}));
  EXPECT_EQ(ExplicitPadding({1, 2, 3, 4}),
            (WindowSpec{.pad_top = 1, .pad_bottom = 2, .pad_left = 3, .pad_right = 4}));
}

std::string ErrorOf(const WindowSettings& settings, const ImageSize& in) {
  const Status status = PlaceWindow(settings, in).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  return std::string(status.message());
}

TEST(PlaceWindow, RefusesAWindowThatDoesNotFit) {
  EXPECT_EQ(ErrorOf({.size = {7}}, {6, 9, 1}),
            "its window of 7x7 does not fit into the picture of 6x9: take a larger picture, a "
            "smaller window, or padding: SAME");
  EXPECT_TRUE(PlaceWindow({.size = {7}}, {7, 9, 1}).ok());
  EXPECT_NE(ErrorOf({.size = {3}, .dilation = {3}}, {6, 9, 1}).find("window of 7x7"),
            std::string::npos);
  EXPECT_NE(ErrorOf({.size = {8}, .explicit_padding = {0, 1, 0, 0}}, {6, 9, 1})
                .find("picture of 7x9"),
            std::string::npos);
}

TEST(PlaceWindow, RefusesPicturesThatOverflow) {
  const WindowSettings settings = {.size = {1}, .explicit_padding = {65535}};
  EXPECT_NE(ErrorOf(settings, {1, 1, 1}).find("131071x131071"), std::string::npos);
}

TEST(ImageInput, IsOneInputOfThreeAxes) {
  EXPECT_EQ(*ImageInput("conv2d", {Shape{4, 5, 6}}), (ImageSize{4, 5, 6}));
  EXPECT_EQ(ImageInput("conv2d", {Shape{784}}).status().message(),
            "conv2d takes one input [height, width, channels], found [784]");
  EXPECT_EQ(ImageInput("conv2d", {Shape{1, 1, 1}, Shape{1, 1, 1}}).status().message(),
            "conv2d takes one input [height, width, channels], found 2 inputs");
}

TEST(WindowOf, HasKerasDefaults) {
  const WindowSettings pool = WindowOf(Pooling2dConfig());
  EXPECT_EQ(pool.size, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(pool.strides, pool.size);
  Pooling2dConfig three;
  three.add_pool_size(3);
  EXPECT_EQ(WindowOf(three).strides, (std::vector<int64_t>{3}));
  Conv2dConfig conv;
  conv.add_kernel_size(3);
  EXPECT_EQ(WindowOf(conv).strides, (std::vector<int64_t>{1}));
  EXPECT_EQ(WindowOf(conv).dilation, (std::vector<int64_t>{1}));
  EXPECT_EQ(WindowOf(conv).padding, VALID);
}

}  // namespace
}  // namespace lockstep
