// Ops on a device's memory, called with arrays of the host: each call copies what it reads to the
// device and what it may write back, so that the table of core/ops tests runs on a GPU as it is.
#ifndef LOCKSTEP_TESTS_CORE_OPS_CUDA_COPYING_OPS_H_
#define LOCKSTEP_TESTS_CORE_OPS_CUDA_COPYING_OPS_H_

#include <cstddef>
#include <memory>

#include "core/ops/ops.h"

namespace lockstep {

// A device's memory as tests need it. ToHost waits for the work before it.
class TestMemory {
 public:
  virtual ~TestMemory() = default;
  virtual void* Allocate(size_t bytes) = 0;
  virtual void Free(void* memory) = 0;
  virtual void ToDevice(void* to, const void* from, size_t bytes) = 0;
  virtual void ToHost(void* to, const void* from, size_t bytes) = 0;
};

// Borrows both.
std::unique_ptr<Ops> MakeCopyingOps(Ops* ops, TestMemory* memory);

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_OPS_CUDA_COPYING_OPS_H_
