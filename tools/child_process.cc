#include "tools/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "absl/strings/str_format.h"
#include "core/base/file.h"

namespace lockstep {
namespace {

// What names the cause: the last line that begins with "lockstep: ", or the last with any words.
std::string LastWords(const std::string& output) {
  const StatusOr<std::string> text = ReadFile(output);
  if (!text.ok()) return "";
  constexpr std::string_view kOwn = "lockstep: ";
  std::string last, own;
  for (size_t begin = 0; begin < text->size();) {
    const size_t end = std::min(text->find('\n', begin), text->size());
    const std::string line = text->substr(begin, end - begin);
    if (line.find_first_not_of(" -*\t") != std::string::npos) last = line;
    if (line.starts_with(kOwn)) own = line.substr(kOwn.size());
    begin = end + 1;
  }
  return own.empty() ? last : own;
}

bool IsLockstepCode(int code) {
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::kUsage:
    case ExitCode::kBadData:
    case ExitCode::kMissingInput:
    case ExitCode::kOutOfMemory:
    case ExitCode::kCannotWrite:
    case ExitCode::kIoError:
    case ExitCode::kPeerLost:
    case ExitCode::kMismatch:
    case ExitCode::kNotFinite:
    case ExitCode::kReplicasDiffer:
    case ExitCode::kStopped: return true;
    default: return false;
  }
}

Status StatusOfEnd(int wait_status, const std::string& program, const std::string& output) {
  const std::string words = LastWords(output);
  const std::string said = words.empty() ? "" : ": " + words;
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return IoError(absl::StrFormat("%s was ended by signal %d (%s)%s", program, signal,
                                   strsignal(signal), said));
  }
  const int code = WEXITSTATUS(wait_status);
  if (code == 0) return OkStatus();
  if (IsLockstepCode(code)) {
    return ErrorWithCode(static_cast<ExitCode>(code), words.empty() ? program + " failed" : words);
  }
  return IoError(absl::StrFormat("%s ended with exit code %d%s", program, code, said));
}

}  // namespace

std::string OwnBinary() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return length <= 0 ? "lockstep" : std::string(path.data(), static_cast<size_t>(length));
}

Status RunChild(const std::vector<std::string>& words, const std::string& output) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  const std::string program = words[0].substr(words[0].rfind('/') + 1);
  if (error != 0) {
    return IoError(absl::StrFormat("cannot start %s: %s", program, std::strerror(error)));
  }
  int wait_status = 0;
  while (waitpid(child, &wait_status, 0) < 0) {
    if (errno != EINTR) return IoError(program + ": lost sight of it");
  }
  return StatusOfEnd(wait_status, program, output);
}

}  // namespace lockstep
