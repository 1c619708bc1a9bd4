// How much a compressed file may claim to hold, so that a small one cannot fill the memory.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_INFLATE_LIMIT_H_
#define LOCKSTEP_CORE_DATA_FORMATS_INFLATE_LIMIT_H_

#include <algorithm>
#include <cstdint>

namespace lockstep {

// The most bytes that `compressed` bytes of deflated data are inflated to: all that deflate can
// make of them (1032 times as many: zlib, "Maximum Compression Factor"), but beyond 1 GiB not more
// than 100 times as many, which real data does not reach.
inline uint64_t MaxInflatedBytes(uint64_t compressed) {
  constexpr uint64_t kFactor = 1032, kLargeFactor = 100, kLarge = uint64_t{1} << 30;
  constexpr uint64_t kMaxCompressed = uint64_t{1} << 48;  // no overflow below
  compressed = std::min(compressed, kMaxCompressed);
  return std::min((compressed + 1) * kFactor, std::max(kLarge, compressed * kLargeFactor));
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_INFLATE_LIMIT_H_
