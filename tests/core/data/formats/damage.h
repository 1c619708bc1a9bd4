// Damaged copies of good files, for tests of readers of foreign bytes.
#ifndef LOCKSTEP_TESTS_CORE_DATA_FORMATS_DAMAGE_H_
#define LOCKSTEP_TESTS_CORE_DATA_FORMATS_DAMAGE_H_

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace lockstep {

inline std::string Message(const Status& status) { return std::string(status.message()); }

// "" if `status` is OK or bad data told in one printable line that begins with `name`; else what is
// wrong with it.
inline std::string ComplaintAbout(const Status& status, std::string_view name) {
  if (status.ok()) return "";
  const std::string message = Message(status);
  if (ExitCodeOf(status) != ExitCode::kBadData) return "not bad data: " + message;
  if (!message.starts_with(name)) return "does not name the file: " + message;
  const bool plain = std::all_of(message.begin(), message.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7f;
  });
  return plain ? "" : "not one printable line: " + message;
}

using UseDamaged = std::function<void(const std::string& damaged, size_t at)>;

// Every proper prefix of `file`; `at` is its length.
inline void ForEachCut(const std::string& file, const UseDamaged& use) {
  for (size_t at = 0; at < file.size(); ++at) use(file.substr(0, at), at);
}

// Every copy of `file` with one byte of [from, to) set to another value; `step` > 1 takes only
// every step-th of the 255 values.
inline void ForEachFlip(const std::string& file, size_t from, size_t to, const UseDamaged& use,
                        int step = 1) {
  std::string damaged = file;
  for (size_t at = from; at < std::min(to, file.size()); ++at) {
    for (int flip = 1; flip < 256; flip += step) {
      damaged[at] = static_cast<char>(static_cast<unsigned char>(file[at]) ^ flip);
      use(damaged, at);
    }
    damaged[at] = file[at];
  }
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_DATA_FORMATS_DAMAGE_H_
