// MPI ranks on two hosts that are emulated by network namespaces: all traffic is TCP.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

std::string Hosts() { return RunfilePath("tests/testing/emulated_hosts.sh") + " "; }

class TwoHosts : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
    if (geteuid() != 0) GTEST_SKIP() << "NOT TESTED: emulated hosts need root";
    if (RunCommand("command -v ip").exit_code != 0) GTEST_SKIP() << "NOT TESTED: no iproute2";
    RunCommand(Hosts() + "down");
    const CommandResult up = RunCommand(Hosts() + "up 2");
    if (up.exit_code != 0) GTEST_SKIP() << "NOT TESTED: no network namespaces: " << up.output;
  }
  void TearDown() override { RunCommand(Hosts() + "down"); }

  CommandResult RunRanks(int per_host, const std::string& mode) {
    return RunCommand("TMPDIR=/tmp " + Hosts() + "mpirun " + std::to_string(per_host) + " 2 " +
                      RunfilePath("tests/distributed/comm/mpi_rank") + " " + mode);
  }
};

TEST_F(TwoHosts, ConformToTheNaiveTreeSumBitForBit) {
  for (const int per_host : {1, 2}) {
    const CommandResult result = RunRanks(per_host, "conformance");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_NE(result.output.find(std::to_string(2 * per_host) + " ranks conform"),
              std::string::npos)
        << result.output;
  }
}

TEST_F(TwoHosts, ARankThatHangsOnTheOtherHostIsNamed) {
  const CommandResult result = RunRanks(1, "hang 1000");
  EXPECT_EQ(result.exit_code, 75) << result.output;
  EXPECT_NE(result.output.find("rank 1 did not arrive at"), std::string::npos) << result.output;
}

TEST_F(TwoHosts, ARankKilledOnTheOtherHostEndsTheJob) {
  const CommandResult result = RunRanks(1, "kill");
  EXPECT_NE(result.exit_code, 0) << result.output;
  EXPECT_LT(result.seconds, 40) << result.output;
}

}  // namespace
}  // namespace lockstep
