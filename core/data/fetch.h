// Downloads with resume and SHA-256, and the check of what is already there.
#ifndef LOCKSTEP_CORE_DATA_FETCH_H_
#define LOCKSTEP_CORE_DATA_FETCH_H_

#include <functional>
#include <string>

#include "core/base/status.h"
#include "core/data/catalog.h"

namespace lockstep {

// Called now and then with the bytes so far and the bytes expected.
using FetchProgress = std::function<void(int64_t done_bytes, int64_t total_bytes)>;

// Downloads `file` to FOLDER/file.name: into NAME.part first, which a later call goes on with, then
// checks size and SHA-256 and renames. Does nothing if the file is there and right. Errors:
// MissingInputError if the download fails (says which file to put where), BadDataError if the
// bytes are wrong (the part is removed), CannotWriteError.
Status FetchFile(const CatalogFile& file, const std::string& folder, const FetchProgress& progress);

// Whether the file at `path` is the one meant. Errors: MissingInputError, BadDataError naming both
// hashes.
Status VerifyFile(const CatalogFile& file, const std::string& path);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FETCH_H_
