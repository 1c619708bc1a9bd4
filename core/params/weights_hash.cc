#include "core/params/weights_hash.h"

#include "core/base/hash.h"

namespace lockstep {

uint64_t WeightsHash(const ParameterLayout& layout, const float* weights) {
  uint64_t hash = 0;
  for (const ParameterEntry& entry : layout.entries()) {
    const size_t bytes = static_cast<size_t>(entry.shape.elems()) * sizeof(float);
    hash = HashBytes(weights + entry.offset_elems, bytes, hash);
  }
  return hash;
}

}  // namespace lockstep
