#include "distributed/report/png.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace lockstep {
namespace {

uint32_t BigEndian(const std::string& file, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(file[at + i]);
  return value;
}

// The content of each chunk in order, after checking its CRC; `types` gets their names.
std::vector<std::string> Chunks(const std::string& file, std::string* types) {
  std::vector<std::string> contents;
  for (size_t at = 8; at + 12 <= file.size();) {
    const size_t length = BigEndian(file, at);
    const auto* typed = reinterpret_cast<const Bytef*>(file.data() + at + 4);
    EXPECT_EQ(crc32(0, typed, static_cast<uInt>(length + 4)), BigEndian(file, at + 8 + length));
    *types += file.substr(at + 4, 4) + " ";
    contents.push_back(file.substr(at + 8, length));
    at += 12 + length;
  }
  return contents;
}

TEST(EncodePng, HasTheSignatureAndThreeSoundChunks) {
  const Picture picture{.height = 2, .width = 3, .channels = 1, .pixels = {0, 1, 2, 253, 254, 255}};
  const std::string file = EncodePng(picture);
  EXPECT_EQ(file.substr(0, 8), "\x89PNG\r\n\x1a\n");
  std::string types;
  const std::vector<std::string> chunks = Chunks(file, &types);
  EXPECT_EQ(types, "IHDR IDAT IEND ");
  EXPECT_EQ(BigEndian(chunks[0], 0), 3u);  // width comes first
  EXPECT_EQ(BigEndian(chunks[0], 4), 2u);
}

TEST(EncodePng, KeepsThePixelsAfterAFilterByteInEachRow) {
  const Picture picture{.height = 2, .width = 1, .channels = 3, .pixels = {10, 20, 30, 40, 50, 60}};
  std::string types;
  const std::string packed = Chunks(EncodePng(picture), &types)[1];
  std::string rows(8, '\xff');
  uLongf size = rows.size();
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size,
                       reinterpret_cast<const Bytef*>(packed.data()), packed.size()),
            Z_OK);
  EXPECT_EQ(size, 8u);
  EXPECT_EQ(rows, std::string("\0\x0a\x14\x1e\0\x28\x32\x3c", 8));
}

TEST(IsDrawable, AsksForTheRightNumberOfPixelsAndAKnownNumberOfChannels) {
  EXPECT_TRUE(IsDrawable({.height = 1, .width = 1, .channels = 1, .pixels = {7}}));
  EXPECT_FALSE(IsDrawable({}));
  EXPECT_FALSE(IsDrawable({.height = 1, .width = 1, .channels = 2, .pixels = {7, 7}}));
  EXPECT_FALSE(IsDrawable({.height = 1, .width = 2, .channels = 1, .pixels = {7}}));
}

TEST(PngDataUri, IsBase64OfTheFile) {
  const std::string uri =
      PngDataUri({.height = 1, .width = 1, .channels = 1, .pixels = {7}});
  EXPECT_EQ(uri.substr(0, 33), "data:image/png;base64,iVBORw0KGgo");
}

}  // namespace
}  // namespace lockstep
