// How kernels start, as Keras draws them.
#ifndef LOCKSTEP_CORE_NN_INITIALIZERS_H_
#define LOCKSTEP_CORE_NN_INITIALIZERS_H_

#include <cstdint>
#include <span>

#include "core/nn/layer.h"

namespace lockstep {

// Fills `values` (parameter.shape.elems() of them), keyed by (seed, index of the parameter in the
// network): the same on every rank. Glorot and Bengio, "Understanding the difficulty of training
// deep feedforward neural networks", AISTATS 2010; He et al., "Delving deep into rectifiers", ICCV
// 2015. The normal forms are cut at two standard deviations and rescaled, as Keras does.
void Initialize(const LayerParameter& parameter, uint64_t seed, uint32_t index,
                std::span<float> values);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_INITIALIZERS_H_
