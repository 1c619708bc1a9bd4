// Errors at lockstep's edges (flags, files, configs, data, environment): absl::Status, made by one
// constructor per kind of failure, each tied to the exit code that the program promises for it.
#ifndef LOCKSTEP_CORE_BASE_STATUS_H_
#define LOCKSTEP_CORE_BASE_STATUS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lockstep {

using absl::OkStatus;
using absl::Status;
using absl::StatusOr;

// Process exit codes; the numbers are part of the interface (sysexits where one fits).
enum class ExitCode {
  kOk = 0,
  kCheckFailed = 1,
  kUsage = 64,
  kBadData = 65,
  kMissingInput = 66,
  kBug = 70,
  kOutOfMemory = 71,
  kCannotWrite = 73,
  kIoError = 74,
  kPeerLost = 75,
  kDeviceError = 76,
  kMismatch = 78,
  kNotFinite = 79,
  kReplicasDiffer = 80,
  kStopped = 85,
};

// One constructor per exit code. `message` is one line: what was expected, what was found, where,
// how to mend it.
Status CheckFailedError(std::string_view message);
Status UsageError(std::string_view message);    // flags and configs
Status BadDataError(std::string_view message);  // data files and checkpoints
Status MissingInputError(std::string_view message);
Status BugError(std::string_view message);
Status OutOfMemoryError(std::string_view message);
Status CannotWriteError(std::string_view message);
Status IoError(std::string_view message);
Status PeerLostError(std::string_view message);
Status DeviceError(std::string_view message);
Status MismatchError(std::string_view message);  // config or cross-rank mismatch
Status NotFiniteError(std::string_view message);
Status ReplicasDifferError(std::string_view message);
Status StoppedError(std::string_view message);

// The same by number; kOk gives OK.
Status ErrorWithCode(ExitCode code, std::string_view message);

// The exit code of `status`; statuses not made here count as kBug.
ExitCode ExitCodeOf(const Status& status);

// `status` with "`prefix`: " before its message, its exit code kept. OK stays OK.
Status Annotate(const Status& status, std::string_view prefix);

}  // namespace lockstep

// Returns from the enclosing function if `expr` is not OK.
#define LOCKSTEP_RETURN_IF_ERROR(expr)                        \
  do {                                                        \
    if (auto lockstep_status = (expr); !lockstep_status.ok()) \
      return ::lockstep::Status(std::move(lockstep_status));  \
  } while (false)

#define LOCKSTEP_CONCAT_INNER(a, b) a##b
#define LOCKSTEP_CONCAT(a, b) LOCKSTEP_CONCAT_INNER(a, b)

// LOCKSTEP_ASSIGN_OR_RETURN(auto x, F()): x is F()'s value, or its error is returned.
#define LOCKSTEP_ASSIGN_OR_RETURN(lhs, expr) \
  LOCKSTEP_ASSIGN_OR_RETURN_IMPL(LOCKSTEP_CONCAT(lockstep_or_, __LINE__), lhs, expr)
#define LOCKSTEP_ASSIGN_OR_RETURN_IMPL(result, lhs, expr) \
  auto result = (expr);                                   \
  if (!result.ok()) return std::move(result).status();    \
  lhs = std::move(result).value()

#endif  // LOCKSTEP_CORE_BASE_STATUS_H_
