// The CPU's ops for images beside PyTorch's, over a table of some 340 shapes, paddings and strides.
// Needs PyTorch in benchmarks/setup.sh's virtual environment.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

std::string PeersPython() {
  if (const char* peers = std::getenv("LOCKSTEP_PEERS")) return std::string(peers) + "/bin/python";
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/.cache/lockstep-peers/bin/python";
}

TEST(TorchOps, ResultsAndGradientsAreThoseOfPyTorch) {
  const std::string python = PeersPython();
  if (RunCommand(python + " -c 'import torch, numpy'").exit_code != 0) {
    GTEST_SKIP() << "NOT TESTED: no PyTorch in " << python << "; benchmarks/setup.sh installs it";
  }
  const CommandResult result = RunCommand(python + " " + RunfilePath("tests/peers/torch_ops.py") +
                                              " " + RunfilePath("tests/peers/op_outputs"),
                                          300);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_NE(result.output.find(" cases, 0 off"), std::string::npos) << result.output;
  std::printf("%s", result.output.c_str());
}

}  // namespace
}  // namespace lockstep
