// Reads a config file, merges --set texts over it and checks all that can be checked without data.
#ifndef LOCKSTEP_CORE_CONFIG_LOAD_CONFIG_H_
#define LOCKSTEP_CORE_CONFIG_LOAD_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// The resolved config: defaults that depend on other values filled in, paths absolute. Errors:
// MissingInputError if there is no such file; UsageError, one line "file:line:column: ..." naming
// what was found, what was expected and the nearest valid name.
StatusOr<Config> LoadConfig(const std::string& path, const std::vector<std::string>& sets);

// The same from text; `file` stands in messages, relative paths are taken from `folder`.
StatusOr<Config> ParseConfig(std::string_view text, const std::string& file,
                             const std::string& folder, const std::vector<std::string>& sets);

// The config as text that LoadConfig reads back to the same values.
std::string ConfigText(const Config& config);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_LOAD_CONFIG_H_
