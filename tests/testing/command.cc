#include "tests/testing/command.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "core/base/clock.h"

namespace lockstep {
namespace {

// `text` as one word of a shell command.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

CommandResult RunCommand(const std::string& command, int limit_seconds) {
  const std::string guarded = "timeout -k 5 " + std::to_string(limit_seconds) + " bash -c " +
                              Quoted(command) + " 2>&1 </dev/null";
  CommandResult result;
  const int64_t start_ns = NowNs();
  FILE* pipe = popen(guarded.c_str(), "r");
  if (pipe == nullptr) return {127, "cannot start " + guarded, 0};
  std::array<char, 4096> piece;
  while (const size_t got = std::fread(piece.data(), 1, piece.size(), pipe)) {
    result.output.append(piece.data(), got);
  }
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.seconds = 1e-9 * static_cast<double>(NowNs() - start_ns);
  return result;
}

std::string RunfilePath(const std::string& path) {
  const char* folder = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  if (folder == nullptr || workspace == nullptr) return path;
  return std::string(folder) + "/" + workspace + "/" + path;
}

// HWLOC and Open MPI keep their session files under TMPDIR, whose path must be short.
std::string MpirunCommand(int ranks) {
  return "TMPDIR=/tmp mpirun --allow-run-as-root --oversubscribe --bind-to none -n " +
         std::to_string(ranks) + " ";
}

bool HasMpirun() { return RunCommand("command -v mpirun").exit_code == 0; }

}  // namespace lockstep
