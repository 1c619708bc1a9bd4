// Exported networks of every layer in ONNX Runtime beside lockstep's own predictions. Needs the
// Python packages onnx, onnxruntime and safetensors in benchmarks/setup.sh's virtual environment.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "tests/peers/peers_python.h"
#include "tests/testing/command.h"

namespace lockstep {
namespace {

TEST(OnnxOutputs, AreThoseOfPredict) {
  if (!HasModules("onnx, onnxruntime, safetensors, numpy")) {
    GTEST_SKIP() << "NOT TESTED: no ONNX Runtime; benchmarks/setup.sh installs it";
  }
  const CommandResult result =
      RunCommand(PeersPython() + " " + RunfilePath("tests/peers/onnx_outputs.py") + " " +
                     RunfilePath("tools/lockstep"),
                 300);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_NE(result.output.find(" networks, 0 off"), std::string::npos) << result.output;
  std::printf("%s", result.output.c_str());
}

}  // namespace
}  // namespace lockstep
