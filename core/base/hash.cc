#include "core/base/hash.h"

#include <xxhash.h>

#include <cstdio>

namespace lockstep {

uint64_t HashBytes(const void* data, size_t bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(data, bytes, seed);
}

std::string HashText(uint64_t hash) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace lockstep
