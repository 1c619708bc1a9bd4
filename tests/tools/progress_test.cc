// What a training prints: lines for people, never a terminal's control codes in a file.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

constexpr const char* kConfig = R"(
name: "small"
data { synthetic { shape: 20 classes: 0 samples: 250 } validation { first: 50 } }
model { layer { dense { units: 1 } } }
loss: MEAN_SQUARED_ERROR
metric: MEAN_ABSOLUTE_ERROR
metric: MEAN_SQUARED_ERROR
optimizer { sgd { learning_rate: 0.001 } }
training { batch_size: 20 epochs: 3 microbatches: 2 }
)";

// What `launcher` prints into a pipe.
std::string Printed(const std::string& launcher, const std::string& name) {
  const std::string folder = testing::TempDir() + "/" + name;
  EXPECT_EQ(RunCommand("rm -rf " + folder + " && mkdir -p " + folder).exit_code, 0);
  std::ofstream(folder + "/small.textproto") << kConfig;
  const CommandResult result =
      RunCommand("TMPDIR=/tmp " + launcher + RunfilePath("tools/lockstep") + " train " + folder +
                 "/small.textproto --run-dir " + folder + "/run");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return result.output;
}

// One line for the start, one per epoch with every name in full, two for the end; and what keeps
// steps from being faster below the first epoch, and where it changes.
void ExpectPlainLines(const std::string& text) {
  EXPECT_EQ(text.find_first_of("\r\033"), std::string::npos) << text;
  std::istringstream lines(text);
  int count = 0, epochs = 0;
  std::vector<int> verdicts;  // the epochs that have one
  for (std::string line; std::getline(lines, line); ++count) {
    if (line.starts_with("  ")) {
      EXPECT_GT(epochs, 0) << text;
      --count;
      EXPECT_LE(line.size(), 80u) << line;
      verdicts.push_back(epochs);
      continue;
    }
    if (line.rfind("epoch ", 0) != 0) continue;
    EXPECT_NE(line.find("mean_absolute_error"), std::string::npos) << line;  // short on terminals
    ++epochs;
    EXPECT_NE(line.find(" val "), std::string::npos) << line;
  }
  EXPECT_EQ(epochs, 3) << text;
  EXPECT_EQ(count, 6) << text;
  ASSERT_FALSE(verdicts.empty()) << text;
  EXPECT_EQ(verdicts[0], 1) << text;
}

TEST(Progress, IsPlainLinesInAFile) { ExpectPlainLines(Printed("", "file")); }

// mpirun gives its ranks terminals even where its own output goes into a file.
TEST(Progress, IsPlainLinesInAFileBehindMpirun) {
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  ExpectPlainLines(Printed(MpirunCommand(2), "mpi"));
}

}  // namespace
}  // namespace lockstep
