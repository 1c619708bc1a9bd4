// Runs commands from tests.
#ifndef LOCKSTEP_TESTS_TESTING_COMMAND_H_
#define LOCKSTEP_TESTS_TESTING_COMMAND_H_

#include <string>

namespace lockstep {

struct CommandResult {
  int exit_code = 0;   // 128 + signal where a signal ended it
  std::string output;  // stdout and stderr together
  double seconds = 0;
};

// Runs `command` with bash, at most `limit_seconds` (then it is killed; exit code 137 or 124).
CommandResult RunCommand(const std::string& command, int limit_seconds = 60);

// Where a file of the repository or of its outputs, such as "tests/distributed/comm/mpi_rank", is
// for this test, which must have it in its `data`.
std::string RunfilePath(const std::string& path);

// `mpirun` with `ranks` ranks on this host, as any user and with any number of cores, and a space.
std::string MpirunCommand(int ranks);

// Whether Open MPI's mpirun is installed.
bool HasMpirun();

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_COMMAND_H_
