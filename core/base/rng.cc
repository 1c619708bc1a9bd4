#include "core/base/rng.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>
#include <utility>

namespace lockstep {

std::array<uint32_t, 4> Random4(const RandomKey& key, uint32_t block) {
  const r123::Philox4x32::key_type philox_key = {
      {static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)}};
  const uint32_t use_and_a = (static_cast<uint32_t>(key.use) << 24) ^ key.a;
  const r123::Philox4x32::ctr_type counter = {
      {block, use_and_a, static_cast<uint32_t>(key.b), static_cast<uint32_t>(key.b >> 32)}};
  const auto out = r123::Philox4x32()(counter, philox_key);
  return {out[0], out[1], out[2], out[3]};
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
