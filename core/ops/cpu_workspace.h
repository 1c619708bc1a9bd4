// CpuWorkspace: scratch memory that the plans of one rank share, since only one runs at a time.
#ifndef LOCKSTEP_CORE_OPS_CPU_WORKSPACE_H_
#define LOCKSTEP_CORE_OPS_CPU_WORKSPACE_H_

#include <cstdint>

#include "core/device/buffer.h"

namespace lockstep {

// Grows to the largest need, before the first step. One thread at a time.
class CpuWorkspace {
 public:
  // A plan will ask for `elems`.
  void Reserve(int64_t elems) {
    if (elems > static_cast<int64_t>(scratch_.size())) {
      scratch_ = Buffer<float>(static_cast<size_t>(elems));
    }
  }
  // Valid until the next Reserve; holds nothing from one call of a plan to the next.
  float* data() { return scratch_.data(); }
  // A plan keeps so many bytes of its own beside the scratch memory.
  void AddOwned(int64_t bytes) { owned_bytes_ += bytes; }
  int64_t bytes() const {
    return owned_bytes_ + static_cast<int64_t>(scratch_.size() * sizeof(float));
  }

 private:
  Buffer<float> scratch_;
  int64_t owned_bytes_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_WORKSPACE_H_
