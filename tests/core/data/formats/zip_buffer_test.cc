#include "core/data/formats/zip_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

class ZipBufferTest : public testing::Test {
 protected:
  long Seek(ZPOS64_T offset, int origin) {
    return io_.zseek64_file(io_.opaque, &buffer_, offset, origin);
  }
  uLong Write(const std::string& text) {
    return io_.zwrite_file(io_.opaque, &buffer_, text.data(), text.size());
  }
  std::string Read(uLong size) {
    std::string text(size, '?');
    text.resize(io_.zread_file(io_.opaque, &buffer_, text.data(), size));
    return text;
  }

  ZipBuffer buffer_{"0123456789"};
  zlib_filefunc64_def io_ = buffer_.Functions();
};

TEST_F(ZipBufferTest, ReadsToTheEndAndNotBeyond) {
  EXPECT_EQ(Read(4), "0123");
  EXPECT_EQ(Read(100), "456789");
  EXPECT_EQ(Read(1), "");
}

TEST_F(ZipBufferTest, TheEndIsAnError) {
  EXPECT_EQ(Read(9), "012345678");
  EXPECT_EQ(io_.zerror_file(io_.opaque, &buffer_), 0);
  EXPECT_EQ(Read(2), "9");
  EXPECT_NE(io_.zerror_file(io_.opaque, &buffer_), 0);
}

TEST_F(ZipBufferTest, WritesOverWhatIsThereAndBeyondIt) {
  ASSERT_EQ(Seek(8, ZLIB_FILEFUNC_SEEK_SET), 0);
  EXPECT_EQ(Write("abcd"), 4u);
  EXPECT_EQ(buffer_.bytes, "01234567abcd");
  EXPECT_EQ(io_.ztell64_file(io_.opaque, &buffer_), 12u);
}

TEST_F(ZipBufferTest, RefusesPlacesOutside) {
  EXPECT_EQ(Seek(10, ZLIB_FILEFUNC_SEEK_SET), 0);
  EXPECT_EQ(Seek(11, ZLIB_FILEFUNC_SEEK_SET), -1);
  EXPECT_EQ(Seek(1, ZLIB_FILEFUNC_SEEK_CUR), -1);
  EXPECT_EQ(Seek(0, ZLIB_FILEFUNC_SEEK_END), 0);
  EXPECT_EQ(Seek(~ZPOS64_T{0}, ZLIB_FILEFUNC_SEEK_CUR), -1);
  EXPECT_EQ(io_.ztell64_file(io_.opaque, &buffer_), 10u);
}

}  // namespace
}  // namespace lockstep
