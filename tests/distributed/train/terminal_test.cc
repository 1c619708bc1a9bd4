#include "distributed/train/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace lockstep {
namespace {

// The slave side of a new pseudo-terminal, of `columns`.
int OpenTerminal(unsigned short columns, int* master) {
  *master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (*master < 0 || ::grantpt(*master) != 0 || ::unlockpt(*master) != 0) return -1;
  const int slave = ::open(::ptsname(*master), O_RDWR | O_NOCTTY);
  const winsize size = {.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  return slave >= 0 && ::ioctl(slave, TIOCSWINSZ, &size) == 0 ? slave : -1;
}

TEST(TerminalColumns, AreNoneOfAFileOrAPipe) {
  const int file = ::open("/dev/null", O_WRONLY);
  EXPECT_EQ(TerminalColumns(file), 0);
  ::close(file);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(TerminalColumns(ends[1]), 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(TerminalColumns, AreTheTerminalsOr80WhereItDoesNotTell) {
  int master = -1;
  const int wide = OpenTerminal(132, &master);
  if (wide < 0) GTEST_SKIP() << "NOT TESTED: no pseudo-terminal can be opened here";
  EXPECT_EQ(TerminalColumns(wide), 132);
  ::close(wide);
  ::close(master);
  const int silent = OpenTerminal(0, &master);
  EXPECT_EQ(TerminalColumns(silent), 80);
  ::close(silent);
  ::close(master);
}

}  // namespace
}  // namespace lockstep
