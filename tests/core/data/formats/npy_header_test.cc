#include "core/data/formats/npy_header.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

constexpr const char* kDict = "{'descr': '<f8', 'fortran_order': False, 'shape': (506, 13), }\n";

StatusOr<NpyHeader> Parse(const std::string& bytes) { return ParseNpyHeader(bytes, "a.npy"); }

// The header of `version` around `dict`; it says that the dict is `length` bytes long.
std::string Header(int version, const std::string& dict, size_t length) {
  std::string bytes = "\x93NUMPY";
  bytes += {static_cast<char>(version), 0};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    bytes.push_back(static_cast<char>(length >> (8 * i)));
  }
  return bytes + dict;
}

std::string Header(int version, const std::string& dict) {
  return Header(version, dict, dict.size());
}

TEST(ParseNpyHeader, ReadsVersionsOneToThree) {
  for (int version = 1; version <= 3; ++version) {
    const StatusOr<NpyHeader> header = Parse(Header(version, kDict) + "data");
    ASSERT_TRUE(header.ok()) << header.status();
    EXPECT_EQ(header->descr, "<f8");
    EXPECT_FALSE(header->fortran_order);
    EXPECT_EQ(header->shape, (std::vector<int64_t>{506, 13}));
    EXPECT_EQ(header->data_offset, Header(version, kDict).size());
  }
}

struct GoodShape {
  std::string text;
  std::vector<int64_t> shape;
};

TEST(ParseNpyHeader, ReadsShapesAsEveryNumpyWritesThem) {
  const GoodShape kGood[] = {
      {"()", {}},          {"(7,)", {7}},
      {"(0, 4)", {0, 4}},  {"(3L, 4L)", {3, 4}},  // Python 2
      {"( 3,4 )", {3, 4}}, {"(9223372036854775807,)", {9223372036854775807}},
  };
  for (const GoodShape& good : kGood) {
    const StatusOr<NpyHeader> header =
        Parse(Header(1, "{'descr':'|u1','fortran_order':True,'shape':" + good.text + "}"));
    ASSERT_TRUE(header.ok()) << header.status();
    EXPECT_EQ(header->shape, good.shape) << good.text;
    EXPECT_TRUE(header->fortran_order);
  }
}

TEST(ParseNpyHeader, TheKeysMayComeInAnyOrder) {
  EXPECT_TRUE(
      Parse(Header(1, "{\"shape\": (1,), \"fortran_order\": False, \"descr\": \"|O\"}")).ok());
}

TEST(ParseNpyHeader, RefusesWhatIsNoSuchDict) {
  const std::string kBad[] = {
      "",
      "{}",
      "[]",
      "{'descr': '<f8', 'fortran_order': False, }",
      "{'descr': '<f8', 'shape': (1,), }",
      "{'fortran_order': False, 'shape': (1,), }",
      "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': 1, }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1.5,), }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775808,), }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1, }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1 2), }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (" +
          [] {
            std::string ones;
            for (int axis = 0; axis < 33; ++axis) ones += "1,";
            return ones;
          }() +
          ")}",
      "__import__('os').system('true')",
  };
  for (const std::string& dict : kBad) {
    const Status status = Parse(Header(1, dict)).status();
    EXPECT_FALSE(status.ok()) << dict;
    EXPECT_EQ(ComplaintAbout(status, "a.npy: bad .npy header: "), "") << dict;
  }
}

TEST(ParseNpyHeader, RefusesLengthsBeyondTheFile) {
  for (const size_t length : {size_t{100}, size_t{0xffff}, size_t{0xffffffff}}) {
    const Status status = Parse(Header(2, kDict, length)).status();
    EXPECT_EQ(ComplaintAbout(status, "a.npy: bad .npy header: it says "), "");
    EXPECT_FALSE(status.ok());
  }
}

TEST(ParseNpyHeader, RefusesOtherVersionsAndOtherFiles) {
  EXPECT_EQ(Message(Parse(Header(4, kDict)).status()),
            "a.npy: bad .npy header: version 4, expected 1 to 3");
  EXPECT_EQ(ComplaintAbout(Parse("PK\x03\x04 and more").status(), "a.npy: not a .npy array"), "");
}

TEST(ParseNpyHeader, EveryCutIsRefused) {
  for (int version = 1; version <= 3; ++version) {
    ForEachCut(Header(version, kDict), [](const std::string& cut, size_t at) {
      const Status status = Parse(cut).status();
      ASSERT_FALSE(status.ok()) << at;
      ASSERT_EQ(ComplaintAbout(status, "a.npy: "), "") << at;
    });
  }
}

TEST(ParseNpyHeader, EveryChangedByteIsReadWithinTheFileOrRefused) {
  const std::string file = Header(2, kDict) + std::string(64, ' ');
  ForEachFlip(file, 0, file.size(), [&](const std::string& damaged, size_t at) {
    const StatusOr<NpyHeader> header = Parse(damaged);
    ASSERT_EQ(ComplaintAbout(header.status(), "a.npy: "), "") << at;
    if (!header.ok()) return;
    ASSERT_LE(header->data_offset, file.size()) << at;
  });
}

}  // namespace
}  // namespace lockstep
