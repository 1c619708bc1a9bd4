// EmulatedGraph: a network of which only the gradients are real. Computing is a sleep as long as a
// model says, so that ranks that emulate a machine with many fast devices do not compete for the
// cores of this one; gradients have true sizes and become final in true order, layer by layer.
#ifndef LOCKSTEP_BENCHMARKS_EMULATED_GRAPH_H_
#define LOCKSTEP_BENCHMARKS_EMULATED_GRAPH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/nn/graph.h"
#include "distributed/scaling/workload.h"

namespace lockstep {

// One layer, in forward order.
struct EmulatedLayer {
  int64_t parameters = 0;
  double work = 1;  // its share of computing, relative to other layers
};

struct EmulatedNetwork {
  std::vector<EmulatedLayer> layers;
  double fixed_ms = 1;       // of computing a micro-batch, whatever its size
  double per_sample_ms = 0;  // beside that
  double forward_share = 1.0 / 3;
  double extra_ms = 0;       // more in Backward: a rank that is slow
};

// One for each tensor, which takes its share of backward's work.
std::vector<EmulatedLayer> EmulatedLayersOf(const Workload& workload);

std::unique_ptr<Graph> MakeEmulatedGraph(const EmulatedNetwork& network);

}  // namespace lockstep

#endif  // LOCKSTEP_BENCHMARKS_EMULATED_GRAPH_H_
