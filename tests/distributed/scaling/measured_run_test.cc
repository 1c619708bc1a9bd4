#include "distributed/scaling/measured_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/file.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

std::string Rank(const std::string& backward) {
  return R"({"host":0,"microbatches":2,"input_ms":1,"forward_ms":3,"backward_ms":)" + backward +
         R"(,"exposed_communication_ms":3,"optimizer_ms":1,"wait_ms":1,"transfer_ms":2})";
}

std::string Epoch(int steps, const std::string& median, const std::string& verdict) {
  return R"({"epoch":1,"verdict":")" + verdict + R"(","cause":"communication","steps":)" +
         std::to_string(steps) + R"(,"samples_per_step":64,"step_ms":14,"median_step_ms":)" +
         median + R"(,"overlap_bound_ms":5,"overlap_reached_ms":6,"barrier_ms":0.1,
         "hosts":[{"name":"a","ranks":2,"cores":1}],"ranks":[)" +
         Rank("5") + "," + Rank("7") + R"(],"buckets":[
         {"bytes":400,"ready_ms":0,"transfer_ms":1,"exposed_ms":0},
         {"bytes":100,"ready_ms":1.5,"transfer_ms":2,"exposed_ms":2}]})";
}

std::string Folder(const std::string& text,
                   const std::string& summary = R"({"communicator":"mpi"})") {
  const std::string folder = ::testing::TempDir() + "/" +
                             ::testing::UnitTest::GetInstance()->current_test_info()->name();
  EXPECT_TRUE(MakeFolders(folder).ok());
  EXPECT_TRUE(WriteFileAtomically(folder + "/timing.json", text).ok());
  EXPECT_TRUE(WriteFileAtomically(folder + "/summary.json", summary).ok());
  return folder;
}

TEST(MeasuredRun, PutsEpochsTogetherByTheirSteps) {
  const auto run = ReadMeasuredRun(Folder("{\"epochs\":[" + Epoch(10, "14", "short") + "," +
                                          Epoch(30, "10", "long") + "]}"));
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->steps, 40);
  EXPECT_DOUBLE_EQ(run->step_ms, 11);
  EXPECT_EQ(run->verdict, "long");
  EXPECT_EQ(run->ranks, 2);
  EXPECT_EQ(run->batch, 64);
  EXPECT_EQ(run->microbatches, 4);
  EXPECT_TRUE(run->crowded);
}

TEST(MeasuredRun, AnEpochOfOnlyAShortBatchDoesNotShrinkTheBatch) {
  std::string shorter = Epoch(1, "4", "short");
  shorter.replace(shorter.find("\"samples_per_step\":64"), 21, "\"samples_per_step\":9");
  const auto run = ReadMeasuredRun(Folder("{\"epochs\":[" + shorter + "," +
                                          Epoch(30, "10", "long") + "]}"));
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->batch, 64);
}

TEST(MeasuredRun, PartsAreMeansOverRanksThatSumToTheMedianStep) {
  const auto run = ReadMeasuredRun(Folder("{\"epochs\":[" + Epoch(10, "7", "v") + "]}"));
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_DOUBLE_EQ(run->parts.total_ms(), 7);
  EXPECT_DOUBLE_EQ(run->parts.backward_ms, 3);  // 6 of 14, at a median of 7
  EXPECT_DOUBLE_EQ(run->parts.wait_ms, 0.5);
}

TEST(MeasuredRun, BucketsAreReadyInSharesOfTheLastMicrobatch) {
  const auto run = ReadMeasuredRun(Folder("{\"epochs\":[" + Epoch(10, "14", "v") + "]}"));
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_EQ(run->buckets.size(), 2u);
  EXPECT_DOUBLE_EQ(run->buckets[0].ready, 0.5);  // 1.5 of the 3 ms before its end
  EXPECT_DOUBLE_EQ(run->buckets[1].ready, 1);
  EXPECT_DOUBLE_EQ(run->transfers_ms, 3);
  EXPECT_DOUBLE_EQ(run->drawn.buckets[1].ready_ms, 10);
  EXPECT_DOUBLE_EQ(run->drawn.buckets[1].end_ms, 12);
  EXPECT_EQ(run->drawn.phases.size(), 2u);
}

TEST(MeasuredRun, TellsProcessesFromThreads) {
  const std::string timing = "{\"epochs\":[" + Epoch(10, "14", "v") + "]}";
  const auto processes = ReadMeasuredRun(Folder(timing));
  ASSERT_TRUE(processes.ok()) << processes.status();
  EXPECT_TRUE(processes->processes);
  const auto threads = ReadMeasuredRun(Folder(timing, R"({"communicator":"threads"})"));
  ASSERT_TRUE(threads.ok()) << threads.status();
  EXPECT_FALSE(threads->processes);
  for (const char* summary : {"[", "{}", R"({"communicator":3})", R"({"communicator":"pigeons"})"}) {
    EXPECT_THAT(std::string(ReadMeasuredRun(Folder(timing, summary)).status().message()),
                HasSubstr("summary.json: expected \"communicator\": \"threads\" or \"mpi\""))
        << summary;
  }
}

TEST(MeasuredRun, NamesAFileThatIsNone) {
  const auto error = [](const std::string& text) {
    return std::string(ReadMeasuredRun(Folder(text)).status().message());
  };
  EXPECT_THAT(error("["), HasSubstr("timing.json: expected epochs"));
  EXPECT_THAT(error("{\"epochs\":[{}]}"), HasSubstr("timing.json: expected epochs"));
  EXPECT_THAT(error("{\"epochs\":[]}"), HasSubstr("has no timed step"));
  EXPECT_EQ(ExitCodeOf(ReadMeasuredRun("/nonexistent").status()), ExitCode::kMissingInput);
}

}  // namespace
}  // namespace lockstep
