#include "core/data/formats/jpeg.h"

#include <gtest/gtest.h>

#include "tests/core/data/formats/damage.h"
#include "tests/core/data/pictures.h"

namespace lockstep {
namespace {

struct Decoded {
  RgbPixels pixels;
  PixelRect covered;
};

Decoded Decode(const std::string& name, PixelRect rect, int64_t reduce) {
  Decoded decoded;
  EXPECT_EQ(DecodeJpeg(PictureFile(name), name, {rect, reduce}, &decoded.pixels, &decoded.covered),
            OkStatus());
  return decoded;
}

Decoded DecodeWhole(const std::string& name, int64_t reduce = 1) {
  const auto header = ReadJpegHeader(PictureFile(name), name);
  return Decode(name, {0, 0, header->height, header->width}, reduce);
}

int PictureDifference(const RgbPixels& a, const RgbPixels& b) {
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.width, b.width);
  return LargestDifference(a.bytes.data(), b.bytes.data(), a.height * a.width * 3);
}

// Both are libjpeg-turbo's accurate integer DCT.
TEST(Jpeg, ColourAndGreyAreWhatPillowDecodes) {
  for (const char* name : {"colour.jpg", "grey.jpg"}) {
    EXPECT_EQ(PictureDifference(DecodeWhole(name).pixels, Expected(name)), 0) << name;
  }
}

TEST(Jpeg, AProgressiveFileIsTheSamePicture) {
  EXPECT_EQ(PictureDifference(DecodeWhole("progressive.jpg").pixels, Expected("colour.jpg")), 0);
}

// Pillow multiplies ink and black with another rounding.
TEST(Jpeg, CmykBecomesColours) {
  EXPECT_LE(PictureDifference(DecodeWhole("cmyk.jpg").pixels, Expected("cmyk.jpg")), 1);
}

TEST(Jpeg, TheHeaderTellsTheOrientation) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string name = "turned_" + std::to_string(orientation) + ".jpg";
    const auto header = ReadJpegHeader(PictureFile(name), name);
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header->orientation, orientation);
    EXPECT_EQ(header->height, 12);
    EXPECT_EQ(header->width, 20);
  }
}

// The columns at a part's sides miss their neighbours' colour, which is stored at half the size.
TEST(Jpeg, APartIsThatPartOfTheWholePicture) {
  const RgbPixels whole = Expected("colour.jpg");
  for (const PixelRect& rect : {PixelRect{0, 0, 50, 67}, PixelRect{0, 0, 1, 1},
                                PixelRect{20, 30, 11, 7}, PixelRect{33, 40, 17, 27}}) {
    const Decoded part = Decode("colour.jpg", rect, 1);
    const PixelRect& covered = part.covered;
    EXPECT_LE(covered.left, rect.left);
    EXPECT_EQ(covered.top, rect.top);
    EXPECT_GE(covered.left + covered.width, rect.left + rect.width);
    EXPECT_EQ(covered.height, rect.height);
    for (int64_t y = 0; y < covered.height; ++y) {
      for (int64_t x = 0; x < covered.width; ++x) {
        const bool rim = (x == 0 && covered.left > 0) ||
                         (x == covered.width - 1 && covered.left + covered.width < whole.width);
        const int most = rim ? 48 : 0;
        const int64_t in_whole = (covered.top + y) * whole.width + covered.left + x;
        EXPECT_LE(LargestDifference(part.pixels.bytes.data() + (y * covered.width + x) * 3,
                                    whole.bytes.data() + in_whole * 3, 3),
                  most)
            << "at " << y << ", " << x << " of the part at " << rect.top << ", " << rect.left;
      }
    }
  }
}

TEST(Jpeg, AReducedPictureIsTheMeanOfSquares) {
  const RgbPixels whole = Expected("grey.jpg");
  for (const int64_t reduce : {2, 4, 8}) {
    const Decoded small = DecodeWhole("grey.jpg", reduce);
    EXPECT_EQ(small.pixels.height, (50 + reduce - 1) / reduce);
    EXPECT_EQ(small.pixels.width, (67 + reduce - 1) / reduce);
    for (int64_t y = 0; (y + 1) * reduce <= 50; ++y) {
      for (int64_t x = 0; (x + 1) * reduce <= 67; ++x) {
        int64_t sum = 0;
        for (int64_t i = 0; i < reduce * reduce; ++i) {
          const int64_t row = y * reduce + i / reduce, column = x * reduce + i % reduce;
          sum += whole.bytes[static_cast<size_t>((row * 67 + column) * 3)];
        }
        // Leaving out the higher frequencies is the mean of a square that is a bit wider.
        const int64_t mean = sum / (reduce * reduce);
        EXPECT_NEAR(small.pixels.bytes[static_cast<size_t>((y * small.pixels.width + x) * 3)], mean,
                    reduce == 8 ? 2 : 40);
      }
    }
  }
}

TEST(Jpeg, AnyDamageIsOneLineThatNamesTheFileOrNone) {
  RgbPixels pixels;
  const auto check = [&](const std::string& damaged, size_t at) {
    const auto header = ReadJpegHeader(damaged, "a.jpg");
    EXPECT_EQ(ComplaintAbout(header.status(), "a.jpg: "), "") << "at " << at;
    if (!header.ok() || header->height * header->width > 1 << 16) return;
    PixelRect covered;
    const Status status = DecodeJpeg(damaged, "a.jpg", {{0, 0, header->height, header->width}, 1},
                                     &pixels, &covered);
    EXPECT_EQ(ComplaintAbout(status, "a.jpg: "), "") << "at " << at;
  };
  for (const char* name : {"colour.jpg", "progressive.jpg"}) {
    ForEachCut(PictureFile(name), check);
    ForEachFlip(PictureFile(name), 0, SIZE_MAX, check, 83);
  }
}

TEST(Jpeg, ACutFileIsRefused) {
  const std::string file = PictureFile("colour.jpg");
  RgbPixels pixels;
  PixelRect covered;
  for (const size_t size : {file.size() - 2, file.size() / 2}) {
    const Status status = DecodeJpeg(file.substr(0, size), "a.jpg", {{0, 0, 50, 67}, 8}, &pixels,
                                     &covered);
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData);
  }
}

TEST(Jpeg, MorePixelsThanTheFileCanHoldAreRefusedBeforeMemoryIsTaken) {
  std::string file = PictureFile("colour.jpg");
  const size_t frame = file.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  for (const size_t at : {5, 7}) file[frame + at] = static_cast<char>(0xFF);
  const auto header = ReadJpegHeader(file, "a.jpg");
  EXPECT_EQ(ExitCodeOf(header.status()), ExitCode::kBadData) << header.status();
}

}  // namespace
}  // namespace lockstep
