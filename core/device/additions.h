// Additions: sums in a fixed order, as a list that a GPU's kernel takes by value. Element i of
// every step depends on element i alone, so a thread per element keeps the order.
#ifndef LOCKSTEP_CORE_DEVICE_ADDITIONS_H_
#define LOCKSTEP_CORE_DEVICE_ADDITIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/host_device.h"

namespace lockstep {

// to[i] += from[i] for every i.
struct VectorAddition {
  float* to = nullptr;
  const float* from = nullptr;
};

// Steps 0 .. count-1, each for all elements before the next one, or element by element: the same.
// A kernel's parameters have at most 4 KiB.
struct Additions {
  static constexpr int kMost = 64;
  int count = 0;
  std::array<VectorAddition, kMost> steps{};
};

// All steps of element i.
LOCKSTEP_ELEMENT void AddInOrderAt(const Additions& additions, int64_t i) {
  for (int k = 0; k < additions.count; ++k) {
    const VectorAddition step = additions.steps[static_cast<size_t>(k)];
    step.to[i] += step.from[i];
  }
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_ADDITIONS_H_
