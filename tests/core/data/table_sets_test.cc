#include "core/data/table_sets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "tests/testing/npz_file.h"

namespace lockstep {
namespace {

constexpr LossFunction::Kind kBinary = LossFunction::BINARY_CROSSENTROPY;
constexpr LossFunction::Kind kCategorical = LossFunction::CATEGORICAL_CROSSENTROPY;
constexpr LossFunction::Kind kSquared = LossFunction::MEAN_SQUARED_ERROR;

using Labels = std::vector<int32_t>;

std::string Write(const std::string& name, const std::string& bytes) {
  const std::string path = JoinPath(testing::TempDir(), name);
  EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
  return path;
}

// Expects `status` to be an error of this code that says all of `parts`.
void ExpectError(const Status& status, ExitCode code, const std::vector<std::string>& parts) {
  EXPECT_EQ(ExitCodeOf(status), code) << status.message();
  const std::string message(status.message());
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
  }
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

// An .npz of three training samples [3,2] with this y, and what more there is.
StatusOr<TrainAndTest> LoadArrays(const NpzMember& y, LossFunction::Kind loss,
                                  const std::vector<NpzMember>& more = {}) {
  std::vector<NpzMember> members = {MakeMember<float>("x_train", {3, 2}, {1, 2, 3, 4, 5, 6}), y};
  members.insert(members.end(), more.begin(), more.end());
  NpzData config;
  config.set_path(Write("arrays.npz", NpzBytes(members)));
  return LoadNpz(config, loss);
}

TEST(LoadNpz, WholeNumbersOfAnyTypeAreLabelsUnderACrossEntropy) {
  const std::vector<NpzMember> kinds = {MakeMember<int64_t>("y_train", {3}, {2, 0, 1}),
                                        MakeMember<uint8_t>("y_train", {3}, {2, 0, 1}),
                                        MakeMember<float>("y_train", {3}, {2, 0, 1}),
                                        MakeMember<double>("y_train", {3, 1}, {2, 0, 1}),
                                        MakeMember<int32_t>("y_train", {3, 1}, {2, 0, 1})};
  for (const NpzMember& y : kinds) {
    const auto sets = LoadArrays(y, kCategorical);
    ASSERT_TRUE(sets.ok()) << sets.status().message();
    EXPECT_EQ(sets->train.labels, Labels({2, 0, 1}));
    EXPECT_EQ(sets->train.format.classes, 3);
    EXPECT_EQ(sets->train.dense, std::vector<float>({1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(sets->test.size, 0);
  }
}

TEST(LoadNpz, OneHotRowsAreLabelsUnderACategoricalCrossEntropy) {
  const auto y = MakeMember<float>("y_train", {3, 4}, {0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1});
  EXPECT_EQ(LoadArrays(y, kCategorical)->train.labels, Labels({2, 0, 3}));
  EXPECT_EQ(LoadArrays(y, kCategorical)->train.format.classes, 4);
  EXPECT_EQ(LoadArrays(y, kSquared)->train.format.targets, 4);
  ExpectError(LoadArrays(y, kBinary).status(), ExitCode::kUsage, {"y_train", "4 values"});
}

TEST(LoadNpz, IntegersAreTargetsUnderASquaredError) {
  const auto sets = LoadArrays(MakeMember<int32_t>("y_train", {3}, {7, -2, 0}), kSquared);
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  EXPECT_EQ(sets->train.targets, std::vector<float>({7, -2, 0}));
  EXPECT_TRUE(sets->train.labels.empty());
  EXPECT_EQ(sets->train.format.classes, 0);
}

TEST(LoadNpz, TheTestSetMayHaveClassesThatTrainingLacks) {
  const auto sets = LoadArrays(
      MakeMember<int32_t>("y_train", {3}, {0, 1, 0}), kCategorical,
      {MakeMember<float>("x_test", {1, 2}, {7, 8}), MakeMember<int32_t>("y_test", {1}, {4})});
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  EXPECT_EQ(sets->train.format.classes, 5);
  EXPECT_EQ(sets->test.format.classes, 5);
  EXPECT_EQ(sets->test.labels, Labels({4}));
}

TEST(LoadNpz, BytesStayBytesAndFloat64IsKeptForStandardisation) {
  NpzData config;
  config.set_path(
      Write("bytes.npz", NpzBytes({MakeMember<uint8_t>("x_train", {2, 1, 2, 1}, {0, 255, 3, 4}),
                                   MakeMember<uint8_t>("y_train", {2}, {0, 1})})));
  const auto bytes = LoadNpz(config, kBinary);
  ASSERT_TRUE(bytes.ok()) << bytes.status().message();
  EXPECT_EQ(bytes->train.format.encoding, Encoding::kUint8);
  EXPECT_EQ(bytes->train.bytes, std::vector<uint8_t>({0, 255, 3, 4}));
  EXPECT_EQ(bytes->train.format.shape, std::vector<int64_t>({1, 2, 1}));
  config.set_path(
      Write("doubles.npz", NpzBytes({MakeMember<double>("x_train", {2, 1}, {1e9, 1e9 + 1}),
                                     MakeMember<double>("y_train", {2}, {0, 1})})));
  EXPECT_EQ(LoadNpz(config, kBinary)->train_exact, std::vector<double>({1e9, 1e9 + 1}));
}

TEST(LoadNpz, BadValuesAreNamedWithArrayAndSample) {
  const auto labels = [](std::vector<float> y) { return MakeMember<float>("y_train", {3}, y); };
  ExpectError(LoadArrays(labels({0, 1, 2.5}), kCategorical).status(), ExitCode::kBadData,
              {"arrays.npz", "y_train", "sample 2", "2.5"});
  ExpectError(LoadArrays(labels({0, -1, 2}), kCategorical).status(), ExitCode::kBadData,
              {"y_train", "sample 1", "-1"});
  ExpectError(LoadArrays(labels({0, 1, 2}), kBinary).status(), ExitCode::kUsage,
              {"y_train", "sample 2", "label 2", "CATEGORICAL_CROSSENTROPY"});
  ExpectError(LoadArrays(labels({0, NAN, 2}), kSquared).status(), ExitCode::kBadData,
              {"y_train", "sample 1", "nan"});
  NpzData config;
  config.set_path(
      Write("nan.npz", NpzBytes({MakeMember<float>("x_train", {2, 3}, {1, 2, 3, 4, NAN, 6}),
                                 MakeMember<float>("y_train", {2}, {0, 1})})));
  ExpectError(LoadNpz(config, kBinary).status(), ExitCode::kBadData,
              {"x_train", "sample 1", "feature 1", "nan"});
}

TEST(LoadNpz, ArraysThatDoNotFitAreNamed) {
  const auto y = MakeMember<float>("y_train", {3}, {0, 1, 1});
  ExpectError(LoadArrays(MakeMember<float>("y_train", {2}, {0, 1}), kBinary).status(),
              ExitCode::kBadData, {"y_train", "found 2", "expected 3"});
  ExpectError(LoadArrays(MakeMember<float>("labels", {3}, {0, 1, 1}), kBinary).status(),
              ExitCode::kBadData, {"y_train", "labels"});
  ExpectError(LoadArrays(y, kBinary, {MakeMember<float>("x_test", {1, 2}, {1, 2})}).status(),
              ExitCode::kBadData, {"y_test"});
  ExpectError(LoadArrays(y, kBinary,
                         {MakeMember<float>("x_test", {1, 3}, {1, 2, 3}),
                          MakeMember<float>("y_test", {1}, {1})})
                  .status(),
              ExitCode::kBadData, {"[3]", "[2]"});
  NpzData config;
  config.set_path(Write("no_test.npz", NpzBytes({MakeMember<float>("x_train", {1, 1}, {1}),
                                                 MakeMember<float>("y_train", {1}, {1})})));
  EXPECT_TRUE(LoadNpz(config, kBinary).ok());
  config.set_x_test("x_val");
  ExpectError(LoadNpz(config, kBinary).status(), ExitCode::kBadData, {"x_val"});
}

CsvData Csv(const std::string& text, const std::string& test_text = "") {
  CsvData config;
  config.set_path(Write("table.csv", text));
  config.set_target("y");
  if (!test_text.empty()) config.set_test_path(Write("test.csv", test_text));
  return config;
}

TEST(LoadCsv, WholeNumbersAreLabelsOrTargetsByTheLoss) {
  const CsvData config = Csv("a,y,b\n1,0,2\n3,2.0,4\n");
  const auto labels = LoadCsv(config, kCategorical);
  ASSERT_TRUE(labels.ok()) << labels.status().message();
  EXPECT_EQ(labels->train.labels, Labels({0, 2}));
  EXPECT_EQ(labels->train.format.classes, 3);
  EXPECT_EQ(labels->train.dense, std::vector<float>({1, 2, 3, 4}));
  EXPECT_TRUE(labels->class_names.empty());
  EXPECT_EQ(LoadCsv(config, kSquared)->train.targets, std::vector<float>({0, 2}));
}

TEST(LoadCsv, TextNamesClassesInSortedOrder) {
  const auto sets = LoadCsv(Csv("a,y\n1,dog\n2,cat\n3, \"dog\"\n", "a,y\n4,ape\n"), kCategorical);
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  EXPECT_EQ(sets->class_names, std::vector<std::string>({"ape", "cat", "dog"}));
  EXPECT_EQ(sets->train.labels, Labels({2, 1, 2}));
  EXPECT_EQ(sets->test.labels, Labels({0}));
  EXPECT_EQ(sets->train.format.classes, 3);
  const auto two = LoadCsv(Csv("a,y\n1,yes\n2,no\n"), kBinary);
  ASSERT_TRUE(two.ok()) << two.status().message();
  EXPECT_EQ(two->train.labels, Labels({1, 0}));
  EXPECT_EQ(two->train.format.classes, 2);
}

TEST(LoadCsv, ThirtyClassesAreNoProblemAndThreeAreForABinaryLoss) {
  std::string text = "a,y\n";
  for (int i = 0; i < 30; ++i) text += "1,class" + std::to_string(i) + "\n";
  EXPECT_EQ(LoadCsv(Csv(text), kCategorical)->train.format.classes, 30);
  ExpectError(LoadCsv(Csv("a,y\n1,p\n2,q\n3,r\n"), kBinary).status(), ExitCode::kUsage,
              {"table.csv", "\"y\"", "3 classes", "\"p\""});
}

TEST(LoadCsv, BadValuesAreNamedWithTheirLine) {
  ExpectError(LoadCsv(Csv("a,y\n1,0\n\n2,2.5\n"), kCategorical).status(), ExitCode::kBadData,
              {"table.csv:4", "\"y\"", "2.5"});
  ExpectError(LoadCsv(Csv("a,y\n1,0\n2,-1\n"), kCategorical).status(), ExitCode::kBadData,
              {"table.csv:3", "-1"});
  ExpectError(LoadCsv(Csv("a,y\n1,0\n2,1\n3,2\n"), kBinary).status(), ExitCode::kUsage,
              {"table.csv:4", "label 2"});
  ExpectError(LoadCsv(Csv("a,y\n1,0\n2,dog\n"), kCategorical).status(), ExitCode::kBadData,
              {"table.csv:3:3", "dog"});
  ExpectError(LoadCsv(Csv("a,y\n1,nan\n2,1\n"), kCategorical).status(), ExitCode::kBadData,
              {"table.csv:2:3", "nan"});
  ExpectError(LoadCsv(Csv("a,y\n1,dog\n2,nan\n"), kCategorical).status(), ExitCode::kBadData,
              {"table.csv:3:3", "nan"});
  ExpectError(LoadCsv(Csv("a,y\n1,dog\n2,\n"), kCategorical).status(), ExitCode::kBadData,
              {"table.csv:3:3"});
  ExpectError(LoadCsv(Csv("a,y\n1,dog\n2,cat\n"), kSquared).status(), ExitCode::kBadData,
              {"table.csv:2:3", "finite number", "dog"});
  ExpectError(LoadCsv(Csv("a,y\n1,0\n1e300,1\n"), kBinary).status(), ExitCode::kBadData,
              {"table.csv:3", "\"a\"", "1e+300"});
}

TEST(LoadCsv, AnUnknownTargetIsToldTheNearestColumn) {
  CsvData config = Csv("crime,prices,rooms\n1,2,3\n");
  config.set_target("price");
  ExpectError(LoadCsv(config, kSquared).status(), ExitCode::kBadData,
              {"table.csv:1:1", "\"price\"", "did you mean \"prices\"?"});
}

TEST(LoadCsv, TheTestTableHasTheSameColumnsAndKindOfTarget) {
  ExpectError(LoadCsv(Csv("a,b,y\n1,2,0\n", "b,a,y\n1,2,0\n"), kSquared).status(),
              ExitCode::kBadData, {"test.csv", "\"b\"", "\"a\"", "table.csv"});
  ExpectError(LoadCsv(Csv("a,b,y\n1,2,0\n", "a,y\n1,0\n"), kSquared).status(), ExitCode::kBadData,
              {"feature column 2", "nothing"});
  ExpectError(LoadCsv(Csv("a,y\n1,dog\n2,cat\n", "a,y\n1,0\n"), kCategorical).status(),
              ExitCode::kBadData, {"test.csv", "numbers", "text"});
  CsvData absent = Csv("a,y\n1,0\n");
  absent.set_test_path("/no/such/file.csv");
  ExpectError(LoadCsv(absent, kSquared).status(), ExitCode::kMissingInput, {"/no/such/file.csv"});
}

// Two images of 1 x 2 and these labels.
IdxData Idx(const std::string& labels) {
  IdxData config;
  config.set_images(
      Write("images.idx", std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02", 16) + "abcd"));
  config.set_labels(Write("labels.idx", std::string("\0\0\x08\x01\0\0\0\x02", 8) + labels));
  return config;
}

TEST(LoadIdx, LabelsFollowTheLoss) {
  const IdxData config = Idx(std::string("\x03\x00", 2));
  EXPECT_EQ(LoadIdx(config, kCategorical)->train.labels, Labels({3, 0}));
  EXPECT_EQ(LoadIdx(config, kCategorical)->train.format.classes, 4);
  EXPECT_EQ(LoadIdx(config, kSquared)->train.targets, std::vector<float>({3, 0}));
  EXPECT_EQ(LoadIdx(config, kSquared)->train.format.classes, 0);
  ExpectError(LoadIdx(config, kBinary).status(), ExitCode::kUsage,
              {"labels.idx", "sample 0", "label 3"});
}

TEST(LoadIdx, ATestPairNeedsBothFiles) {
  IdxData config = Idx("\x01\x01");
  config.set_test_images(config.images());
  ExpectError(LoadIdx(config, kBinary).status(), ExitCode::kUsage, {"test_labels is missing"});
  config.set_test_labels(config.labels());
  EXPECT_EQ(LoadIdx(config, kBinary)->test.size, 2);
}

}  // namespace
}  // namespace lockstep
