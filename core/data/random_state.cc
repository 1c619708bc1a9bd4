#include "core/data/random_state.h"

#include <bit>
#include <numeric>
#include <utility>

namespace lockstep {

uint32_t RandomState::Interval(uint32_t most) {
  if (most == 0) return 0;
  const uint32_t mask = ~uint32_t{0} >> std::countl_zero(most);
  while (true) {
    const uint32_t value = static_cast<uint32_t>(engine_()) & mask;
    if (value <= most) return value;
  }
}

void RandomState::Shuffle(std::span<uint32_t> values) {
  for (size_t i = values.size(); i-- > 1;) {
    std::swap(values[i], values[Interval(static_cast<uint32_t>(i))]);
  }
}

std::vector<uint32_t> RandomState::ShuffledOrder(int64_t n) {
  std::vector<uint32_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0u);
  Shuffle(order);
  return order;
}

}  // namespace lockstep
