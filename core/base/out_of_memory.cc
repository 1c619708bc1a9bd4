#include "core/base/out_of_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <system_error>

#include "core/base/status.h"

namespace lockstep {

namespace {

[[noreturn]] void End(const char* wanted) {
  static std::atomic_flag said = ATOMIC_FLAG_INIT;
  while (said.test_and_set()) ::pause();  // another thread ends the process
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  char line[256];
  const int length = std::snprintf(
      line, sizeof(line),
      "lockstep: out of memory: %s wanted beside the %ld MiB in use; use a smaller batch, network "
      "or data set, or more ranks on more hosts\n",
      wanted, usage.ru_maxrss / 1024);
  const size_t size = std::min(static_cast<size_t>(std::max(length, 0)), sizeof(line) - 1);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line, size);
  ::_exit(static_cast<int>(ExitCode::kOutOfMemory));
}

// std::thread reports by an exception that nothing catches.
[[noreturn]] void EndOfException() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) End("one more thread");
    std::fprintf(stderr, "lockstep: bug: %s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lockstep: bug: %s\n", error.what());
  } catch (...) {
  }
  std::abort();
}

}  // namespace

void EndOutOfMemory(size_t bytes) {
  char wanted[32];
  std::snprintf(wanted, sizeof(wanted), "%zu bytes", bytes);
  End(wanted);
}

void EndWhenOutOfMemory() {
  std::set_new_handler([] { End("more"); });  // it is not told how many bytes
  std::set_terminate(EndOfException);
}

}  // namespace lockstep
