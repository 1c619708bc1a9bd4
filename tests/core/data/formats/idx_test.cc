#include "core/data/formats/idx.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

constexpr size_t kFixedHeaderBytes = 4;

StatusOr<IdxArray> Parse(const std::string& bytes) { return ParseIdx(bytes, "images.idx"); }

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string Idx(const std::vector<uint32_t>& shape, std::string_view values, char type = 0x08) {
  std::string bytes = {0, 0, type, static_cast<char>(shape.size())};
  for (const uint32_t extent : shape) bytes += BigEndian(extent);
  return bytes.append(values);
}

std::string Gzip(const std::string& bytes) {
  z_stream stream{};
  constexpr int kGzip = 16, kMemory = 8;
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, kMemory,
                         Z_DEFAULT_STRATEGY),
            Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

const std::string kValues = {0, 1, 127, -128, -1, 5};
const std::string kPlain = Idx({2, 3}, kValues);

void ExpectTheValues(const StatusOr<IdxArray>& array) {
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array->values, (std::vector<uint8_t>{0, 1, 127, 128, 255, 5}));
}

TEST(ParseIdx, ReadsPlainAndGzippedFiles) {
  ExpectTheValues(Parse(kPlain));
  ExpectTheValues(Parse(Gzip(kPlain)));
}

TEST(ParseIdx, ReadsGzipFilesOfSeveralMembers) {
  ExpectTheValues(Parse(Gzip(kPlain.substr(0, 13)) + Gzip("") + Gzip(kPlain.substr(13))));
}

TEST(ParseIdx, ReadsOneAxisAndNoValues) {
  const StatusOr<IdxArray> labels = Parse(Idx({3}, "\x01\x02\x03"));
  ASSERT_TRUE(labels.ok()) << labels.status();
  EXPECT_EQ(labels->shape, std::vector<int64_t>{3});
  EXPECT_TRUE(Parse(Idx({0, 28, 28}, "")).ok());
  EXPECT_TRUE(Parse(Gzip(Idx({0, 28, 28}, ""))).ok());
}

TEST(ParseIdx, ReadsWhatDeflateMadeAThousandTimesSmaller) {
  const std::string zeros(1 << 20, '\0');  // deflated about a thousand times
  const std::string packed = Gzip(Idx({1 << 20}, zeros));
  EXPECT_LT(packed.size(), 2000u);
  EXPECT_TRUE(Parse(packed).ok());
}

struct Bad {
  std::string bytes;
  std::string named;
};

TEST(ParseIdx, RefusesWithTheCause) {
  const Bad kBad[] = {
      {"", "not an IDX file"},
      {"hello, world", "not an IDX file"},
      {Gzip("hello, world"), "not an IDX file"},
      {"\x1f\x8b", "not an IDX file"},
      {Idx({6}, kValues, 0x0d), "type 0x0d"},
      {Idx({}, "\x01"), "0 axes"},
      {Idx(std::vector<uint32_t>(9, 1), "\x01"), "9 axes"},
      {Idx({2, 3}, kValues.substr(1)), "promises 6 values, the file holds 5:"},
      {Idx({2, 3}, kValues + "x"), "more bytes follow the 6 values"},
      {Gzip(Idx({2, 3}, kValues.substr(1))), "promises 6 values, the file holds 5:"},
      {Gzip(Idx({2, 3}, kValues + "x")), "more bytes follow"},
      {Gzip(kPlain) + "x", "damaged"},
      {Gzip(kPlain) + Gzip("x"), "more bytes follow"},
      {Idx({0xffffffff, 0xffffffff, 0xffffffff}, kValues), "the file holds 6:"},
      {Idx({786730, 88801, 1056175639}, kValues), "the file holds 6:"},  // 4 * 2^64 + 6
      {Gzip(Idx({0xffffffff, 0xffffffff, 0xffffffff}, kValues)), "the file holds at most "},
      {Gzip(Idx({1 << 30}, kValues)), "the file holds at most "},
  };
  for (const Bad& bad : kBad) {
    SCOPED_TRACE(bad.named);
    const Status status = Parse(bad.bytes).status();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(ComplaintAbout(status, "images.idx: "), "");
    EXPECT_NE(Message(status).find(bad.named), std::string::npos) << status;
  }
}

TEST(ParseIdx, EveryCutIsRefused) {
  for (const std::string& file : {kPlain, Gzip(kPlain)}) {
    ForEachCut(file, [](const std::string& cut, size_t at) {
      const Status status = Parse(cut).status();
      ASSERT_FALSE(status.ok()) << at;
      ASSERT_EQ(ComplaintAbout(status, "images.idx: "), "") << at;
    });
  }
}

TEST(ParseIdx, EveryChangedHeaderByteIsRefused) {
  ForEachFlip(kPlain, 0, kFixedHeaderBytes + 8, [](const std::string& damaged, size_t at) {
    const Status status = Parse(damaged).status();
    ASSERT_FALSE(status.ok()) << at;
    ASSERT_EQ(ComplaintAbout(status, "images.idx: "), "") << at;
  });
}

TEST(ParseIdx, EveryChangedByteOfAGzipFileKeepsTheValuesOrIsRefused) {
  const std::string packed = Gzip(kPlain);
  ForEachFlip(packed, 0, packed.size(), [](const std::string& damaged, size_t at) {
    const StatusOr<IdxArray> array = Parse(damaged);  // the header's time stamp may change
    ASSERT_EQ(ComplaintAbout(array.status(), "images.idx: "), "") << at;
    if (array.ok()) ExpectTheValues(array);
  });
}

}  // namespace
}  // namespace lockstep
