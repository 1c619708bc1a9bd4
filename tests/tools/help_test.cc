// The help of every command, and what is said of misspelt ones.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

CommandResult Lockstep(const std::string& arguments) {
  return RunCommand(RunfilePath("tools/lockstep") + " " + arguments);
}

TEST(Help, OfEveryCommandFitsInto80Columns) {
  for (const char* command :
       {"", "train", "evaluate", "predict", "summary", "crossval", "report", "export", "scale",
        "replay", "simulate", "data", "data list", "data fetch", "data verify", "data show"}) {
    const CommandResult help = Lockstep(std::string(command) + " --help");
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_NE(help.output.find("Usage: lockstep"), std::string::npos) << help.output;
    EXPECT_EQ(help.output.find(":INT"), std::string::npos) << help.output;
    EXPECT_EQ(help.output.find("{false}"), std::string::npos) << help.output;
    std::istringstream lines(help.output);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 80u) << command << ": " << line;
    }
  }
}

TEST(Help, IsOfferedForMisspeltFlagsAndCommands) {
  const struct {
    const char* arguments;
    const char* said;
  } cases[] = {
      {"", "expected a command: train, "},
      {"trian", "no command is named \"trian\"; expected one of train, "},
      {"train config --rank 2", "train has no flag --rank; did you mean --ranks?"},
      {"data", "data: expected one of list, fetch, verify, show"},
      {"data show mnist --tset", "show has no flag --tset; did you mean --test?"},
      {"train config --ranks 0", "see lockstep train --help"},
  };
  for (const auto& wrong : cases) {
    const CommandResult result = Lockstep(wrong.arguments);
    EXPECT_EQ(result.exit_code, 64) << wrong.arguments;
    EXPECT_NE(result.output.find(wrong.said), std::string::npos) << result.output;
    EXPECT_EQ(result.output.find('\n'), result.output.size() - 1) << "not one line";
  }
}

TEST(SetFlag, TakesOneTextAndLeavesTheConfigToTheCommand) {
  EXPECT_NE(Lockstep("summary --set 'seed: 2' absent.textproto").output.find("absent.textproto"),
            std::string::npos);
}

}  // namespace
}  // namespace lockstep
