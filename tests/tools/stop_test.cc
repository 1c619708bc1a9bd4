// Ending a training from outside.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

constexpr const char* kEndless = R"(
name: "endless"
data { synthetic { shape: 20 classes: 3 samples: 1000 } }
model { layer { dense { units: 3 activation: SOFTMAX } } }
loss: CATEGORICAL_CROSSENTROPY
optimizer { sgd { learning_rate: 0.1 } }
training { batch_size: 20 epochs: 100000000 microbatches: 2 }
)";

// timeout(1) signals the process and then the group it is in: two signals at once. Here there are
// more of them, a little apart, because two may become one on the way.
TEST(Stop, BySignalsAtOnceLeavesACheckpoint) {
  const std::string folder = testing::TempDir() + "/stop";
  ASSERT_EQ(RunCommand("rm -rf " + folder + " && mkdir -p " + folder).exit_code, 0);
  std::ofstream(folder + "/endless.textproto") << kEndless;
  const CommandResult result = RunCommand(
      RunfilePath("tools/lockstep") + " train " + folder + "/endless.textproto --quiet --run-dir " +
      folder + "/run & while [ ! -s " + folder + "/run/steps.jsonl ]; do sleep 0.1; done; " +
      "for i in 1 2 3 4 5 6 7 8 9; do kill $! 2>/dev/null; sleep 0.01; done; wait $!");
  EXPECT_EQ(result.exit_code, 85);
  EXPECT_NE(result.output.find("stopped on request after step"), std::string::npos)
      << result.output;
  EXPECT_EQ(RunCommand("ls " + folder + "/run/checkpoints | wc -l").output, "1\n");
}

}  // namespace
}  // namespace lockstep
