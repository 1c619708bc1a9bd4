// Single files out of a .tar.gz archive. Source: POSIX.1-1988 ("ustar").
#ifndef LOCKSTEP_CORE_DATA_FORMATS_TAR_GZ_H_
#define LOCKSTEP_CORE_DATA_FORMATS_TAR_GZ_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace lockstep {

// The files whose path in the archive ends in "/NAME" or is NAME, for each NAME of `wanted`, which
// says how large each may be. A name that is not there is absent from the result. `name` stands in
// messages. Errors: BadDataError for a damaged archive or a file that is larger.
StatusOr<std::map<std::string, std::string>> ReadTarGz(
    std::string_view bytes, const std::string& name, const std::map<std::string, size_t>& wanted);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_TAR_GZ_H_
