// The CPU's ops for images beside PyTorch's, over a table of some 340 shapes, paddings and strides.
// Needs PyTorch in benchmarks/setup.sh's virtual environment.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "tests/peers/peers_python.h"
#include "tests/testing/command.h"

namespace lockstep {
namespace {

TEST(TorchOps, ResultsAndGradientsAreThoseOfPyTorch) {
  if (!HasModules("torch, numpy")) {
    GTEST_SKIP() << "NOT TESTED: no PyTorch; benchmarks/setup.sh installs it";
  }
  const CommandResult result = RunCommand(PeersPython() + " " + RunfilePath("tests/peers/torch_ops.py") +
                                              " " + RunfilePath("tests/peers/op_outputs"),
                                          300);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_NE(result.output.find(" cases, 0 off"), std::string::npos) << result.output;
  std::printf("%s", result.output.c_str());
}

}  // namespace
}  // namespace lockstep
