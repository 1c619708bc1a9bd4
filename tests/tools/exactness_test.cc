// The promise of lockstep, for every example: the same bits for any number of ranks, threads or
// processes, on one host or two, and again on a second run. Real data where $LOCKSTEP_DATA has it,
// else small sets of the same form.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/testing/command.h"
#include "tests/testing/emulated_hosts.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

// An example and what is merged over it so that the last batch of an epoch is uneven; for the small
// data sets with fewer validation samples. Boston's batch is one sample: all ranks but one are
// idle.
struct Example {
  const char* name;
  const char* config;
  const char* file;  // a file of its data set
  const char* real;
  const char* small;
  std::vector<int> mpi_ranks = {1, 2, 3, 4, 5, 8};
  std::vector<int> ranks_per_host = {1, 2, 4};
};

const Example kExamples[] = {
    {"boston", "boston", "boston_housing.npz", "", ""},
    {"boston_uneven", "boston", "boston_housing.npz", "training { batch_size: 13 }",
     "training { batch_size: 13 }"},
    // Each process unpacks 60000 pictures: fewer of them.
    {"fashion_mnist", "fashion_mnist", nullptr, "data { take: 3300 }", nullptr, {3, 8}, {2}},
    {"imdb", "imdb", "imdb.npz", "data { take: 13000 }",
     "data { validation { first: 10 } } training { batch_size: 13 epochs: 40 }"},
    {"mnist", "mnist", "mnist.npz", "data { take: 3333 }", "training { batch_size: 11 epochs: 40 }"},
    {"reuters", "reuters", "reuters.npz", "",
     "data { validation { first: 5 } } training { batch_size: 9 epochs: 40 }"},
};

bool Exists(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

class Exactness : public testing::TestWithParam<Example> {
 protected:
  void SetUp() override {
    const Example& example = GetParam();
    const char* folder = std::getenv("LOCKSTEP_DATA");
    if (example.file == nullptr) {
      if (!Exists("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")) {
        GTEST_SKIP() << "NOT TESTED: dataset-fashion-mnist is not installed";
      }
      set_ = example.real;
    } else if (folder != nullptr && Exists(std::string(folder) + "/" + example.file)) {
      data_ = folder;
      set_ = example.real;
    } else {
      data_ = RunfilePath("tests/core/data/testdata");
      set_ = example.small;
    }
    folder_ = FreshFolder();
  }

  std::string HashOf(const std::string& flags, const std::string& launcher = "") {
    const std::string run = folder_ + "/run" + std::to_string(runs_++);
    const LockstepResult result = RunLockstep(
        "train " + RunfilePath("examples/") + GetParam().config + ".textproto --run-dir " + run +
            " --set 'training { steps: 40 } " + set_ + "' " + flags,
        (data_.empty() ? "" : "LOCKSTEP_DATA=" + data_ + " ") + launcher);
    EXPECT_EQ(CountLines(ReadText(run + "/steps.jsonl")), 40);
    return WeightsHashOf(result);
  }

  std::string data_, set_, folder_;
  int runs_ = 0;
};

TEST_P(Exactness, ThreadRanksOfAnyNumberGiveTheSameBits) {
  const std::string expected = HashOf("--ranks 1");
  ASSERT_EQ(expected.size(), 16u) << expected;
  for (const int ranks : {1, 2, 3, 4, 5, 8}) {  // one rank once more
    EXPECT_EQ(HashOf("--ranks " + std::to_string(ranks)), expected) << ranks << " ranks";
  }
  EXPECT_NE(HashOf("--ranks 2 --set 'seed: 99'"), expected);
}

TEST_P(Exactness, MpiRanksOfAnyNumberGiveTheSameBits) {
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  const std::string expected = HashOf("--ranks 1");
  ASSERT_EQ(expected.size(), 16u) << expected;
  for (const int ranks : GetParam().mpi_ranks) {
    EXPECT_EQ(HashOf("", MpirunCommand(ranks)), expected) << ranks << " ranks";
  }
}

// Hosts that are emulated by network namespaces: all traffic is TCP.
TEST_P(Exactness, RanksOnTwoHostsGiveTheSameBits) {
  const EmulatedHosts hosts(2);
  if (!hosts.missing().empty()) GTEST_SKIP() << hosts.missing();
  ASSERT_EQ(hosts.failure(), "");
  const std::string expected = HashOf("--ranks 1");
  ASSERT_EQ(expected.size(), 16u) << expected;
  // mpirun hands no variable on to another host unasked.
  const std::string variable = data_.empty() ? "" : "-x LOCKSTEP_DATA ";
  for (const int per_host : GetParam().ranks_per_host) {
    EXPECT_EQ(HashOf("", hosts.Mpirun(per_host) + variable), expected)
        << per_host << " ranks on each of two hosts";
  }
}

INSTANTIATE_TEST_SUITE_P(Examples, Exactness, testing::ValuesIn(kExamples),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace lockstep
