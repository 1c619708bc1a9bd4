// SHA-256, for comparing a file with the one that its publisher offers.
#ifndef LOCKSTEP_CORE_DATA_SHA256_H_
#define LOCKSTEP_CORE_DATA_SHA256_H_

#include <string>
#include <string_view>

namespace lockstep {

// 64 lower-case hexadecimal digits.
std::string Sha256(std::string_view bytes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_SHA256_H_
