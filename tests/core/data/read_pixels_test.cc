#include "core/data/read_pixels.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <numeric>

#include "core/data/augment.h"
#include "tests/core/data/sets.h"

namespace lockstep {
namespace {

// One picture of 8 x 9 grey pixels in memory.
Dataset InMemory(const std::string& augment) {
  Dataset data = EmptySet({.shape = {8, 9, 1}, .encoding = Encoding::kUint8, .classes = 2}, 1);
  data.labels = {1};
  data.bytes.resize(72);
  std::iota(data.bytes.begin(), data.bytes.end(), uint8_t{0});
  AugmentConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(augment, &config));
  data.augmentation = std::make_shared<Augmentation>(config, 3);
  return data;
}

std::vector<uint8_t> Read(const Dataset& data, uint32_t epoch) {
  PictureScratch scratch;
  std::vector<uint8_t> out(static_cast<size_t>(data.format.features()));
  EXPECT_EQ(ReadPixels(data, 0, epoch, &scratch, out.data()), OkStatus());
  return out;
}

TEST(ReadPixels, OnlyTrainingSeesThePictureChanged) {
  const Dataset data = InMemory("pad_and_crop: 4");
  EXPECT_EQ(Read(data, 0), data.bytes);
  int changed = 0;
  for (uint32_t epoch = 1; epoch <= 20; ++epoch) changed += Read(data, epoch) != data.bytes;
  EXPECT_GT(changed, 10);
}

TEST(ReadPixels, ARandomPartOfAPictureInMemoryIsScaledToItsSize) {
  const Dataset data = InMemory("random_resized_crop { min_area: 0.2 max_area: 0.3 }");
  const PixelRect part = data.augmentation->Crop({4, 0}, 8, 9);
  std::vector<uint8_t> expected(72);
  Resizer resizer;
  const PictureView view = {data.bytes.data() + part.top * 9 + part.left, part.height, part.width,
                            1, 9};
  resizer.Resize(view, {0, 0, static_cast<double>(part.height), static_cast<double>(part.width)},
                 8, 9, expected.data());
  EXPECT_EQ(Read(data, 4), expected);
}

}  // namespace
}  // namespace lockstep
