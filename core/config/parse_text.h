// Strict parsing of protobuf text with messages a user can act on: place, found, expected, nearest.
#ifndef LOCKSTEP_CORE_CONFIG_PARSE_TEXT_H_
#define LOCKSTEP_CORE_CONFIG_PARSE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// A longer text is no config that somebody wrote.
constexpr size_t kMaxConfigBytes = 1 << 20;

// Merges `text` into `config`. A block may be written in several pieces, which are merged; in a
// text without such blocks a setting that stands twice, or two of a choice, are refused. Errors:
// UsageError "file:line:column: ...", the first problem only; then `config` is as it was.
Status MergeText(std::string_view text, const std::string& file, Config* config);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_PARSE_TEXT_H_
