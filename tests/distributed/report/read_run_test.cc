#include "distributed/report/read_run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/base/file.h"

namespace lockstep {
namespace {

const char* const kHistory = R"({"loss": [0.5, null], "val_accuracy": [0.8, 0.9]})";
const char* const kSummary =
    R"({"name": "x", "ranks": 2, "test": {"accuracy": 0.75}, "devices": ["cpu"]})";
const char* const kCrossval =
    R"({"folds": 2, "metric": "val_mae", "per_fold": {"val_mae": [[3, 1], [5, 2]]},
        "mean": {"val_mae": [4, 1.5]}})";

// A folder of its own for each test, empty at first.
class ReadRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = JoinPath(::testing::TempDir(), name);
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(MakeFolders(folder_).ok());
  }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(JoinPath(folder_, name), text).ok());
  }
  // What reading `text` as file `name` answers.
  Status StatusWith(const std::string& name, const std::string& text) {
    Write(name, text);
    return ReadRun(folder_).status();
  }

  std::string folder_;
};

TEST_F(ReadRunTest, ReadsAFinishedRun) {
  Write("history.json", kHistory);
  Write("summary.json", kSummary);
  Write("config.textproto", "seed: 1\n");
  Write("steps.jsonl", "{\"step\":1,\"loss\":0.5,\"learning_rate\":0.1}\n");
  const StatusOr<RunReport> run = ReadRun(folder_ + "/");
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->name, "ReadsAFinishedRun");
  EXPECT_EQ(run->config_text, "seed: 1\n");
  EXPECT_TRUE(std::isnan(run->history.at("loss")[1]));
  EXPECT_EQ(run->history.at("val_accuracy"), (std::vector<double>{0.8, 0.9}));
  EXPECT_EQ(run->steps.points.size(), 1u);
  ASSERT_EQ(run->summary.size(), 4u);
  EXPECT_EQ(run->summary[1].text, "2");
  EXPECT_EQ(run->summary[2].name, "test.accuracy");
  EXPECT_DOUBLE_EQ(run->summary[2].number.value(), 0.75);
  EXPECT_EQ(run->summary[3].text, "[\"cpu\"]");
}

TEST_F(ReadRunTest, ReadsARunThatIsStillGoingOn) {
  Write("history.json", kHistory);
  const StatusOr<RunReport> run = ReadRun(folder_);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_TRUE(run->summary.empty());
}

TEST_F(ReadRunTest, ReadsACrossValidationWithTheConfigOfItsFirstFold) {
  Write("crossval.json", kCrossval);
  ASSERT_TRUE(MakeFolders(JoinPath(folder_, "fold-0")).ok());
  Write("fold-0/config.textproto", "seed: 3\n");
  const StatusOr<RunReport> run = ReadRun(folder_);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->crossval->folds, 2);
  EXPECT_EQ(run->crossval->per_fold.at("val_mae")[1], (std::vector<double>{5, 2}));
  EXPECT_EQ(run->crossval->mean.at("val_mae"), (std::vector<double>{4, 1.5}));
  EXPECT_EQ(run->config_text, "seed: 3\n");
}

TEST_F(ReadRunTest, NamesAFolderThatIsNoRun) {
  const Status status = ReadRun(folder_).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kMissingInput);
  EXPECT_NE(status.message().find(folder_), std::string::npos);
  EXPECT_EQ(ExitCodeOf(ReadRun(JoinPath(folder_, "absent")).status()), ExitCode::kMissingInput);
}

TEST_F(ReadRunTest, RefusesAHistoryCutAnywhere) {
  const std::string whole = kHistory;
  for (size_t size = 0; size < whole.size(); ++size) {
    const Status status = StatusWith("history.json", whole.substr(0, size));
    ASSERT_EQ(ExitCodeOf(status), ExitCode::kBadData) << size;
    EXPECT_NE(status.message().find("history.json"), std::string::npos);
  }
}

TEST_F(ReadRunTest, RefusesAHistoryOfAnotherForm) {
  for (const char* text : {"[]", "3", "{\"loss\": 3}", "{\"loss\": [\"a\"]}", "{\"loss\": [[1]]}",
                           "{\"loss\": [1e999]}"}) {
    EXPECT_EQ(ExitCodeOf(StatusWith("history.json", text)), ExitCode::kBadData) << text;
  }
}

TEST_F(ReadRunTest, RefusesASummaryCutAnywhere) {
  Write("history.json", kHistory);
  const std::string whole = kSummary;
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(ExitCodeOf(StatusWith("summary.json", whole.substr(0, size))), ExitCode::kBadData);
  }
}

TEST_F(ReadRunTest, RefusesACrossValidationCutAnywhere) {
  const std::string whole = kCrossval;
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(ExitCodeOf(StatusWith("crossval.json", whole.substr(0, size))), ExitCode::kBadData);
  }
}

TEST_F(ReadRunTest, RefusesACrossValidationOfAnotherForm) {
  for (const char* text :
       {R"({})", R"({"folds": "two", "per_fold": {}, "mean": {}})",
        R"({"folds": 2, "per_fold": [], "mean": {}})", R"({"folds": 2, "per_fold": {}, "mean": []})",
        R"({"folds": 2, "per_fold": {}, "mean": {}})",
        R"({"folds": 2, "per_fold": {"val_loss": 1}, "mean": {"val_loss": [1]}})",
        R"({"folds": 2, "per_fold": {"val_loss": [[1]]}, "mean": {"val_loss": [1]}})",
        R"({"folds": 1, "per_fold": {"val_loss": [[1, 2]]}, "mean": {"val_loss": [1]}})",
        R"({"folds": 1, "per_fold": {"val_loss": [[1]]}, "mean": {"val_loss": [1], "loss": [1]}})"}) {
    EXPECT_EQ(ExitCodeOf(StatusWith("crossval.json", text)), ExitCode::kBadData) << text;
  }
}

}  // namespace
}  // namespace lockstep
