// MPI ranks on two hosts that are emulated by network namespaces: all traffic is TCP.
#include <gtest/gtest.h>
#include <string>

#include "tests/testing/command.h"
#include "tests/testing/emulated_hosts.h"

namespace lockstep {
namespace {

class TwoHosts : public testing::Test {
 protected:
  void SetUp() override {
    if (!hosts_.missing().empty()) GTEST_SKIP() << hosts_.missing();
    ASSERT_EQ(hosts_.failure(), "");
  }

  CommandResult RunRanks(int per_host, const std::string& mode) {
    return RunCommand(hosts_.Mpirun(per_host) + RunfilePath("tests/distributed/comm/mpi_rank") +
                      " " + mode);
  }

  const EmulatedHosts hosts_{2};
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
