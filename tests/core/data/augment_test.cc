#include "core/data/augment.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>



namespace lockstep {
namespace {

Augmentation Make(const std::string& text, uint64_t seed = 7) {
  AugmentConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return Augmentation(config, seed);
}

// Pixel i of a picture has value 1 + i in all of `channels` channels.
std::vector<uint8_t> Numbered(int64_t height, int64_t width, int64_t channels) {
  std::vector<uint8_t> pixels;
  for (int64_t i = 0; i < height * width; ++i) {
    pixels.insert(pixels.end(), static_cast<size_t>(channels), static_cast<uint8_t>(1 + i));
  }
  return pixels;
}

TEST(Augmentation, OnlyOneThatChangesNothingIsEmpty) {
  EXPECT_TRUE(Make("").empty());
  EXPECT_TRUE(Make("color_jitter {}").empty());
  for (const char* text : {"random_resized_crop {}", "pad_and_crop: 1", "horizontal_flip: true",
                           "color_jitter { saturation: 0.1 }"}) {
    EXPECT_FALSE(Make(text).empty()) << text;
  }
}

TEST(Augmentation, ACropKeepsToItsLimitsOfAreaAndAspect) {
  const Augmentation augmentation =
      Make("random_resized_crop { min_area: 0.2 max_area: 0.5 max_aspect: 1.5 }");
  std::set<int64_t> tops, lefts;
  for (uint64_t sample = 0; sample < 2000; ++sample) {
    const PixelRect part = augmentation.Crop({1, sample}, 375, 500);
    EXPECT_GE(part.top, 0);
    EXPECT_GE(part.left, 0);
    EXPECT_LE(part.top + part.height, 375);
    EXPECT_LE(part.left + part.width, 500);
    // Sides are rounded to whole pixels: by half a pixel of at least 160.
    const double area = static_cast<double>(part.height * part.width) / (375 * 500);
    EXPECT_TRUE(area > 0.2 * 0.99 && area < 0.5 * 1.01) << area;
    const double aspect = static_cast<double>(part.width) / static_cast<double>(part.height);
    EXPECT_TRUE(aspect > 0.99 / 1.5 && aspect < 1.5 * 1.01) << aspect;
    tops.insert(part.top);
    lefts.insert(part.left);
  }
  EXPECT_GT(tops.size(), 100u);
  EXPECT_GT(lefts.size(), 100u);
}

TEST(Augmentation, APictureThatNoTryFitsGivesItsMiddle) {
  const Augmentation augmentation =
      Make("random_resized_crop { min_area: 0.9 max_area: 1 max_aspect: 1.25 }");
  EXPECT_EQ(augmentation.Crop({1, 0}, 10, 1000), (PixelRect{0, 493, 10, 13}));
  EXPECT_EQ(augmentation.Crop({1, 0}, 1000, 10), (PixelRect{493, 0, 13, 10}));
}

TEST(Augmentation, APaddedCropTakesEveryPlaceEquallyOften) {
  const Augmentation augmentation = Make("pad_and_crop: 2");
  std::map<std::vector<uint8_t>, int> seen;
  constexpr int kSamples = 5000;
  for (uint64_t sample = 0; sample < kSamples; ++sample) {
    std::vector<uint8_t> pixels = Numbered(3, 4, 3);
    augmentation.Change({1, sample}, 3, 4, pixels);
    ++seen[pixels];
  }
  std::map<std::vector<uint8_t>, int> expected;
  for (int down = -2; down <= 2; ++down) {
    for (int right = -2; right <= 2; ++right) {
      std::vector<uint8_t> pixels;
      for (int y = 0; y < 3; ++y) {
        for (int x = 0; x < 4; ++x) {
          const int from_y = y - down, from_x = x - right;
          const bool inside = from_y >= 0 && from_y < 3 && from_x >= 0 && from_x < 4;
          const int value = inside ? 1 + from_y * 4 + from_x : 0;
          pixels.insert(pixels.end(), 3, static_cast<uint8_t>(value));
        }
      }
      expected[pixels] = 0;
    }
  }
  ASSERT_EQ(seen.size(), expected.size());
  for (const auto& [pixels, count] : seen) {
    EXPECT_TRUE(expected.contains(pixels));
    EXPECT_NEAR(count, kSamples / 25, 6 * std::sqrt(kSamples / 25.0));  // 6 deviations
  }
}

TEST(Augmentation, HalfOfThePicturesAreMirrored) {
  const Augmentation augmentation = Make("horizontal_flip: true");
  int mirrored = 0;
  for (uint64_t sample = 0; sample < 1000; ++sample) {
    std::vector<uint8_t> pixels = Numbered(2, 3, 1);
    augmentation.Change({1, sample}, 2, 3, pixels);
    const bool flipped = pixels == std::vector<uint8_t>{3, 2, 1, 6, 5, 4};
    EXPECT_TRUE(flipped || pixels == Numbered(2, 3, 1));
    mirrored += flipped;
  }
  EXPECT_NEAR(mirrored, 500, 6 * std::sqrt(250.0));
}

TEST(Augmentation, BrightnessScalesContrastAndSaturationSpread) {
  const std::vector<uint8_t> picture = {10, 60, 100, 90, 20, 40};
  const auto changed = [&](const std::string& what) {
    std::vector<uint8_t> pixels = picture;
    Make("color_jitter { " + what + ": 0.5 }").Change({1, 3}, 1, 2, pixels);
    return pixels;
  };
  // Each value is `centre` + f (value - centre); the two first give f, the others must keep to it.
  const auto check = [&](const std::string& what, const std::vector<double>& centres) {
    const std::vector<uint8_t> pixels = changed(what);
    EXPECT_NE(pixels, picture) << what;
    const double factor = (pixels[2] - centres[2]) / (picture[2] - centres[2]);
    EXPECT_TRUE(factor > 0.49 && factor < 1.51) << factor;
    for (size_t i = 0; i < picture.size(); ++i) {
      const double spread = centres[i] + factor * (picture[i] - centres[i]);
      EXPECT_NEAR(pixels[i], std::clamp(spread, 0.0, 255.0), 1.7) << what << i;
    }
  };
  const double grey_0 = std::floor(0.299 * 10 + 0.587 * 60 + 0.114 * 100 + 0.5);
  const double grey_1 = std::floor(0.299 * 90 + 0.587 * 20 + 0.114 * 40 + 0.5);
  const double mean = (grey_0 + grey_1) / 2;
  check("brightness", std::vector<double>(6, 0.0));
  check("contrast", std::vector<double>(6, mean));
  check("saturation", {grey_0, grey_0, grey_0, grey_1, grey_1, grey_1});
}

TEST(Augmentation, AChangeDependsOnSeedEpochAndSampleAlone) {
  const std::string text =
      "pad_and_crop: 2 horizontal_flip: true color_jitter { brightness: 0.5 contrast: 0.5 }";
  const auto changed = [&](uint64_t seed, uint32_t epoch, uint64_t sample) {
    std::vector<uint8_t> pixels = Numbered(6, 6, 3);
    Make(text, seed).Change({epoch, sample}, 6, 6, pixels);
    return pixels;
  };
  EXPECT_EQ(changed(1, 1, 5), changed(1, 1, 5));
  EXPECT_NE(changed(1, 1, 5), changed(2, 1, 5));
  EXPECT_NE(changed(1, 1, 5), changed(1, 2, 5));
  EXPECT_NE(changed(1, 1, 5), changed(1, 1, 6));
}

}  // namespace
}  // namespace lockstep
