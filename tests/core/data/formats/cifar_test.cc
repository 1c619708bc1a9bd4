#include "core/data/formats/cifar.h"

#include <gtest/gtest.h>

#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

// A picture whose red is 10 + its column, green 60 + its row, blue 200.
std::string Record(char label) {
  std::string record(1, label);
  for (int i = 0; i < 1024; ++i) record += static_cast<char>(10 + i % 32);
  for (int i = 0; i < 1024; ++i) record += static_cast<char>(60 + i / 32);
  return record + std::string(1024, static_cast<char>(200));
}

TEST(Cifar, PlanesBecomePixels) {
  std::vector<uint8_t> pictures;
  std::vector<int32_t> labels;
  ASSERT_EQ(ParseCifar(Record(3) + Record(9), "a.bin", 2, &pictures, &labels), OkStatus());
  EXPECT_EQ(labels, (std::vector<int32_t>{3, 9}));
  ASSERT_EQ(pictures.size(), 2u * 3072);
  for (size_t i = 0; i < 2 * 1024; ++i) {
    EXPECT_EQ(pictures[3 * i], 10 + i % 32);
    EXPECT_EQ(pictures[3 * i + 1], 60 + i % 1024 / 32);
    EXPECT_EQ(pictures[3 * i + 2], 200);
  }
}

TEST(Cifar, AnotherLengthOrLabelIsRefused) {
  std::vector<uint8_t> pictures;
  std::vector<int32_t> labels;
  const std::string good = Record(0);
  for (const std::string& bad : {std::string(), good.substr(1), good + "x", good + good}) {
    const Status status = ParseCifar(bad, "a.bin", 1, &pictures, &labels);
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData);
    EXPECT_EQ(ComplaintAbout(status, "a.bin: "), "");
  }
  const Status status = ParseCifar(Record(10), "a.bin", 1, &pictures, &labels);
  EXPECT_EQ(Message(status), "a.bin, picture 0: label 10, expected 0 to 9");
}

}  // namespace
}  // namespace lockstep
