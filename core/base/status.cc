#include "core/base/status.h"

#include <array>

#include "absl/strings/cord.h"

namespace lockstep {
namespace {

// The exit code travels as the absl code; the pairs are one to one.
struct CodePair {
  ExitCode exit;
  absl::StatusCode absl;
};

constexpr std::array kCodePairs = {
    CodePair{ExitCode::kOk, absl::StatusCode::kOk},
    CodePair{ExitCode::kCheckFailed, absl::StatusCode::kUnknown},
    CodePair{ExitCode::kUsage, absl::StatusCode::kInvalidArgument},
    CodePair{ExitCode::kBadData, absl::StatusCode::kDataLoss},
    CodePair{ExitCode::kMissingInput, absl::StatusCode::kNotFound},
    CodePair{ExitCode::kBug, absl::StatusCode::kInternal},
    CodePair{ExitCode::kOutOfMemory, absl::StatusCode::kResourceExhausted},
    CodePair{ExitCode::kCannotWrite, absl::StatusCode::kPermissionDenied},
    CodePair{ExitCode::kIoError, absl::StatusCode::kUnavailable},
    CodePair{ExitCode::kPeerLost, absl::StatusCode::kDeadlineExceeded},
    CodePair{ExitCode::kDeviceError, absl::StatusCode::kUnauthenticated},
    CodePair{ExitCode::kMismatch, absl::StatusCode::kFailedPrecondition},
    CodePair{ExitCode::kNotFinite, absl::StatusCode::kOutOfRange},
    CodePair{ExitCode::kReplicasDiffer, absl::StatusCode::kAborted},
    CodePair{ExitCode::kStopped, absl::StatusCode::kCancelled},
};

Status Make(ExitCode exit, std::string_view message) {
  for (const CodePair& pair : kCodePairs) {
    if (pair.exit == exit) return Status(pair.absl, {message.data(), message.size()});
  }
  return absl::InternalError({message.data(), message.size()});
}

}  // namespace

Status CheckFailedError(std::string_view m) { return Make(ExitCode::kCheckFailed, m); }
Status UsageError(std::string_view m) { return Make(ExitCode::kUsage, m); }
Status BadDataError(std::string_view m) { return Make(ExitCode::kBadData, m); }
Status MissingInputError(std::string_view m) { return Make(ExitCode::kMissingInput, m); }
Status BugError(std::string_view m) { return Make(ExitCode::kBug, m); }
Status OutOfMemoryError(std::string_view m) { return Make(ExitCode::kOutOfMemory, m); }
Status CannotWriteError(std::string_view m) { return Make(ExitCode::kCannotWrite, m); }
Status IoError(std::string_view m) { return Make(ExitCode::kIoError, m); }
Status PeerLostError(std::string_view m) { return Make(ExitCode::kPeerLost, m); }
Status DeviceError(std::string_view m) { return Make(ExitCode::kDeviceError, m); }
Status MismatchError(std::string_view m) { return Make(ExitCode::kMismatch, m); }
Status NotFiniteError(std::string_view m) { return Make(ExitCode::kNotFinite, m); }
Status ReplicasDifferError(std::string_view m) { return Make(ExitCode::kReplicasDiffer, m); }
Status StoppedError(std::string_view m) { return Make(ExitCode::kStopped, m); }

Status ErrorWithCode(ExitCode code, std::string_view message) {
  return code == ExitCode::kOk ? OkStatus() : Make(code, message);
}

ExitCode ExitCodeOf(const Status& status) {
  for (const CodePair& pair : kCodePairs) {
    if (pair.absl == status.code()) return pair.exit;
  }
  return ExitCode::kBug;
}

Status Annotate(const Status& status, std::string_view prefix) {
  if (status.ok()) return status;
  std::string message(prefix);
  message.append(": ").append(status.message().data(), status.message().size());
  return Status(status.code(), message);
}

}  // namespace lockstep
