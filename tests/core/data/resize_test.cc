#include "core/data/resize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/core/data/pictures.h"

namespace lockstep {
namespace {

std::vector<uint8_t> Resize(const RgbPixels& source, const PictureBox& box, int64_t height,
                            int64_t width) {
  std::vector<uint8_t> out(static_cast<size_t>(height * width * 3));
  Resizer resizer;
  resizer.Resize({source.bytes.data(), source.height, source.width, 3, source.width * 3}, box,
                 height, width, out.data());
  return out;
}

// Pillow rounds to bytes after the rows and again after the columns: each result is off the exact
// one by 1 at most, ours by 0.6, and both are whole.
TEST(Resizer, EveryPartIsWhatPillowMakesOfIt) {
  const RgbPixels source = Expected("source");
  const std::vector<double> boxes = *NpyToDoubles(ExpectedArray("boxes"));  // left, top, right, bottom
  const std::vector<int32_t> sizes = *NpyToInts(ExpectedArray("sizes"));
  for (size_t i = 0; i < sizes.size() / 2; ++i) {
    const double* box = &boxes[4 * i];
    const int64_t width = sizes[2 * i], height = sizes[2 * i + 1];
    const auto scaled =
        Resize(source, {box[1], box[0], box[3] - box[1], box[2] - box[0]}, height, width);
    const RgbPixels expected = Expected("scaled_" + std::to_string(i));
    ASSERT_EQ(expected.bytes.size(), scaled.size());
    EXPECT_LE(LargestDifference(scaled.data(), expected.bytes.data(), height * width * 3), 1)
        << "case " << i;
  }
}

TEST(Resizer, ThePicturesOwnSizeIsACopy) {
  const RgbPixels source = Expected("source");
  EXPECT_EQ(Resize(source, {0, 0, 50, 67}, 50, 67), source.bytes);
}

// The filter as its definition says, in double.
double Exact(const std::vector<uint8_t>& source, int64_t size, int64_t places, int64_t at) {
  const double scale = static_cast<double>(size) / static_cast<double>(places);
  const double reach = std::max(scale, 1.0), centre = (static_cast<double>(at) + 0.5) * scale;
  double sum = 0, weights = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double away = std::abs(static_cast<double>(i) + 0.5 - centre) / reach;
    if (away >= 1) continue;
    sum += (1 - away) * source[static_cast<size_t>(i)];
    weights += 1 - away;
  }
  return sum / weights;
}

// 0.5 of the result's rounding, 2^-7 of the line's, and for each of up to 12 taps 2^-15 * 255 of a
// weight's.
TEST(Resizer, AnyNumberOfChannelsIsWithinTheBoundOfTheExactMean) {
  std::vector<uint8_t> column;
  for (int i = 0; i < 41; ++i) column.push_back(static_cast<uint8_t>(i * i * 37 % 256));
  for (const int64_t channels : {1, 2, 3, 4}) {
    for (const int64_t places : {1, 8, 17, 41, 90}) {
      std::vector<uint8_t> source;  // the same on every row and channel
      for (int row = 0; row < 5; ++row) {
        for (const uint8_t value : column) {
          source.insert(source.end(), static_cast<size_t>(channels), value);
        }
      }
      std::vector<uint8_t> out(static_cast<size_t>(3 * places * channels));
      Resizer resizer;
      resizer.Resize({source.data(), 5, 41, channels, 41 * channels}, {0, 0, 5, 41}, 3, places,
                     out.data());
      for (size_t i = 0; i < out.size(); ++i) {
        const int64_t at = static_cast<int64_t>(i) / channels % places;
        EXPECT_NEAR(out[i], Exact(column, 41, places, at), places == 1 ? 0.85 : 0.61)
            << channels << " channels, " << places << " places, value " << i;
      }
    }
  }
}

TEST(Resizer, AFlatPictureStaysFlat) {
  const RgbPixels flat = {19, 23, std::vector<uint8_t>(19 * 23 * 3, 255)};
  for (const int64_t side : {1, 7, 19, 64}) {
    for (const uint8_t value : Resize(flat, {1.5, 2.25, 16, 20}, side, side)) EXPECT_EQ(value, 255);
  }
}

}  // namespace
}  // namespace lockstep
