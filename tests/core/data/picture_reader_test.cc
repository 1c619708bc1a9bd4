#include "core/data/picture_reader.h"

#include <gtest/gtest.h>

#include "tests/core/data/picture_folder.h"

namespace lockstep {
namespace {

class FixedPart : public PartChooser {
 public:
  explicit FixedPart(const PixelRect& part) : part_(part) {}
  PixelRect Choose(int64_t, int64_t) const override { return part_; }

 private:
  PixelRect part_;
};

std::vector<uint8_t> Decode(const std::string& name, const PictureTarget& target,
                            const PartChooser* chooser = nullptr) {
  std::vector<uint8_t> out(static_cast<size_t>(target.height * target.width * 3));
  PictureScratch scratch;
  EXPECT_EQ(DecodePicture(PictureFile(name), name, target, chooser, &scratch, out.data()),
            OkStatus());
  return out;
}

TEST(DecodePicture, AnOrientedPictureIsAsItIsToBeSeen) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string name = "turned_" + std::to_string(orientation) + ".jpg";
    const RgbPixels seen = Expected(name);
    const auto decoded = Decode(name, {seen.height, seen.width, 1});
    EXPECT_EQ(decoded, seen.bytes) << name;
  }
}

// A part of an oriented picture is chosen in what is seen, wherever it is stored.
TEST(DecodePicture, APartIsThePartOfWhatIsSeen) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string name = "turned_" + std::to_string(orientation) + ".jpg";
    const RgbPixels seen = Expected(name);
    const PixelRect part = {2, 3, 7, 5};
    const FixedPart chooser(part);
    const auto decoded = Decode(name, {part.height, part.width, 1}, &chooser);
    for (int64_t y = 0; y < part.height; ++y) {
      EXPECT_EQ(LargestDifference(
                    &decoded[static_cast<size_t>(y * part.width * 3)],
                    &seen.bytes[static_cast<size_t>(((part.top + y) * seen.width + part.left) * 3)],
                    part.width * 3), 0)
          << name << ", row " << y;
    }
  }
}

// 50 x 67 pixels to 40 x 40: the middle 50 x 50, or with `resize` 1.25 the middle 40 x 40 of it.
TEST(DecodePicture, TheMiddleIsTakenOfWhatCoversTheTarget) {
  const RgbPixels whole = Expected("colour.jpg");
  const PictureView view = {whole.bytes.data(), 50, 67, 3, 67 * 3};
  Resizer resizer;
  std::vector<uint8_t> expected(40 * 40 * 3);
  resizer.Resize(view, {0, 8.5, 50, 50}, 40, 40, expected.data());
  EXPECT_LE(LargestDifference(Decode("colour.jpg", {40, 40, 1}).data(), expected.data(), 4800), 1);
  resizer.Resize(view, {5, 13.5, 40, 40}, 40, 40, expected.data());
  EXPECT_LE(LargestDifference(Decode("colour.jpg", {40, 40, 1.25}).data(), expected.data(), 4800),
            1);
}

// An eighth of the picture is enough for 6 x 8 pixels; its means are those of the whole one.
TEST(DecodePicture, AReducedPictureScalesToAlmostTheSame) {
  const RgbPixels whole = Expected("grey.jpg");
  Resizer resizer;
  std::vector<uint8_t> expected(6 * 8 * 3);
  const PictureView view = {whole.bytes.data(), 50, 67, 3, 67 * 3};
  resizer.Resize(view, {0, 0.5 * (67 - 50 * 8 / 6.0), 50, 50 * 8 / 6.0}, 6, 8, expected.data());
  const auto decoded = Decode("grey.jpg", {6, 8, 1});
  // Two filters of one width after each other blur a step of 255 a little more.
  EXPECT_LE(LargestDifference(decoded.data(), expected.data(), 6 * 8 * 3), 40);
}

TEST(DecodePicture, APngIsScaledLikeAJpeg) {
  const RgbPixels whole = Expected("colour.png");
  const FixedPart chooser({4, 6, 10, 20});
  const auto decoded = Decode("colour.png", {10, 20, 1}, &chooser);
  for (int64_t y = 0; y < 10; ++y) {
    EXPECT_EQ(LargestDifference(&decoded[static_cast<size_t>(y * 60)],
                                &whole.bytes[static_cast<size_t>(((4 + y) * 31 + 6) * 3)], 60), 0);
  }
}

TEST(DecodePicture, WhatIsNoPictureIsNamed) {
  PictureScratch scratch;
  const Status status = CheckPicture("GIF89a", "a/b.jpg", &scratch);
  EXPECT_EQ(status.message(), "a/b.jpg: neither a JPEG nor a PNG picture by its first bytes");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData);
  EXPECT_FALSE(CheckPicture(PictureFile("colour.jpg").substr(0, 900), "a.jpg", &scratch).ok());
  EXPECT_FALSE(CheckPicture(PictureFile("colour.png").substr(0, 300), "a.png", &scratch).ok());
  EXPECT_TRUE(CheckPicture(PictureFile("colour.jpg"), "a.jpg", &scratch).ok());
  EXPECT_TRUE(CheckPicture(PictureFile("colour.png"), "a.png", &scratch).ok());
}

TEST(PictureReader, AFileThatIsGoneIsNamed) {
  const PictureFolder folder("reader");
  folder.Add("a/1.png", "colour.png");
  const PictureReader reader(folder.path(), {"a/1.png", "a/2.png"}, {1, 2}, {8, 8, 1});
  PictureScratch scratch;
  std::vector<uint8_t> out(8 * 8 * 3);
  EXPECT_EQ(reader.Read(0, nullptr, &scratch, out.data()), OkStatus());
  const Status status = reader.Read(1, nullptr, &scratch, out.data());
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kMissingInput);
  EXPECT_EQ(status.message(), folder.path() + "/a/2.png: no such file");
}

TEST(PictureReader, OtherFilesHaveAnotherFingerprint) {
  const auto fingerprint = [](const std::vector<std::string>& names, int64_t bytes) {
    return PictureReader("f", names, std::vector<int64_t>(names.size(), bytes), {8, 8, 1})
        .fingerprint();
  };
  EXPECT_EQ(fingerprint({"a", "b"}, 5), fingerprint({"a", "b"}, 5));
  EXPECT_NE(fingerprint({"a", "b"}, 5), fingerprint({"a", "c"}, 5));
  EXPECT_NE(fingerprint({"a", "b"}, 5), fingerprint({"a", "b"}, 6));
}

}  // namespace
}  // namespace lockstep
