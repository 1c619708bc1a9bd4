// The one gradient checker: a graph's Backward against central differences of the same network's
// loss in double (tests/testing/double_network.h).
#ifndef LOCKSTEP_TESTS_TESTING_GRADIENT_CHECK_H_
#define LOCKSTEP_TESTS_TESTING_GRADIENT_CHECK_H_

#include <span>

#include "core/nn/graph.h"
#include "tests/testing/double_network.h"

namespace lockstep {

// Runs `graph` forward and backward on the pass's batch with `weights` (layout's places) and
// expects: the loss and every gradient equal the double network's within float32's noise, every
// gradient is written, and nothing but gradients is.
void CheckGradients(Graph* graph, const DoubleNetwork& network, const DoublePass& pass,
                    std::span<const float> weights);

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_GRADIENT_CHECK_H_
