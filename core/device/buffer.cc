#include "core/device/buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "core/base/out_of_memory.h"

namespace lockstep {
namespace {

constexpr size_t kAlignment = 64;  // every SIMD width, and a cache line
constexpr size_t kHugePage = 2 << 20;
constexpr size_t kHugeFrom = 2 * kHugePage;

size_t RoundedUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

void* AllocateZeroed(size_t bytes) {
  const bool is_huge = bytes >= kHugeFrom;
  const size_t unit = is_huge ? kHugePage : kAlignment;
  const size_t padded = RoundedUp(bytes, unit);
  void* const data = std::aligned_alloc(unit, padded);
  if (data == nullptr) EndOutOfMemory(bytes);
  // Passes over activations go through more pages than the processor keeps addresses of. A system
  // without huge pages refuses, which changes nothing but speed.
  if (is_huge) madvise(data, padded, MADV_HUGEPAGE);
  std::memset(data, 0, bytes);
  return data;
}

}  // namespace lockstep
