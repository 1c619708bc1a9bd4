// A training that is stopped and resumed ends as one that never stopped: the same bits, and records
// without a gap.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/testing/command.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

using nlohmann::json;

constexpr int kStepsPerEpoch = 10000;

// Epochs of more steps than pass in the second within which a stop is noticed, so that most stops
// fall inside an epoch.
constexpr const char* kLongConfig = R"(
name: "long"
seed: 7
data { synthetic { shape: 4 classes: 2 samples: 20000 } validation { first: 1 } }
model { layer { dropout { rate: 0.3 } } layer { dense { units: 2 activation: SOFTMAX } } }
loss: CATEGORICAL_CROSSENTROPY
metric: ACCURACY
optimizer { adam { learning_rate: 0.01 } }
training { batch_size: 2 epochs: 1000000 microbatches: 2 }
)";

class Resume : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = FreshFolder();
    WriteText(folder_ + "/long.textproto", kLongConfig);
  }

  std::string TrainInto(const std::string& run) const {
    return "train " + folder_ + "/long.textproto --quiet --run-dir " + folder_ + "/" + run + " ";
  }

  // Starts a training without end in folder "stopped" and sends it `signal` after its first steps.
  LockstepResult StartAndStop(const std::string& flags, const std::string& launcher,
                              const std::string& signal) {
    const std::string steps = folder_ + "/stopped/steps.jsonl";
    // The shell sends the signal to what it started: lockstep, or mpirun.
    const std::string before = "bash -c '\"$@\" & child=$!; until [ -s " + steps +
                               " ] || ! kill -0 $child 2>/dev/null; do sleep 0.02; done; kill -" +
                               signal + " $child; wait $child' bash env ";
    return RunLockstep(TrainInto("stopped") + flags, before + launcher);
  }

  // Resumes "stopped" up to `steps` and compares with a training that was never stopped.
  void ExpectGoesOnAsIfNeverStopped(int64_t steps, const std::string& flags,
                                    const std::string& launcher) {
    const std::string set = "--set 'training { steps: " + std::to_string(steps) + " }' ";
    const LockstepResult resumed =
        RunLockstep("train --quiet --resume " + folder_ + "/stopped " + set + flags, launcher);
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    const LockstepResult whole = RunLockstep(TrainInto("whole") + "--ranks 1 " + set);
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    EXPECT_EQ(Summary("stopped")["weights_hash"], Summary("whole")["weights_hash"]);
    EXPECT_EQ(Summary("stopped")["steps"], steps);
    EXPECT_EQ(Losses("stopped"), Losses("whole"));
    for (const char* name : {"loss", "accuracy", "val_loss", "val_accuracy"}) {
      EXPECT_EQ(History("stopped")[name], History("whole")[name]) << name;
    }
  }

  json Summary(const std::string& run) { return Parse(run + "/summary.json"); }
  json History(const std::string& run) { return Parse(run + "/history.json"); }
  json Parse(const std::string& file) {
    return json::parse(ReadText(folder_ + "/" + file), nullptr, false);
  }

  // Of every line of steps.jsonl, which must be that of step 1, 2, 3 ...
  std::vector<double> Losses(const std::string& run) {
    std::vector<double> losses;
    std::istringstream lines(ReadText(folder_ + "/" + run + "/steps.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const json step = json::parse(line, nullptr, false);
      EXPECT_EQ(step["step"], losses.size() + 1);
      losses.push_back(step["loss"]);
    }
    return losses;
  }

  // The step after which "stopped" ended, and one beyond the end of its epoch.
  int64_t StoppedAt() { return static_cast<int64_t>(Losses("stopped").size()); }
  int64_t BeyondItsEpoch() { return (StoppedAt() / kStepsPerEpoch + 1) * kStepsPerEpoch + 7; }

  std::string folder_;
};

TEST_F(Resume, AStoppedTrainingGoesOnAsIfItNeverStopped) {
  const LockstepResult stopped = StartAndStop("--ranks 2", "", "TERM");
  ExpectRefused(stopped, 85, "stopped on request after step " + std::to_string(StoppedAt()));
  EXPECT_NE(stopped.err.find("--resume " + folder_ + "/stopped"), std::string::npos);
  ExpectGoesOnAsIfNeverStopped(BeyondItsEpoch(), "--ranks 2", "");
}

TEST_F(Resume, AnotherNumberOfRanksGoesOnWithTheSameBits) {
  ASSERT_EQ(StartAndStop("--ranks 1", "", "INT").exit_code, 85);
  ExpectGoesOnAsIfNeverStopped(BeyondItsEpoch(), "--ranks 2", "");
}

TEST_F(Resume, MpirunHandsSigusr1OnAndThreadsGoOn) {
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  const LockstepResult stopped = StartAndStop("", MpirunCommand(2), "USR1");
  ExpectRefused(stopped, 85, "stopped on request");
  ExpectGoesOnAsIfNeverStopped(BeyondItsEpoch(), "--ranks 1", "");
}

TEST_F(Resume, MpiRanksGoOnFromThreadRanks) {
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  ASSERT_EQ(StartAndStop("--ranks 1", "", "TERM").exit_code, 85);
  ExpectGoesOnAsIfNeverStopped(StoppedAt() + 300, "", MpirunCommand(2));
}

// A kill leaves a checkpoint and steps of later than it; those are made again.
TEST_F(Resume, StepsAfterTheCheckpointAreTakenAgainAndRecordedOnce) {
  ASSERT_EQ(StartAndStop("--ranks 1", "", "TERM").exit_code, 85);
  const int64_t steps = StoppedAt();
  const std::string path = folder_ + "/stopped/steps.jsonl";
  WriteText(path, ReadText(path) + "{\"step\":" + std::to_string(steps + 1) + ",\"loss\":9}\n");
  ExpectGoesOnAsIfNeverStopped(steps + 100, "--ranks 1", "");
}

TEST_F(Resume, AFinishedTrainingCanBeGivenMoreEpochs) {
  WriteText(folder_ + "/small.textproto", kSmallConfig);
  const std::string train = "train " + folder_ + "/small.textproto --ranks 2 --run-dir " + folder_;
  const LockstepResult whole = RunLockstep(train + "/whole --set 'training { epochs: 5 }'");
  ASSERT_EQ(RunLockstep(train + "/short").exit_code, 0);
  const LockstepResult longer = RunLockstep("train --ranks 3 --resume " + folder_ +
                                            "/short --set 'training { epochs: 5 }'");
  EXPECT_EQ(WeightsHashOf(longer), WeightsHashOf(whole));
  EXPECT_EQ(History("short")["loss"], History("whole")["loss"]);
  EXPECT_EQ(History("short")["loss"].size(), 5u);
}

TEST_F(Resume, ARunWithNothingLeftToDoIsLeftAsItIs) {
  WriteText(folder_ + "/small.textproto", kSmallConfig);
  const std::string run = folder_ + "/run";
  for (const char* steps : {"0", "5"}) {  // 0: to the last epoch's end
    ASSERT_EQ(RunLockstep("train " + folder_ + "/small.textproto --ranks 2 --run-dir " + run +
                          " --set 'training { steps: " + steps + " }'").exit_code,
              0);
    const std::string files = "cd " + run + " && sha256sum $(find . -type f)";
    const std::string before = RunCommand(files).output;
    for (const char* set : {"", " --set 'training { steps: 3 }'"}) {
      const LockstepResult result = RunLockstep("train --ranks 2 --resume " + run + set);
      EXPECT_EQ(result.exit_code, 0) << result.err;
      EXPECT_EQ(CountLines(result.out), 1) << result.out;
      EXPECT_NE(result.out.find("nothing is left to train"), std::string::npos) << result.out;
      EXPECT_EQ(RunCommand(files).output, before);
    }
  }
}

TEST_F(Resume, ATrainingEndedByStepsInsideAnEpochGoesOnWithWholeRecords) {
  const std::string first = "--ranks 1 --set 'training { steps: 1234 }'";
  ASSERT_EQ(RunLockstep(TrainInto("stopped") + first).exit_code, 0);
  ExpectGoesOnAsIfNeverStopped(kStepsPerEpoch + 5, "--ranks 2", "");
}

TEST_F(Resume, ACheckpointOfAnotherNetworkOrOptimizerIsRefused) {
  ASSERT_EQ(RunLockstep(TrainInto("run") + "--set 'training { steps: 5 }'").exit_code, 0);
  const std::string resume = "train --resume " + folder_ + "/run --set ";
  const std::string layer = "'model { layer { dense { units: 2 activation: SOFTMAX } } }'";
  const std::string before = ReadText(folder_ + "/run/config.textproto");
  ExpectRefused(RunLockstep(resume + layer), 65, "dense_1/kernel");
  ExpectRefused(RunLockstep(resume + "'optimizer { rmsprop {} }'"), 65, "optimizer");
  EXPECT_EQ(ReadText(folder_ + "/run/config.textproto"), before);
  EXPECT_EQ(CountLines(ReadText(folder_ + "/run/steps.jsonl")), 5);
}

TEST_F(Resume, OtherBatchesOrSamplesThanTheCheckpointsAreRefused) {
  WriteText(folder_ + "/small.textproto", kSmallConfig);
  ASSERT_EQ(RunLockstep("train " + folder_ + "/small.textproto --quiet --run-dir " + folder_ +
                        "/run").exit_code,
            0);
  const std::string resume =
      "train --ranks 2 --resume " + folder_ + "/run --set 'training { epochs: 5 }' --set ";
  ExpectRefused(RunLockstep(resume + "'training { batch_size: 32 }'"), 78, "batch_size 64");
  ExpectRefused(RunLockstep(resume + "'data { validation { first: 10 } }'"), 78,
                "230 training samples, the config's data has 240");
}

}  // namespace
}  // namespace lockstep
