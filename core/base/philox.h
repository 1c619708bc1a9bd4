// The numbers behind core/base/rng.h, for code that must be compiled for GPUs as well: one
// definition, so that a GPU draws what a CPU draws.
#ifndef LOCKSTEP_CORE_BASE_PHILOX_H_
#define LOCKSTEP_CORE_BASE_PHILOX_H_

#include <Random123/philox.h>

#include <array>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/base/rng.h"

namespace lockstep {

// Random4 of core/base/rng.h.
LOCKSTEP_HOST_DEVICE inline std::array<uint32_t, 4> PhiloxBlock(const RandomKey& key,
                                                                uint32_t block) {
  const r123::Philox4x32::key_type philox_key = {
      {static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)}};
  const uint32_t use_and_a = (static_cast<uint32_t>(key.use) << 24) ^ key.a;
  const r123::Philox4x32::ctr_type counter = {
      {block, use_and_a, static_cast<uint32_t>(key.b), static_cast<uint32_t>(key.b >> 32)}};
  const r123::Philox4x32::ctr_type out = r123::Philox4x32()(counter, philox_key);
  return {out.v[0], out.v[1], out.v[2], out.v[3]};
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_PHILOX_H_
