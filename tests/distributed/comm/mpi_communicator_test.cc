#include "distributed/comm/mpi_communicator.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

CommandResult RunRanks(int ranks, const std::string& mode) {
  return RunCommand(MpirunCommand(ranks) + RunfilePath("tests/distributed/comm/mpi_rank") + " " +
                    mode);
}

class MpiRanks : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  }
};

TEST_P(MpiRanks, ConformToTheNaiveTreeSumBitForBit) {
  const CommandResult result = RunRanks(GetParam(), "conformance");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_NE(result.output.find(std::to_string(GetParam()) + " ranks conform"), std::string::npos)
      << result.output;
}

INSTANTIATE_TEST_SUITE_P(, MpiRanks, testing::Values(1, 2, 3, 4, 5, 8));

TEST(MpiAllReduces, SmallAllReducesGoOnWhileARankThatCallsSeldomComputes) {
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  const CommandResult result = RunRanks(2, "alone");
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

// A way for the last of three ranks to fail, and how the job ends.
struct Fault {
  std::string mode;
  int exit_code;
  std::string message;  // somewhere in the output
  double seconds;       // at most
};

class MpiFaults : public testing::TestWithParam<Fault> {
 protected:
  void SetUp() override {
    if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  }
};

TEST_P(MpiFaults, EndTheJobWithTheCauseAndItsExitCode) {
  const CommandResult result = RunRanks(3, GetParam().mode);
  EXPECT_EQ(result.exit_code, GetParam().exit_code) << result.output;
  EXPECT_NE(result.output.find(GetParam().message), std::string::npos) << result.output;
  EXPECT_LT(result.seconds, GetParam().seconds) << result.output;
}

INSTANTIATE_TEST_SUITE_P(
    , MpiFaults,
    testing::Values(Fault{"abort", 79, "lockstep: rank 2: loss is NaN at step 7", 30},
                    Fault{"abort-ok", 70, "", 30}, Fault{"kill", 137, "signal 9 (Killed)", 30},
                    Fault{"hang 1000", 75,
                          "rank 2 did not arrive at all-reduce 0 within 1 s; ranks 0, 1 did", 30},
                    Fault{"outside-hang 1000", 75,
                          "rank 2 did not arrive at transfer 7 within 1 s; ranks 0, 1 did", 30},
                    Fault{"outside-never 1000", 75,
                          "transfer 7 is not complete after 1 s, though all ranks answer", 30},
                    Fault{"outside-error", 76, "lockstep: rank 2: the link is down", 30}),
    [](const auto& info) {
      std::string name = info.param.mode.substr(0, info.param.mode.find(' '));
      for (char& c : name) c = c == '-' ? '_' : c;
      return name;
    });

}  // namespace
}  // namespace lockstep
