#include "distributed/train/run_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/config/load_config.h"
#include "tests/distributed/train/small_run.h"

namespace lockstep {
namespace {

using nlohmann::json;

class RunLogTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
  }

  // A log of epochs of 4 steps that has started; nullptr if it was refused.
  std::unique_ptr<RunLog> Open(int64_t resume_step = -1) {
    auto log = RunLog::Open({.folder = folder_,
                             .train_samples = 64,
                             .quiet = true,
                             .resume = resume_step >= 0,
                             .resume_step = std::max<int64_t>(resume_step, 0)},
                            SmallConfig());
    status_ = log.ok() ? (*log)->Start() : log.status();
    return status_.ok() ? *std::move(log) : nullptr;
  }

  static StepSummary Step(int64_t step, double loss_sum = 8) {
    StepSummary summary;
    summary.step = step;
    summary.epoch = (step - 1) / 4 + 1;
    summary.samples = 16;
    summary.learning_rate = 0.25f;
    summary.sums.loss = loss_sum;
    summary.rank_0.phase_ns[kForward] = 1'234'567;
    summary.slowest.phase_ns[kForward] = 2'000'400;
    return summary;
  }

  static EpochSummary Epoch(int64_t epoch, double loss_sum) {
    EpochSummary summary;
    summary.epoch = epoch;
    summary.samples = 64;
    summary.sums.loss = loss_sum;
    summary.sums.correct = 16;
    summary.validation_samples = 5;
    summary.validation.loss = 10;
    summary.learning_rate = 0.25f;
    return summary;
  }

  static EpochTiming Timing(int64_t epoch) {
    EpochTiming timing;
    timing.epoch = epoch;
    return timing;
  }

  // The steps of an epoch and the epoch.
  static void Write(RunLog* log, int64_t epoch) {
    std::vector<StepSummary> steps;
    for (int64_t k = 1; k <= 4; ++k) steps.push_back(Step(4 * (epoch - 1) + k));
    EXPECT_TRUE(log->Steps(steps).ok());
    EXPECT_TRUE(log->Epoch(Epoch(epoch, 64.0 * static_cast<double>(epoch)), Timing(epoch)).ok());
  }

  std::string Text(const std::string& file) const {
    std::ostringstream text;
    text << std::ifstream(folder_ + "/" + file).rdbuf();
    return text.str();
  }
  json Parsed(const std::string& file) const { return json::parse(Text(file), nullptr, false); }
  std::vector<json> Lines() const {
    std::vector<json> lines;
    std::istringstream text(Text("steps.jsonl"));
    for (std::string line; std::getline(text, line);) {
      lines.push_back(json::parse(line, nullptr, false));
    }
    return lines;
  }

  std::string folder_;
  Status status_;
};

TEST_F(RunLogTest, AStepIsAnObjectOfALine) {
  const auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  ASSERT_TRUE(log->Steps({Step(1), Step(2, 4)}).ok());
  const std::vector<json> lines = Lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["step"], 1);
  EXPECT_EQ(lines[0]["epoch"], 1);
  EXPECT_EQ(lines[0]["samples"], 16);
  EXPECT_EQ(lines[0]["loss"], 0.5);  // the batch's mean
  EXPECT_EQ(lines[0]["learning_rate"], 0.25);
  EXPECT_EQ(lines[0]["forward_ms"], 1.235);  // rounded to microseconds
  EXPECT_EQ(lines[0]["max_forward_ms"], 2);
  for (const char* phase : {"input", "backward", "exposed_communication", "optimizer"}) {
    EXPECT_EQ(lines[0][std::string(phase) + "_ms"], 0) << phase;
  }
  EXPECT_EQ(lines[1]["loss"], 0.25);
}

TEST_F(RunLogTest, ALossReadsBackAsTheSameDouble) {
  const auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  const double sum = 16 * 0.1234567890123456789;
  ASSERT_TRUE(log->Steps({Step(1, sum), Step(2, std::numeric_limits<double>::infinity())}).ok());
  EXPECT_EQ(Lines()[0]["loss"].get<double>(), sum / 16);
  EXPECT_TRUE(Lines()[1]["loss"].is_null());  // JSON has no infinity
}

TEST_F(RunLogTest, HistoryHasOneValuePerEpochUnderKerasNames) {
  auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  Write(log.get(), 1);
  Write(log.get(), 2);
  ASSERT_TRUE(log->Finish({}).ok());
  const json history = Parsed("history.json");
  EXPECT_EQ(history["loss"], json({1.0, 2.0}));
  EXPECT_EQ(history["accuracy"], json({0.25, 0.25}));
  EXPECT_EQ(history["val_loss"], json({2.0, 2.0}));
  EXPECT_EQ(history["learning_rate"], json({0.25, 0.25}));
  EXPECT_EQ(history["seconds"].size(), 2u);
}

TEST_F(RunLogTest, SummaryTellsWhatTheRunWas) {
  auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  Write(log.get(), 1);
  ASSERT_TRUE(log->Finish({.parameters = 73,
                           .ranks = 3,
                           .communicator = "threads",
                           .microbatches = 8,
                           .device = "cpu",
                           .seconds = 2,
                           .samples_per_second = 32,
                           .steps = 4,
                           .weights_hash = 0xabc})
                  .ok());
  const json summary = Parsed("summary.json");
  EXPECT_EQ(summary["name"], "small");
  EXPECT_EQ(summary["parameters"], 73);
  EXPECT_EQ(summary["ranks"], 3);
  EXPECT_EQ(summary["microbatches"], 8);
  EXPECT_EQ(summary["epochs"], 1);
  EXPECT_EQ(summary["steps"], 4);
  EXPECT_EQ(summary["weights_hash"], "0000000000000abc");
  EXPECT_EQ(summary["final"]["val_loss"], 2.0);
  EXPECT_TRUE(summary["versions"]["lockstep"].is_string());
}

TEST_F(RunLogTest, TheConfigIsKeptAsItWasResolved) {
  ASSERT_NE(Open(), nullptr) << status_;
  EXPECT_EQ(Text("config.textproto"), ConfigText(SmallConfig()));
}

TEST_F(RunLogTest, AResumedLogCutsWhatCameAfterTheCheckpoint) {
  auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  for (int64_t epoch : {1, 2, 3}) Write(log.get(), epoch);
  ASSERT_TRUE(log->Finish({}).ok());
  log.reset();
  log = Open(6);  // inside epoch 2
  ASSERT_NE(log, nullptr) << status_;
  EXPECT_EQ(Lines().size(), 6u);
  ASSERT_TRUE(log->Steps({Step(7), Step(8)}).ok());
  ASSERT_TRUE(log->Epoch(Epoch(2, 640), Timing(2)).ok());
  ASSERT_TRUE(log->Finish({}).ok());
  EXPECT_EQ(Lines().size(), 8u);
  EXPECT_EQ(Lines().back()["step"], 8);
  EXPECT_EQ(Parsed("history.json")["loss"], json({1.0, 10.0}));
}

TEST_F(RunLogTest, ASyncWritesTheEpochsSoFar) {
  auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  Write(log.get(), 1);
  Write(log.get(), 2);  // within the second in which history.json is not written again
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_EQ(Parsed("history.json")["loss"], json({1.0, 2.0}));
}

// Whatever became of history.json: NaN stands for what is not known, which JSON has as null.
TEST_F(RunLogTest, AResumedEpochKeepsItsPlaceInTheHistory) {
  struct {
    const char* history;
    json loss, accuracy;
  } const rows[] = {
      {R"({"loss": [null, 2.0], "accuracy": [0.5]})", {nullptr, 2.0, 3.0}, {0.5, nullptr, 0.25}},
      {R"({"loss": [1.0, 2.0, 7.0]})", {1.0, 2.0, 3.0}, {nullptr, nullptr, 0.25}},
      {nullptr, {nullptr, nullptr, 3.0}, {nullptr, nullptr, 0.25}}};
  for (const auto& row : rows) {
    auto log = Open();
    ASSERT_NE(log, nullptr) << status_;
    for (int64_t epoch : {1, 2}) Write(log.get(), epoch);
    log.reset();
    std::filesystem::remove(folder_ + "/history.json");
    if (row.history != nullptr) std::ofstream(folder_ + "/history.json") << row.history;
    log = Open(8);
    ASSERT_NE(log, nullptr) << status_;
    Write(log.get(), 3);
    ASSERT_TRUE(log->Finish({}).ok());
    EXPECT_EQ(Parsed("history.json")["loss"], row.loss);
    EXPECT_EQ(Parsed("history.json")["accuracy"], row.accuracy);
    EXPECT_EQ(Parsed("summary.json")["epochs"], 3);
  }
}

TEST_F(RunLogTest, FewerStepsThanTheCheckpointHasAreRefused) {
  auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  Write(log.get(), 1);
  log.reset();
  EXPECT_EQ(Open(5), nullptr);
  EXPECT_EQ(ExitCodeOf(status_), ExitCode::kBadData) << status_;
}

TEST_F(RunLogTest, AnEarlierRunIsSetAsideUnlessItIsResumed) {
  auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  Write(log.get(), 1);
  ASSERT_TRUE(log->Finish({}).ok());
  log.reset();
  const std::string history = Text("history.json");
  log = Open(4);
  ASSERT_NE(log, nullptr) << status_;
  EXPECT_EQ(Text("history.json"), history);
  log.reset();
  log = Open();
  ASSERT_NE(log, nullptr) << status_;
  EXPECT_EQ(Text("previous-1/history.json"), history);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/history.json"));
}

TEST_F(RunLogTest, AFolderInUseIsRefused) {
  const auto log = Open();
  ASSERT_NE(log, nullptr) << status_;
  EXPECT_EQ(Open(), nullptr);
  EXPECT_EQ(ExitCodeOf(status_), ExitCode::kCannotWrite) << status_;
}

// A training may be refused between the two.
TEST_F(RunLogTest, OpenWritesNothing) {
  const auto log = RunLog::Open({.folder = folder_}, SmallConfig());
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(RunLogTest, AFolderMadeForATrainingThatDidNotStartIsRemoved) {
  const std::string run = folder_ + "/runs/small";
  std::filesystem::create_directories(folder_);
  ASSERT_TRUE(RunLog::Open({.folder = run}, SmallConfig()).ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  std::filesystem::create_directories(run);  // not by a log
  ASSERT_TRUE(RunLog::Open({.folder = run}, SmallConfig()).ok());
  EXPECT_TRUE(std::filesystem::exists(run));
}

TEST(NamedMetrics, AreMeansUnderTheConfigsNames) {
  const Config config = SmallConfig("metric: TOP_5_ACCURACY metric: MEAN_ABSOLUTE_ERROR");
  LossSums sums;
  sums.loss = 1;
  sums.correct = 2;
  sums.top_5_correct = 3;
  sums.absolute_error = 6;
  const std::vector<std::pair<std::string, double>> expected = {{"val_loss", 0.25},
                                                                {"val_accuracy", 0.5},
                                                                {"val_top_5_accuracy", 0.75},
                                                                {"val_mean_absolute_error", 1.5}};
  EXPECT_EQ(NamedMetrics(config, sums, 4, "val_"), expected);
}

}  // namespace
}  // namespace lockstep
