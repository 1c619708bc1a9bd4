#include "core/base/rng.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "core/base/philox.h"

namespace lockstep {

std::array<uint32_t, 4> Random4(const RandomKey& key, uint32_t block) {
  return PhiloxBlock(key, block);
}

float Uniform(const RandomKey& key, uint64_t i) {
  return ToUniform(Random4(key, static_cast<uint32_t>(i / 4))[i % 4]);
}

float Normal(const RandomKey& key, uint64_t i) {
  const auto bits = Random4(key, static_cast<uint32_t>(i / 2));
  const uint32_t first = bits[(i % 2) * 2], second = bits[(i % 2) * 2 + 1];
  const double radius = std::sqrt(-2.0 * std::log((first + 1.0) * 0x1.0p-32));
  return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * second * 0x1.0p-32));
}

void Permutation(const RandomKey& key, std::span<uint32_t> permutation) {
  for (uint32_t i = 0; i < permutation.size(); ++i) permutation[i] = i;
  std::array<uint32_t, 4> bits{};
  uint32_t used = 4, block = 0;
  for (uint64_t i = permutation.size(); i > 1; --i) {
    if (used == 4) bits = Random4(key, block++), used = 0;
    // Multiply-shift maps 32 bits onto 0 .. i-1; its bias is below i / 2^32.
    const uint64_t j = (static_cast<uint64_t>(bits[used++]) * i) >> 32;
    std::swap(permutation[i - 1], permutation[j]);
  }
}

}  // namespace lockstep
