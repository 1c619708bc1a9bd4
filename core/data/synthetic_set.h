// Made-up samples that a network can learn.
#ifndef LOCKSTEP_CORE_DATA_SYNTHETIC_SET_H_
#define LOCKSTEP_CORE_DATA_SYNTHETIC_SET_H_

#include <cstdint>

#include "core/data/source.h"
#include "proto/config.pb.h"

namespace lockstep {

// Class c has mean +-1 per feature, by the bits of its own stream, and noise of deviation 1; sample
// i is of class i modulo classes. Without classes the target is the mean of the features. Pure in
// `seed`.
TrainAndTest LoadSynthetic(const SyntheticData& config, uint64_t seed);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_SYNTHETIC_SET_H_
