// `lockstep scale`: real trainings of a second or two, and everything that it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "distributed/scaling/scaling_result.h"
#include "tests/testing/command.h"
#include "tests/testing/emulated_hosts.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

std::string Config(const std::string& folder) {
  WriteText(folder + "/small.textproto", kSmallConfig);
  return folder + "/small.textproto";
}

ScalingResult Result(const std::string& folder) {
  const auto result = ParseScalingJson(ReadText(folder + "/scaling.json"), "scaling.json");
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : ScalingResult();
}

void ExpectFits80Columns(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("wrote ")) continue;  // a path of any length
    EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST(ScaleCommand, MeasuresFitsAndWrites) {
  const std::string folder = FreshFolder();
  const LockstepResult run = RunLockstep("scale " + Config(folder) +
                                         " --ranks 2,1 --repeats 3 --seconds 0.05 --predict 4,8"
                                         " --out " + folder + "/out");
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  ExpectFits80Columns(run.out);
  EXPECT_THAT(run.out, HasSubstr("overlap: from the first gradients' readiness"));
  EXPECT_THAT(run.out, ContainsRegex("What would change with [0-9]+ ranks, [0-9.]+ times"));
  const ScalingResult result = Result(folder + "/out");
  ASSERT_EQ(result.measured.size(), 2u);
  EXPECT_EQ(result.measured[0].ranks, 1);
  EXPECT_EQ(result.measured[1].ranks, 2);
  EXPECT_EQ(result.measured[1].repeat_step_ms.size(), 3u);
  EXPECT_EQ(result.measured[1].batch, 64);
  EXPECT_GT(result.measured[1].parts.backward_ms, 0);
  EXPECT_GT(result.measured[1].overlap_bound_ms, 0);
  EXPECT_EQ(result.drawn.ranks, 2);
  EXPECT_GT(result.drawn.step, 1) << "a real step is drawn";
  ASSERT_EQ(result.drawn.buckets.size(), 1u);
  EXPECT_GT(result.drawn.buckets[0].bytes, 0);
  EXPECT_FALSE(result.conclusion.empty());
  ASSERT_EQ(result.predicted.size(), 4u);
  EXPECT_EQ(result.predicted[3].ranks, 8);
  EXPECT_THAT(ReadText(folder + "/out/scaling.html"), HasSubstr("</html>"));
  EXPECT_THAT(ReadText(folder + "/out/scaling.csv"), HasSubstr("\nmeasured,2,1,64,"));
  EXPECT_EQ(RunCommand("ls -d " + folder + "/out/runs/*/checkpoints").exit_code == 0, false)
      << "a run of a measurement keeps no checkpoint";
}

TEST(ScaleCommand, FitsAgainWithoutMeasuring) {
  const std::string folder = FreshFolder();
  const LockstepResult measured =
      RunLockstep("scale " + Config(folder) + " --ranks 1,2 --repeats 2 --seconds 0.02 --out " +
                  folder + "/out");
  ASSERT_EQ(measured.exit_code, 0) << measured.err;
  const LockstepResult again = RunLockstep("scale --from " + folder + "/out --ranks 1 --out " +
                                           folder + "/again");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const ScalingResult all = Result(folder + "/out"), one = Result(folder + "/again");
  ASSERT_EQ(one.measured.size(), 1u);
  EXPECT_EQ(one.measured[0].step_ms.value, all.measured[0].step_ms.value);
  EXPECT_EQ(one.launcher, "threads");
}

TEST(ScaleCommand, TheCommandOfTheResultIsWhatWasGiven) {
  const std::string folder = FreshFolder();
  const std::string command = "scale " + Config(folder) +
                              " --ranks 1,2 --repeats 1 --seconds 0.02 --predict 4,8 --out " +
                              folder + "/out --set 'training { epochs: 2 }'";
  ASSERT_EQ(RunLockstep(command).exit_code, 0);
  EXPECT_EQ(Result(folder + "/out").command, "lockstep " + command);
  const std::string again = "scale --from " + folder + "/out --predict 2";
  ASSERT_EQ(RunLockstep(again).exit_code, 0);
  EXPECT_EQ(Result(folder + "/out").command, "lockstep " + again);
}

TEST(ScaleCommand, RunsTellHowTheyWereLaunchedAndThatTheBatchGrew) {
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  const std::string folder = FreshFolder(), config = Config(folder);
  const std::string measure = "scale " + config + " --repeats 1 --seconds 0.02 --out " + folder;
  ASSERT_EQ(RunLockstep(measure + "/mpi --ranks 1,2 --weak --launcher mpirun").exit_code, 0);
  ASSERT_EQ(RunLockstep("scale --from " + folder + "/mpi --out " + folder + "/again").exit_code, 0);
  EXPECT_EQ(Result(folder + "/again").launcher, "mpirun");
  EXPECT_TRUE(Result(folder + "/again").weak);
  ASSERT_EQ(RunLockstep(measure + "/threads --ranks 1").exit_code, 0);
  RunCommand("cp -r " + folder + "/threads/runs/ranks-1-repeat-1 " + folder +
             "/mpi/runs/ranks-1-repeat-2");
  ExpectRefused(RunLockstep("scale --from " + folder + "/mpi"), 65,
                "expected runs of one launcher, found mpirun with 1 ranks and threads with 1");
}

TEST(ScaleCommand, MeasuresOverHosts) {
  EmulatedHosts hosts(2);
  if (!hosts.missing().empty()) GTEST_SKIP() << hosts.missing();
  ASSERT_EQ(hosts.failure(), "");
  const std::string folder = FreshFolder();
  const LockstepResult run = RunLockstep(
      "scale " + Config(folder) + " --hosts " + hosts.Name(1) + "," + hosts.Name(2) +
          " --ranks 1,2 --repeats 1 --seconds 0.02 --predict 4 --out " + folder + "/out",
      hosts.OnFirst());
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  const ScalingResult result = Result(folder + "/out");
  ASSERT_EQ(result.measured.size(), 2u);
  EXPECT_EQ(result.measured[0].hosts, 1);
  EXPECT_EQ(result.measured[1].hosts, 2);
  EXPECT_EQ(result.launcher, "mpirun");
  ASSERT_EQ(result.predicted.size(), 3u);
  EXPECT_EQ(result.predicted[2].hosts, 4);
}

TEST(ScaleCommand, AGrowingBatchKeepsWhatARankHas) {
  const std::string folder = FreshFolder();
  const LockstepResult run =
      RunLockstep("scale " + Config(folder) + " --weak --ranks 1,2 --repeats 1 --seconds 0.02 "
                  "--out " + folder + "/out");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const ScalingResult result = Result(folder + "/out");
  EXPECT_EQ(result.measured.at(1).batch, 128);
  EXPECT_FALSE(result.conclusive);
  EXPECT_THAT(result.conclusion, HasSubstr("one repeat allows no conclusion"));
}

TEST(ScaleCommand, AFailingRunIsNamedAndTheOthersAreKept) {
  const std::string folder = FreshFolder();
  // Two ranks with the batch grown to 256 have more samples than there are.
  const LockstepResult run = RunLockstep(
      "scale " + Config(folder) + " --weak --set 'training { batch_size: 200 }' --ranks 1,2 "
      "--repeats 1 --seconds 0.02 --out " + folder + "/out");
  EXPECT_EQ(run.exit_code, 64) << run.out;
  EXPECT_THAT(run.err, HasSubstr("a batch of 400 needs more than the 250 training samples"));
  const ScalingResult result = Result(folder + "/out");
  EXPECT_EQ(result.measured.size(), 1u);
  ASSERT_EQ(result.failed.size(), 1u);
  EXPECT_EQ(result.failed[0].ranks, 2);
}

TEST(ScaleCommand, RefusesWhatCannotWorkBeforeItMeasures) {
  const std::string folder = FreshFolder(), config = Config(folder);
  const struct {
    std::string arguments;
    int exit_code;
    std::string named;
  } kRefused[] = {
      {config, 64, "scale needs --ranks"},
      {"--ranks 1,2", 64, "scale needs a config file, or --from DIR"},
      {config + " --from x --ranks 1", 64, "and not both"},
      {folder + "/none.textproto --ranks 1", 66, "none.textproto"},
      {config + " --ranks 1,16", 64, "--ranks 16: a batch has 8 micro-batches"},
      {config + " --ranks 1 --predict 9", 64, "--predict 9: a batch has 8 micro-batches"},
      {config + " --ranks 2,3 --weak", 64, "--ranks 3: with --weak"},
      {config + " --ranks 0", 64, "--ranks"},
      {config + " --ranks 1,x", 64, "--ranks"},
      {config + " --ranks 1 --launcher ssh", 64, "--launcher"},
      {"--from " + folder + " --launcher mpirun", 64, "--launcher is for measuring"},
      {config + " --ranks 1 --hosts no.such.host.invalid:2", 64, "no.such.host.invalid"},
      {config + " --ranks 1 --hosts localhost:x", 64, "expected HOST:RANKS"},
      {config + " --ranks 4 --hosts localhost:2", 64, "--hosts has 2 slots"},
      {config + " --ranks 1 --repeats 0", 64, "--repeats"},
      {"--from " + folder + " --ranks 1", 66, "ranks-N-repeat-M"},
      {config + " --rank 1", 64, "did you mean --ranks?"},
  };
  for (const auto& refused : kRefused) {
    SCOPED_TRACE(refused.arguments);
    ExpectRefused(RunLockstep("scale " + refused.arguments), refused.exit_code, refused.named);
  }
}

}  // namespace
}  // namespace lockstep
