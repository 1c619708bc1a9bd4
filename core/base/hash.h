// Hashes for equality of bits (weights, configs, data), not for security.
#ifndef LOCKSTEP_CORE_BASE_HASH_H_
#define LOCKSTEP_CORE_BASE_HASH_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace lockstep {

// XXH3, 64 bits, of `bytes` bytes at `data`.
uint64_t HashBytes(const void* data, size_t bytes, uint64_t seed = 0);

// 16 hexadecimal digits.
std::string HashText(uint64_t hash);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_HASH_H_
