// Whole-file reads and atomic writes, with errors that name the path and the cause.
#ifndef LOCKSTEP_CORE_BASE_FILE_H_
#define LOCKSTEP_CORE_BASE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// The bytes of `path`, the first `max_bytes` of them. Errors: MissingInputError if absent, IoError
// if it cannot be read.
StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes = SIZE_MAX);

// Replaces `path` by `bytes` so that a reader (or a crash) sees the old file or the new one, never
// a part: writes PATH.tmpPID, syncs it, renames. A link stays, and what it names is replaced. A
// device, a pipe or an open file (/dev/stdout, whatever that is) is written to instead. Errors:
// CannotWriteError, IoError (disk full).
Status WriteFileAtomically(const std::string& path, std::string_view bytes);

// The same for a file of several pieces, which nobody need hold in one.
Status WritePiecesAtomically(const std::string& path, const std::vector<std::string_view>& pieces);

// Whether `path` is what this process prints to: a message there would go into the file.
bool IsStandardOutput(const std::string& path);

// Makes the folder and its parents. Errors: CannotWriteError.
Status MakeFolders(const std::string& path);

bool FileExists(const std::string& path);

// "a/b" + "c" = "a/b/c"; an absolute `name` is returned as it is.
std::string JoinPath(std::string_view folder, std::string_view name);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_FILE_H_
