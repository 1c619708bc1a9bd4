#include "distributed/train/data_description.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/file.h"

namespace lockstep {
namespace {

std::string Folder() { return ::testing::TempDir(); }

Status Written(const std::string& text) {
  EXPECT_TRUE(WriteFileAtomically(JoinPath(Folder(), "data.json"), text).ok());
  return ReadDataDescription(Folder()).status();
}

TEST(DataDescription, IsReadBackAsItWasWritten) {
  DataDescription written;
  written.format = {.shape = {4, 5, 3},
                    .encoding = Encoding::kUint8,
                    .divide_by = 255,
                    .mean = {0.1f, 0.2f, 0.3f},
                    .std = {0.5f},
                    .feature_mean = {0.1f, 7},
                    .feature_deviation = {3, 1e-30f},
                    .classes = 2};
  written.class_names = {"a \"rose\"", "tulip"};
  ASSERT_TRUE(Written(ToJson(written)).ok());
  const auto read = ReadDataDescription(Folder());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->format.shape, written.format.shape);
  EXPECT_EQ(read->format.encoding, Encoding::kUint8);
  EXPECT_EQ(read->format.divide_by, 255);
  EXPECT_EQ(read->format.mean, written.format.mean);
  EXPECT_EQ(read->format.std, written.format.std);
  EXPECT_EQ(read->format.feature_mean, written.format.feature_mean);
  EXPECT_EQ(read->format.feature_deviation, written.format.feature_deviation);
  EXPECT_EQ(read->format.classes, 2);
  EXPECT_EQ(read->format.targets, 1);
  EXPECT_EQ(read->class_names, written.class_names);
}

TEST(DataDescription, OtherFilesAreRefused) {
  EXPECT_EQ(ExitCodeOf(ReadDataDescription(Folder() + "/absent").status()),
            ExitCode::kMissingInput);
  for (const char* text : {"", "{}", "[1]", "{\"shape\": \"x\"}"}) {
    EXPECT_EQ(ExitCodeOf(Written(text)), ExitCode::kBadData) << text;
  }
  std::string other = ToJson({});
  other.replace(other.find("floats"), 6, "tables");
  EXPECT_EQ(ExitCodeOf(Written(other)), ExitCode::kBadData);
}

}  // namespace
}  // namespace lockstep
