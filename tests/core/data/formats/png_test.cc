#include "core/data/formats/png.h"

#include <gtest/gtest.h>

#include "tests/core/data/formats/damage.h"
#include "tests/core/data/pictures.h"

namespace lockstep {
namespace {

TEST(Png, EveryKindIsWhatPillowDecodes) {
  for (const char* name : {"colour.png", "grey.png", "bits.png", "palette.png", "alpha.png",
                           "wide.png"}) {
    RgbPixels pixels;
    ASSERT_EQ(DecodePng(PictureFile(name), name, &pixels), OkStatus());
    const RgbPixels expected = Expected(name);
    EXPECT_EQ(pixels.height, expected.height);
    EXPECT_EQ(pixels.width, expected.width);
    EXPECT_EQ(LargestDifference(pixels.bytes.data(), expected.bytes.data(),
                                expected.height * expected.width * 3), 0)
        << name;
  }
}

TEST(Png, TheHeaderTellsTheSize) {
  const auto header = ReadPngHeader(PictureFile("colour.png"), "colour.png");
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->height, 23);
  EXPECT_EQ(header->width, 31);
  EXPECT_EQ(header->orientation, 1);
}

TEST(Png, AnyDamageIsOneLineThatNamesTheFileOrNone) {
  RgbPixels pixels;
  const auto check = [&](const std::string& damaged, size_t at) {
    const Status header = ReadPngHeader(damaged, "a.png").status();
    EXPECT_EQ(ComplaintAbout(header, "a.png: "), "") << "at " << at;
    const Status status = DecodePng(damaged, "a.png", &pixels);
    EXPECT_EQ(ComplaintAbout(status, "a.png: "), "") << "at " << at;
  };
  ForEachCut(PictureFile("palette.png"), [&](const std::string& cut, size_t at) {
    check(cut, at);
    EXPECT_FALSE(DecodePng(cut, "a.png", &pixels).ok()) << "at " << at;
  });
  ForEachFlip(PictureFile("palette.png"), 0, SIZE_MAX, check, 31);
}

}  // namespace
}  // namespace lockstep
