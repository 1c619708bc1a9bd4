// Runs the lockstep binary in tests of its commands.
#ifndef LOCKSTEP_TESTS_TOOLS_LOCKSTEP_RUN_H_
#define LOCKSTEP_TESTS_TOOLS_LOCKSTEP_RUN_H_

#include <string>

namespace lockstep {

struct LockstepResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Runs `before` lockstep `arguments`; `before` may set variables or be a launcher such as mpirun.
LockstepResult RunLockstep(const std::string& arguments, const std::string& before = "");

// A new, empty folder of the test that runs.
std::string FreshFolder();

void WriteText(const std::string& path, const std::string& text);
// "" if there is no such file.
std::string ReadText(const std::string& path);
int CountLines(const std::string& text);

// The weights_hash that a training printed, or "failed: " and what it said.
std::string WeightsHashOf(const LockstepResult& result);

// Expects the exit code, nothing on stdout and one line of lockstep's on stderr that holds `named`.
void ExpectRefused(const LockstepResult& result, int exit_code, const std::string& named);

// Made-up samples, dropout, validation, an uneven last batch, 8 micro-batches, 12 steps.
extern const char* const kSmallConfig;

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TOOLS_LOCKSTEP_RUN_H_
