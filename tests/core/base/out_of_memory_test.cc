#include "core/base/out_of_memory.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace lockstep {
namespace {

constexpr size_t kTooMuch = size_t{1} << 46;

void Throw(int code) { throw std::system_error(code, std::generic_category()); }

TEST(EndOutOfMemory, IsOneLineWithTheBytesAndExitCode71) {
  EXPECT_EXIT(EndOutOfMemory(4096), testing::ExitedWithCode(71),
              "^lockstep: out of memory: 4096 bytes [^\n]*\n$");
}

TEST(EndOutOfMemory, IsSaidOnceByThreadsThatFailTogether) {
  const auto fail_together = [] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([] { EndOutOfMemory(7); });
    for (std::thread& thread : threads) thread.join();
  };
  EXPECT_EXIT(fail_together(), testing::ExitedWithCode(71),
              "^lockstep: out of memory: 7 bytes [^\n]*\n$");
}

TEST(EndWhenOutOfMemory, CoversWhatOperatorNewCannotGive) {
  const auto grow = [] {
    EndWhenOutOfMemory();
    std::string(kTooMuch, 'x');
  };
  EXPECT_EXIT(grow(), testing::ExitedWithCode(71), "^lockstep: out of memory[^\n]*\n$");
}

TEST(EndWhenOutOfMemory, CoversThreadsThatCannotStart) {
  const auto start = []() noexcept {
    EndWhenOutOfMemory();
    Throw(EAGAIN);  // as std::thread does
  };
  EXPECT_EXIT(start(), testing::ExitedWithCode(71),
              "^lockstep: out of memory: one more thread wanted[^\n]*\n$");
}

TEST(EndWhenOutOfMemory, LeavesOtherExceptionsToAbort) {
  const auto start = []() noexcept {
    EndWhenOutOfMemory();
    Throw(EPERM);
  };
  EXPECT_EXIT(start(), testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace lockstep
