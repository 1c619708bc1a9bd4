#include "distributed/train/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "distributed/comm/mpirun_environment.h"

namespace lockstep {
namespace {

// Of the process that started this one; 0 if that cannot be seen, as on another host than mpirun's.
int ParentColumns() {
  const std::string path = "/proc/" + std::to_string(::getppid()) + "/fd/1";
  struct stat kind {};
  // Only terminals are opened: to open a pipe may wait, or wake its other end.
  if (::stat(path.c_str(), &kind) != 0 || !S_ISCHR(kind.st_mode)) return 0;
  const int file = ::open(path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return 0;
  const int columns = TerminalColumns(file);
  ::close(file);
  return columns;
}

}  // namespace

int TerminalColumns(int file_descriptor) {
  constexpr int kUsual = 80;
  if (::isatty(file_descriptor) != 1) return 0;
  winsize size{};
  const bool known = ::ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsual;
}

int TerminalColumns() {
  const int own = TerminalColumns(STDOUT_FILENO);
  return own == 0 || !PlaceUnderMpirun() ? own : ParentColumns();
}

}  // namespace lockstep
