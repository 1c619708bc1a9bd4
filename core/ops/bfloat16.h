// bfloat16: a float32 with the upper half of its bits. Conversions as a GPU's matrix units take
// their inputs, for every device.
#ifndef LOCKSTEP_CORE_OPS_BFLOAT16_H_
#define LOCKSTEP_CORE_OPS_BFLOAT16_H_

#include <bit>
#include <cstdint>

#include "core/base/host_device.h"

namespace lockstep {

// The bits of the bfloat16 nearest to x; of two, that with an even last bit. Beyond the largest it
// is infinity; NaN stays NaN, whatever bits it has.
LOCKSTEP_ELEMENT uint16_t Bfloat16Bits(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  if (x != x) return static_cast<uint16_t>((bits >> 16) | 0x40);  // a quiet one
  const uint32_t half = 0x7FFF + ((bits >> 16) & 1);
  return static_cast<uint16_t>((bits + half) >> 16);
}

LOCKSTEP_ELEMENT float FromBfloat16Bits(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// x as it comes back from bfloat16.
LOCKSTEP_ELEMENT float RoundedToBfloat16(float x) { return FromBfloat16Bits(Bfloat16Bits(x)); }

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_BFLOAT16_H_
