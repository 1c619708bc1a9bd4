#include "tests/tools/lockstep_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/testing/command.h"

namespace lockstep {

const char* const kSmallConfig = R"(
name: "small"
seed: 7
data { synthetic { shape: 20 classes: 3 samples: 250 } validation { first: 20 } }
model {
  layer { dense { units: 16 activation: RELU } }
  layer { dropout { rate: 0.3 } }
  layer { dense { units: 3 activation: SOFTMAX } }
}
loss: CATEGORICAL_CROSSENTROPY
metric: ACCURACY
optimizer { adam { learning_rate: 0.01 } }
training { batch_size: 64 epochs: 3 microbatches: 8 }
)";

LockstepResult RunLockstep(const std::string& arguments, const std::string& before) {
  const std::string out = testing::TempDir() + "/stdout", err = testing::TempDir() + "/stderr";
  LockstepResult result;
  result.exit_code = RunCommand("TMPDIR=/tmp " + before + RunfilePath("tools/lockstep") + " " +
                                arguments + " >" + out + " 2>" + err)
                         .exit_code;
  result.out = ReadText(out);
  result.err = ReadText(err);
  return result;
}

std::string FreshFolder() {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "." + test->name();
  std::replace(name.begin(), name.end(), '/', '.');
  const std::string folder = testing::TempDir() + "/" + name;
  EXPECT_EQ(RunCommand("rm -rf " + folder + " && mkdir -p " + folder).exit_code, 0);
  return folder;
}

void WriteText(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string ReadText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

int CountLines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

std::string WeightsHashOf(const LockstepResult& result) {
  const size_t at = result.out.find("weights_hash ");
  if (result.exit_code != 0 || at == std::string::npos) {
    return "failed: " + result.out + result.err;
  }
  return result.out.substr(at + 13, 16);
}

void ExpectRefused(const LockstepResult& result, int exit_code, const std::string& named) {
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  EXPECT_EQ(result.out, "");
  std::string lines;  // without what mpirun says
  std::istringstream err(result.err);
  for (std::string line; std::getline(err, line);) {
    if (line.starts_with("lockstep: ")) lines += line + "\n";
  }
  EXPECT_EQ(CountLines(lines), 1) << result.err;
  EXPECT_NE(lines.find(named), std::string::npos) << result.err;
  EXPECT_EQ(lines.find("std::"), std::string::npos) << result.err;
}

}  // namespace lockstep
