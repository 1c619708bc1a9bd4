// Data that cannot be trained on: each is refused with its exit code and one line that names the
// cause, before the first step.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "tests/testing/command.h"
#include "tests/testing/npz_file.h"

namespace lockstep {
namespace {

const std::string kBinary = "loss: BINARY_CROSSENTROPY ";
const std::string kCategorical = "loss: CATEGORICAL_CROSSENTROPY ";
const std::string kSquared = "loss: MEAN_SQUARED_ERROR ";
const std::string kCsv = "data { csv { path: 'd' target: 'y' } } ";
const std::string kTwoCsv = "data { csv { path: 'd' test_path: 'e' target: 'y' } } ";
const std::string kNpz = "data { npz { path: 'd' } } ";
const std::string kIdx = "data { idx { images: 'd' labels: 'e' } } ";

// Files "d" and "e" (absent if "-"), a config's data and loss, and the error that they give.
struct Broken {
  std::string name;
  std::string d, e;
  std::string config;
  int exit_code;
  std::vector<std::string> named;
};

NpzMember X(std::vector<float> values) {
  return MakeMember<float>("x_train", {static_cast<int64_t>(values.size()), 1}, values);
}
NpzMember Y(std::vector<float> values) {
  return MakeMember<float>("y_train", {static_cast<int64_t>(values.size())}, values);
}
std::string Good() { return NpzBytes({X({1, 2, 3}), Y({0, 1, 1})}); }
std::string Flipped(std::string bytes, size_t at) {
  bytes[at] ^= 0x40;
  return bytes;
}

std::string Idx(uint8_t type, const std::vector<uint8_t>& shape, const std::string& values) {
  std::string file = std::string(2, '\0') + static_cast<char>(type) +
                     static_cast<char>(shape.size());
  for (const uint8_t extent : shape) file += std::string(3, '\0') + static_cast<char>(extent);
  return file + values;
}

std::vector<Broken> Tables() {
  return {
      {"CsvMissing", "-", "-", kCsv + kSquared, 66, {"no such file"}},
      {"CsvEmpty", "", "-", kCsv + kSquared, 65, {"empty"}},
      {"CsvHeaderAlone", "a,y\n", "-", kCsv + kSquared, 65, {"no row"}},
      {"CsvOneColumn", "y\n1\n", "-", kCsv + kSquared, 65, {"at least one other"}},
      {"CsvNoTarget", "a,z\n1,2\n", "-", kCsv + kSquared, 65, {"\"y\"", "a, z"}},
      {"CsvNan", "a,y\n1,2\nnan,3\n", "-", kCsv + kSquared, 65, {"d:3:1", "\"a\"", "nan"}},
      {"CsvNanTarget", "a,y\n1,2\n3,NaN\n", "-", kCsv + kSquared, 65, {"d:3:3", "\"y\""}},
      {"CsvInfinite", "a,y\ninf,2\n", "-", kCsv + kSquared, 65, {"d:2:1", "inf"}},
      {"CsvBeyondFloat32", "a,y\n1e40,2\n", "-", kCsv + kSquared, 65, {"d:2", "1e+40"}},
      {"CsvEmptyField", "a,y\n,2\n", "-", kCsv + kSquared, 65, {"d:2:1"}},
      {"CsvTextFeature", "a,y\nred,2\n", "-", kCsv + kSquared, 65, {"d:2:1", "red"}},
      {"CsvTextTarget", "a,y\n1,red\n", "-", kCsv + kSquared, 65, {"d:2:3", "red"}},
      {"CsvShortRow", "a,b,y\n1,2\n", "-", kCsv + kSquared, 65, {"d:2:", "3 columns"}},
      {"CsvLongRow", "a,y\n1,2,3\n", "-", kCsv + kSquared, 65, {"d:2:", "2 columns"}},
      {"CsvFraction", "a,y\n1,0\n2,2.5\n", "-", kCsv + kCategorical, 65, {"d:3", "2.5"}},
      {"CsvNegative", "a,y\n1,0\n2,-1\n", "-", kCsv + kBinary, 65, {"d:3", "-1"}},
      {"CsvThirdLabel", "a,y\n1,0\n2,2\n", "-", kCsv + kBinary, 64, {"d:3", "label 2"}},
      {"CsvThirdName", "a,y\n1,p\n2,q\n3,r\n", "-", kCsv + kBinary, 64, {"3 classes"}},
      {"CsvOneName", "a,y\n1,p\n2,p\n", "-", kCsv + kBinary, 65, {"\"p\""}},
      {"CsvTestMissing", "a,y\n1,0\n", "-", kTwoCsv + kSquared, 66, {"e: no such file"}},
      {"CsvTestColumns", "a,y\n1,0\n", "b,y\n1,0\n", kTwoCsv + kSquared, 65, {"\"b\"", "\"a\""}},
      {"CsvTestNan", "a,y\n1,0\n", "a,y\n1,nan\n", kTwoCsv + kBinary, 65, {"e:2:3", "nan"}},
      {"CsvBinaryFile", std::string("\x89PNG\r\n\x1a\n\0\0", 10), "-", kCsv + kSquared, 65, {"d:"}},
  };
}

std::vector<Broken> Arrays() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  return {
      {"NpzMissing", "-", "-", kNpz + kBinary, 66, {"no such file"}},
      {"NpzEmpty", "", "-", kNpz + kBinary, 65, {"d"}},
      {"NpzText", "a,y\n1,2\n", "-", kNpz + kBinary, 65, {"not an .npz"}},
      {"NpzHalf", Good().substr(0, Good().size() / 2), "-", kNpz + kBinary, 65, {"cut short"}},
      {"NpzWithoutEnd", Good().substr(0, Good().size() - 1), "-", kNpz + kBinary, 65, {"d"}},
      {"NpzFlippedBit", Flipped(Good(), Good().find("NUMPY") + 130), "-", kNpz + kBinary, 65,
       {"d"}},
      {"NpzNoY", NpzBytes({X({1, 2})}), "-", kNpz + kBinary, 65, {"y_train", "x_train"}},
      {"NpzFewerY", NpzBytes({X({1, 2}), Y({1})}), "-", kNpz + kBinary, 65, {"y_train", "found 1"}},
      {"NpzNan", NpzBytes({X({1, nan}), Y({1, 0})}), "-", kNpz + kBinary, 65,
       {"x_train", "sample 1", "nan"}},
      {"NpzNanTarget", NpzBytes({X({1, 2}), Y({nan, 0})}), "-", kNpz + kSquared, 65,
       {"y_train", "sample 0", "nan"}},
      {"NpzFraction", NpzBytes({X({1, 2}), Y({0, 0.5})}), "-", kNpz + kCategorical, 65,
       {"y_train", "sample 1", "0.5"}},
      {"NpzNegative", NpzBytes({X({1, 2}), Y({-1, 1})}), "-", kNpz + kBinary, 65,
       {"y_train", "sample 0", "-1"}},
      {"NpzThirdLabel", NpzBytes({X({1, 2}), Y({1, 2})}), "-", kNpz + kBinary, 64,
       {"y_train", "sample 1", "label 2"}},
      {"NpzNotOneHot", NpzBytes({X({1}), MakeMember<float>("y_train", {1, 3}, {1, 0, 1})}), "-",
       kNpz + kCategorical, 65, {"y_train", "sample 0", "one-hot"}},
      {"NpzNoSamples", NpzBytes({X({}), Y({})}), "-", kNpz + kBinary, 65, {"x_train"}},
      {"IdxMissing", "-", "-", kIdx + kBinary, 66, {"d: no such file"}},
      {"IdxNoLabels", Idx(8, {1, 1, 1}, "a"), "-", kIdx + kBinary, 66, {"e: no such file"}},
      {"IdxEmpty", "", "", kIdx + kBinary, 65, {"d"}},
      {"IdxCut", Idx(8, {2, 1, 1}, "a"), Idx(8, {2}, "ab"), kIdx + kBinary, 65, {"d"}},
      {"IdxFloats", Idx(13, {1, 1, 1}, "abcd"), Idx(8, {1}, "a"), kIdx + kBinary, 65, {"d"}},
      {"IdxFewerLabels", Idx(8, {2, 1, 1}, "ab"), Idx(8, {1}, "\1"), kIdx + kBinary, 65, {"e"}},
      {"IdxThirdLabel", Idx(8, {1, 1, 1}, "a"), Idx(8, {1}, "\2"), kIdx + kBinary, 64,
       {"sample 0", "label 2"}},
      {"IdxCutGzip", std::string("\x1f\x8b\x08\0\0\0\0\0\0\3", 10), Idx(8, {1}, "\1"),
       kIdx + kBinary, 65, {"d"}},
  };
}

void ExpectRefused(const Broken& broken) {
  const std::string folder = testing::TempDir() + "/" + broken.name;
  ASSERT_EQ(RunCommand("rm -rf " + folder).exit_code, 0);
  ASSERT_TRUE(MakeFolders(folder).ok());
  for (const auto& [name, bytes] : {std::pair("/d", &broken.d), std::pair("/e", &broken.e)}) {
    if (*bytes == "-") continue;
    ASSERT_TRUE(WriteFileAtomically(folder + name, *bytes).ok());
  }
  const bool categorical = broken.config.find(kCategorical) != std::string::npos;
  const std::string activation = broken.config.find(kBinary) != std::string::npos ? "SIGMOID"
                                 : categorical                                    ? "SOFTMAX"
                                                                                  : "LINEAR";
  ASSERT_TRUE(WriteFileAtomically(folder + "/c.textproto",
                                  broken.config + "model { layer { flatten {} } layer { dense { " +
                                      "units: " + (categorical ? "3" : "1") +
                                      " activation: " + activation + " } } }")
                  .ok());
  const CommandResult result = RunCommand(RunfilePath("tools/lockstep") + " train " + folder +
                                          "/c.textproto --run-dir " + folder + "/run");
  const std::string& text = result.output;
  EXPECT_EQ(result.exit_code, broken.exit_code) << broken.name << ": " << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << broken.name << ": " << text;
  for (const std::string& part : broken.named) {
    EXPECT_NE(text.find(part), std::string::npos) << broken.name << ": " << part << " in " << text;
  }
}

TEST(BrokenData, TablesAreRefusedInOneLineThatNamesTheCause) {
  for (const Broken& broken : Tables()) ExpectRefused(broken);
}

TEST(BrokenData, ArraysAreRefusedInOneLineThatNamesTheCause) {
  for (const Broken& broken : Arrays()) ExpectRefused(broken);
}

// The same files, whole: the refusals above are the damage's and not the harness's.
TEST(BrokenData, WholeFilesTrain) {
  const std::string folder = testing::TempDir() + "/whole";
  ASSERT_TRUE(MakeFolders(folder).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/d", Good()).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/c.textproto",
                                  kNpz + kBinary + "model { layer { dense { units: 1 " +
                                      "activation: SIGMOID } } }")
                  .ok());
  const CommandResult result = RunCommand("cd " + folder + "; rm -rf run; " +
                                          RunfilePath("tools/lockstep") +
                                          " train c.textproto --run-dir run --quiet");
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST(BrokenData, AMissingSetSaysHowToGetIt) {
  const std::string path = testing::TempDir() + "/missing.textproto";
  ASSERT_TRUE(WriteFileAtomically(path, "data { mnist {} } " + kCategorical +
                                            "model { layer { flatten {} } layer { dense { "
                                            "units: 10 activation: SOFTMAX } } }")
                  .ok());
  const CommandResult result = RunCommand("LOCKSTEP_DATA= HOME=/nowhere " +
                                          RunfilePath("tools/lockstep") + " train " + path);
  EXPECT_EQ(result.exit_code, 66) << result.output;
  EXPECT_NE(result.output.find("lockstep data fetch mnist"), std::string::npos) << result.output;
}

}  // namespace
}  // namespace lockstep
