#include "distributed/train/timing_file.h"

#include <gtest/gtest.h>

#include "core/base/file.h"

namespace lockstep {
namespace {

EpochTiming Timing(int64_t epoch) {
  EpochTiming timing;
  timing.epoch = epoch;
  timing.steps = 7;
  timing.step_ms = 1.25;
  timing.hosts = {{"host1", 2, 4}};
  timing.ranks.resize(2);
  timing.ranks[1].phase_ms = {0.5, 1, 2, 0.25, 0.125};
  timing.buckets = {{4096, 0, 0.5, 0.25}};
  return timing;
}

nlohmann::json Parsed(const std::string& path) {
  const auto text = ReadFile(path);
  EXPECT_TRUE(text.ok()) << text.status();
  return nlohmann::json::parse(*text, nullptr, false);
}

TEST(TimingFile, HoldsVerdictRanksAndBucketsOfEachEpoch) {
  const std::string path = testing::TempDir() + "/timing.json";
  TimingFile file;
  file.Add(Timing(1), {.cause = Cause::kLateRank, .share = 0.25, .rank = 1, .sentence = "words"});
  ASSERT_TRUE(file.Write(path).ok());
  const auto epoch = Parsed(path)["epochs"][0];
  EXPECT_EQ(epoch["verdict"], "words");
  EXPECT_EQ(epoch["cause"], "late_rank");
  EXPECT_EQ(epoch["blamed_rank"], 1);
  EXPECT_EQ(epoch["ranks"][1]["backward_ms"], 2);
  EXPECT_EQ(epoch["ranks"][1]["exposed_communication_ms"], 0.25);
  EXPECT_EQ(epoch["buckets"][0]["bytes"], 4096);
  EXPECT_EQ(epoch["hosts"][0]["cores"], 4);
}

TEST(TimingFile, AResumedRunKeepsTheEpochsBefore) {
  const std::string path = testing::TempDir() + "/resumed.json";
  TimingFile first;
  for (const int64_t epoch : {1, 2, 3}) first.Add(Timing(epoch), {});
  ASSERT_TRUE(first.Write(path).ok());
  TimingFile second;
  ASSERT_TRUE(second.KeepUntil(path, 2).ok());
  second.Add(Timing(3), {.sentence = "again"});
  ASSERT_TRUE(second.Write(path).ok());
  const auto epochs = Parsed(path)["epochs"];
  ASSERT_EQ(epochs.size(), 3u);
  EXPECT_EQ(epochs[1]["epoch"], 2);
  EXPECT_EQ(epochs[2]["verdict"], "again");
}

TEST(TimingFile, AFileThatIsNoneIsNamed) {
  const std::string path = testing::TempDir() + "/broken.json";
  for (const char* text : {"", "[]", "{\"epochs\": 3}", "{"}) {
    ASSERT_TRUE(WriteFileAtomically(path, text).ok());
    TimingFile file;
    const Status status = file.KeepUntil(path, 2);
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData) << text;
    EXPECT_NE(status.message().find("broken.json"), absl::string_view::npos);
  }
  TimingFile none;
  EXPECT_TRUE(none.KeepUntil(testing::TempDir() + "/absent.json", 2).ok());
}

}  // namespace
}  // namespace lockstep
