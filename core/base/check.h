// LOCKSTEP_CHECK(condition, "format", args...): aborts with file, line and message when a promise
// of the core is broken. It is for bugs; bad input returns Status (core/base/status.h).
#ifndef LOCKSTEP_CORE_BASE_CHECK_H_
#define LOCKSTEP_CORE_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

#define LOCKSTEP_CHECK(condition, ...)                                                    \
  do {                                                                                    \
    if (!(condition)) [[unlikely]] {                                                      \
      std::fprintf(stderr, "lockstep: bug at %s:%d: (%s) is false: ", __FILE__, __LINE__, \
                   #condition);                                                           \
      std::fprintf(stderr, __VA_ARGS__);                                                  \
      std::fputc('\n', stderr);                                                           \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

#endif  // LOCKSTEP_CORE_BASE_CHECK_H_
