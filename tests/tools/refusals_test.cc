// What cannot work is refused in one line on stderr, with the promised exit code and nothing on
// stdout: flags, folders, checkpoints, devices, disks. Configs are in broken_configs_test.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/testing/command.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

struct Refusal {
  const char* arguments;  // @ stands for the test's folder
  int exit_code;
  const char* named;
};

// In the folder: small.textproto; run, a finished run; empty; damaged, whose checkpoints are;
// other, a run whose config was changed; full, a link to /dev/full.
constexpr Refusal kRefusals[] = {
    {"", 64, "--help"},
    {"trian @/small.textproto", 64, "\"trian\"; expected one of train, "},
    {"train", 64, "config file"},
    {"train @/small.textproto --resume @/run", 64, "not both"},
    {"train @/absent.textproto", 66, "absent.textproto: no such file"},
    {"train @/empty", 74, "folder"},
    {"train @/small.textproto --rank 2", 64, "no flag --rank; did you mean --ranks?"},
    {"train @/small.textproto --rnaks=2", 64, "no flag --rnaks; did you mean --ranks?"},
    {"train @/small.textproto @/small.textproto", 64, "small.textproto"},
    {"--quite train @/small.textproto", 64, "--quite"},
    {"train @/small.textproto --ranks", 64, "--ranks"},
    {"train @/small.textproto --ranks two", 64, "two"},
    {"train @/small.textproto --ranks 0", 64, "--ranks"},
    {"train @/small.textproto --ranks 9", 64, "9 ranks, but a batch has 8 micro-batches"},
    {"train @/small.textproto --device cuda", 76, "--device cuda: "},
    {"train @/small.textproto --device tpu", 64, "tpu"},
    {"train @/small.textproto --set 'sead: 1'", 64, "did you mean \"seed\"?"},
    {"train @/small.textproto --run-dir @/small.textproto/below", 73, "below: Not a directory"},
    {"train @/small.textproto --run-dir @/small.textproto", 73, "small.textproto"},
    {"train @/small.textproto --run-dir /proc/run", 73, "/proc/run"},
    {"train @/small.textproto --set 'training { initial_weights: \"@/no.npz\" }'", 66, "no.npz"},
    {"train --resume @/empty", 66, "@/empty"},
    {"train --resume @/run --run-dir @/b", 64, "--run-dir"},
    {"train --resume @/damaged", 65, "damaged"},
    {"evaluate", 64, "RUN_DIR"},
    {"evaluate @/absent", 66, "@/absent: found no config.textproto; expected the folder of a run"},
    {"evaluate @/empty", 66, "@/empty"},
    {"evaluate @/small.textproto", 74, "small.textproto"},
    {"evaluate @/damaged", 65, "damaged"},
    {"evaluate @/other", 65, "dense"},
    {"evaluate @/run --data @/absent.textproto", 66, "absent.textproto"},
    {"predict @/absent", 66, "@/absent"},
    {"predict @/absent --image a.jpg", 66, "expected the folder of a run"},
    {"predict @/empty", 66, "@/empty"},
    {"predict @/damaged", 65, "damaged"},
    {"predict @/run --count 0", 64, "--count"},
    {"predict @/run --out @/absent/out.csv", 73, "out.csv"},
    {"predict @/run --out @/full", 74, "No space left"},
    {"export @/empty --out @/w.npz", 66, "@/empty: found no config.textproto"},
    {"export @/damaged --out @/w.npz", 65, "damaged"},
    {"export @/run", 64, "--out"},
    {"export @/run --format pdf --out @/w.npz", 64, "pdf"},
    {"export @/run --out @/full", 74, "No space left"},
    {"report", 64, "RUN_DIR"},
    {"report @/absent", 66, "@/absent"},
    {"report @/empty", 66, "@/empty"},
    {"report @/run --out @/absent/report.html", 73, "report.html"},
    {"summary", 64, "CONFIG"},
    {"summary @/small.textproto --ranks 9", 64, "9 ranks"},
    {"crossval @/small.textproto --folds 1", 64, "--folds"},
    {"crossval @/small.textproto --folds 1000 --run-dir @/cv", 64, "folds"},
    {"data", 64, "data: expected one of "},
    {"data shwo", 64, "show"},
    {"data fetch nosuch", 64, "nosuch"},
};

std::string InFolder(std::string text, const std::string& folder) {
  for (size_t at; (at = text.find('@')) != std::string::npos;) text.replace(at, 1, folder);
  return text;
}

// A folder with what kRefusals needs.
std::string PreparedFolder() {
  const std::string folder = FreshFolder();
  WriteText(folder + "/small.textproto", kSmallConfig);
  const LockstepResult run = RunLockstep("train " + folder + "/small.textproto --quiet --run-dir " +
                                         folder + "/run");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const CommandResult prepared = RunCommand(
      "cd " + folder + " && mkdir empty && cp -r run damaged && cp -r run other && " +
      "for f in damaged/checkpoints/*; do " +
      "printf XXXX | dd of=$f bs=1 seek=200 conv=notrunc; done && " +
      "sed -i 's/units: 16/units: 17/' other/config.textproto && ln -s /dev/full full");
  EXPECT_EQ(prepared.exit_code, 0) << prepared.output;
  return folder;
}

TEST(Refusals, AreOneLineWithThePromisedExitCode) {
  const std::string folder = PreparedFolder();
  for (const Refusal& refusal : kRefusals) {
    SCOPED_TRACE(refusal.arguments);
    ExpectRefused(RunLockstep(InFolder(refusal.arguments, folder)), refusal.exit_code,
                  InFolder(refusal.named, folder));
  }
}

TEST(Refusals, ARefusedRunFolderIsLeftAsItWas) {
  const std::string folder = PreparedFolder();
  const std::string files = "cd " + folder + "/run && sha256sum $(find . -type f)";
  const std::string before = RunCommand(files).output;
  ExpectRefused(RunLockstep("train --resume " + folder + "/run --quiet --set 'model { layer { name: " +
                            "\"more\" dense { units: 3 activation: SOFTMAX } } }'"),
                65, "more/kernel");
  EXPECT_EQ(RunCommand(files).output, before);
}

TEST(Refusals, ATrainingThatDoesNotStartLeavesNoFolder) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/small.textproto", kSmallConfig);
  ExpectRefused(RunLockstep("train small.textproto --set 'training { initial_weights: \"no.npz\" }'",
                            "cd " + folder + " && "),
                66, "no.npz");
  EXPECT_EQ(RunCommand("ls " + folder).output, "small.textproto\n");
}

TEST(Refusals, AFolderInWhichATrainingRunsIsRefused) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/small.textproto", kSmallConfig);
  const std::string train = "train " + folder + "/small.textproto --ranks 1 --run-dir " + folder + "/run ";
  const std::string first = RunfilePath("tools/lockstep") + " " + train + "--quiet " +
                            "--set 'training { epochs: 1000000 }' & child=$!; " +
                            "until [ -s " + folder + "/run/steps.jsonl ]; do sleep 0.02; done; ";
  const std::string second = "bash -c '\"$@\"; code=$?; kill $child; wait $child; exit $code' bash ";
  ExpectRefused(RunLockstep(train, "true; " + first + "export child; " + second), 73,
                "another training is writing there");
}

TEST(Refusals, ALossThatIsNotFiniteEndsTheTrainingAndNamesTheStep) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/small.textproto", kSmallConfig);
  for (const char* ranks : {"1", "3"}) {
    const LockstepResult result = RunLockstep(
        "train " + folder + "/small.textproto --quiet --run-dir " + folder + "/run --ranks " + ranks +
        " --set 'optimizer { sgd { learning_rate: 1e30 } }'");
    ExpectRefused(result, 79, "became NaN at step 2 (epoch 1, rank 0, micro-batch 0)");
    EXPECT_NE(result.err.find("learning rate"), std::string::npos);
  }
}

// `before` a command: this much memory for it.
std::string WithMemory(int megabytes) {
  return "bash -c 'ulimit -v " + std::to_string(megabytes) + "000; exec \"$@\"' bash ";
}

// A config of this much data and this large a network.
std::string ConfigOfSize(const std::string& features, const std::string& units) {
  return "data { synthetic { shape: " + features + " classes: 3 samples: 250 } } model { layer { " +
         "dense { units: " + units + " } } layer { dense { units: 3 activation: SOFTMAX } } } " +
         "loss: CATEGORICAL_CROSSENTROPY training { batch_size: 8 microbatches: 2 }";
}

TEST(Refusals, TooLittleMemoryIsSaidSo) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/data.textproto", ConfigOfSize("1000000", "3"));
  WriteText(folder + "/net.textproto", ConfigOfSize("20", "16000000"));
  ExpectRefused(RunLockstep("train " + folder + "/data.textproto", WithMemory(250)), 71,
                "out of memory: more wanted beside ");
  ExpectRefused(RunLockstep("train " + folder + "/net.textproto --ranks 2", WithMemory(250)), 71,
                " bytes wanted beside ");
}

TEST(Refusals, NamesWithLineBreaksMakeNoSecondLine) {
  const LockstepResult result = RunLockstep("train 'no\nsuch.textproto'");
  ExpectRefused(result, 66, "no?such.textproto: no such file");
  EXPECT_EQ(CountLines(result.err), 1) << result.err;
}

TEST(Refusals, OutputThatIsLostIsAnError) {
  for (const char* arguments : {"--help", "data list"}) {
    ExpectRefused(RunLockstep(arguments, "bash -c '\"$@\" >/dev/full' bash "), 74, "standard output");
  }
}

// As under the mpirun of another MPI, which would run as many trainings of one rank.
TEST(Refusals, RanksThatMpiDoesNotJoinAreNamed) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/small.textproto", kSmallConfig);
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: Open MPI is not installed";
  ExpectRefused(RunLockstep("train " + folder + "/small.textproto --run-dir " + folder + "/run",
                            "PMI_RANK=0 PMI_SIZE=2 "),
                76, "2 ranks");
}

// A file system of 64 KiB, which the steps fill.
TEST(Refusals, AFullDiskIsNamedWithTheFile) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/small.textproto", kSmallConfig);
  const std::string mount = "unshare -m sh -c 'mkdir -p " + folder + "/disk && mount -t tmpfs -o " +
                            "size=64k none " + folder + "/disk && exec \"$@\"' sh ";
  if (geteuid() != 0 || RunCommand(mount + "true").exit_code != 0) {
    GTEST_SKIP() << "NOT TESTED: a small file system needs root";
  }
  ExpectRefused(RunLockstep("train " + folder + "/small.textproto --quiet --run-dir " + folder +
                                "/disk/run --set 'training { epochs: 1000 }'",
                            mount),
                74, "steps.jsonl: No space left on device");
}

class MpirunRefusals : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
    folder_ = FreshFolder();
    WriteText(folder_ + "/small.textproto", kSmallConfig);
    train_ = "train " + folder_ + "/small.textproto --run-dir " + folder_ + "/run ";
  }

  // mpirun of one rank with `more` flags beside three without.
  LockstepResult WithOddRank(const std::string& more) {
    return RunLockstep(train_ + more, MpirunCommand(3) + RunfilePath("tools/lockstep") + " " +
                                          train_ + " : -n 1 ");
  }

  std::string folder_, train_;
};

TEST_F(MpirunRefusals, RanksAreCountedByMpirunAlone) {
  ExpectRefused(RunLockstep(train_ + "--ranks 2", MpirunCommand(2)), 64, "under mpirun");
}

TEST_F(MpirunRefusals, MoreRanksThanMicrobatchesAreRefusedOnce) {
  ExpectRefused(RunLockstep(train_, MpirunCommand(9)), 64, "9 ranks, but a batch has 8");
}

TEST_F(MpirunRefusals, TheRankWithAnotherConfigIsNamed) {
  ExpectRefused(WithOddRank("--set 'seed: 8'"), 78, "rank 3 has 'seed: 8' where rank 0 has 'seed: 7'");
}

TEST_F(MpirunRefusals, TheRankWithABrokenConfigIsNamed) {
  ExpectRefused(WithOddRank("--set 'sead: 8'"), 64, "rank 3: ");
}

TEST_F(MpirunRefusals, TheRankWithOtherDataIsNamed) {
  const auto table = [&](const std::string& name, const std::string& last) {
    std::string text = "a,b,y\n";
    for (int i = 0; i < 20; ++i) text += std::to_string(i) + ",1," + std::to_string(i % 2) + "\n";
    RunCommand("mkdir -p " + folder_ + "/" + name);
    WriteText(folder_ + "/" + name + "/t.csv", text + last);
  };
  table("a", "1,2,0\n");
  table("b", "1,2,1\n");
  WriteText(folder_ + "/csv.textproto",
            "data { csv { path: \"/tmp/lockstep-table/t.csv\" target: \"y\" } } model { layer { dense "
            "{ units: 1 } } } loss: MEAN_SQUARED_ERROR training { batch_size: 4 microbatches: 2 }");
  // Each rank sees its own file under the same path, as hosts with local disks do.
  const auto see = [&](const std::string& name) {
    return "unshare -m sh -c 'mkdir -p /tmp/lockstep-table && mount --bind " + folder_ + "/" + name +
           " /tmp/lockstep-table && exec \"$@\"' sh ";
  };
  if (geteuid() != 0 || RunCommand(see("a") + "true").exit_code != 0) {
    GTEST_SKIP() << "NOT TESTED: two views of one path need root";
  }
  const std::string train = "train " + folder_ + "/csv.textproto --run-dir " + folder_ + "/run";
  const LockstepResult result =
      RunLockstep(train, MpirunCommand(1) + see("a") + RunfilePath("tools/lockstep") + " " + train +
                             " : -n 1 " + see("b"));
  ExpectRefused(result, 78, "same training data: rank 1");
  RunCommand("rmdir /tmp/lockstep-table");
}

TEST_F(MpirunRefusals, ALossThatIsNotFiniteIsReportedOnce) {
  const LockstepResult result =
      RunLockstep(train_ + "--quiet --set 'optimizer { sgd { learning_rate: 1e30 } }'", MpirunCommand(2));
  ExpectRefused(result, 79, "at step 2");
}

TEST_F(MpirunRefusals, AnUnwritableRunFolderEndsAllRanks) {
  ExpectRefused(RunLockstep("train " + folder_ + "/small.textproto --run-dir /proc/run",
                            MpirunCommand(2)),
                73, "/proc/run");
}

TEST_F(MpirunRefusals, ARankWithoutMemoryEndsTheOthers) {
  WriteText(folder_ + "/net.textproto", ConfigOfSize("20", "16000000"));
  const std::string train = "train " + folder_ + "/net.textproto --run-dir " + folder_ + "/run";
  const LockstepResult result = RunLockstep(train, MpirunCommand(2) + WithMemory(500));
  EXPECT_EQ(result.exit_code, 71) << result.err;
  EXPECT_NE(result.err.find("lockstep: out of memory: "), std::string::npos) << result.err;
}

TEST_F(MpirunRefusals, SummaryAndHelpArePrintedOnce) {
  const std::string summary = "summary " + folder_ + "/small.textproto";
  EXPECT_EQ(RunLockstep(summary, MpirunCommand(2)).out, RunLockstep(summary + " --ranks 2").out);
  for (const char* help : {"--help", "train --help", "--version"}) {
    EXPECT_EQ(RunLockstep(help, MpirunCommand(2)).out, RunLockstep(help).out);
  }
}

TEST_F(MpirunRefusals, ARunIsEvaluatedByRankZeroAlone) {
  ASSERT_EQ(RunLockstep(train_ + "--quiet").exit_code, 0);
  const std::string evaluate = "evaluate " + folder_ + "/run";
  const LockstepResult result = RunLockstep(evaluate, MpirunCommand(2));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, RunLockstep(evaluate).out);
}

}  // namespace
}  // namespace lockstep
