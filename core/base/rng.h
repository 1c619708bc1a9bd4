// Counter-based random numbers: every number is a pure function of (seed, what, three counters),
// never of rank, thread or call order, so any split of the work draws the same values.
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), from
// the Random123 library.
#ifndef LOCKSTEP_CORE_BASE_RNG_H_
#define LOCKSTEP_CORE_BASE_RNG_H_

#include <array>
#include <cstdint>
#include <span>

#include "core/base/host_device.h"

namespace lockstep {

// What a number is for; part of the key, so that uses never share a stream.
enum class RandomUse : uint32_t {
  kInitialWeights = 1,
  kShuffle = 2,
  kDropout = 3,
  kSynthetic = 4,
  kAugment = 5
};

// Identifies a stream. `a`: which one within the use (layer or epoch); `b`: step or sample index.
struct RandomKey {
  uint64_t seed = 0;
  RandomUse use = RandomUse::kInitialWeights;
  uint32_t a = 0;
  uint64_t b = 0;
};

// Four 32-bit numbers: block `block` of the stream `key`.
std::array<uint32_t, 4> Random4(const RandomKey& key, uint32_t block);

// Uniform in [0, 1) with 24 bits, from one 32-bit number.
LOCKSTEP_ELEMENT float ToUniform(uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1.0p-24f;
}

// Element i of the stream `key` as a uniform in [0, 1).
float Uniform(const RandomKey& key, uint64_t i);

// Element i of the stream `key` as a standard normal (Box-Muller on two 32-bit numbers).
float Normal(const RandomKey& key, uint64_t i);

// Fills `permutation` with a permutation of 0 .. size-1: Fisher-Yates with draws from `key`.
void Permutation(const RandomKey& key, std::span<uint32_t> permutation);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_RNG_H_
