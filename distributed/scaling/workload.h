// What one step of a network asks of a cluster: its gradients in the order in which backward makes
// them final, and how much of backward is done by then.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_WORKLOAD_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_WORKLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/nn/graph.h"

namespace lockstep {

// One parameter's gradient.
struct GradientTensor {
  std::string name;
  double elements = 0;
  double ready = 0;  // share of backward's work that is done when it is final, in (0, 1]
};

struct Workload {
  std::string name;
  std::vector<GradientTensor> tensors;  // in backward order; `ready` never falls
  double forward_macs = 0;  // multiply-accumulates of one sample; backward does twice as many

  double elements() const;
};

// One parameter in forward order, with the multiply-accumulates of its layer on one of them.
struct LayerTensor {
  std::string name;
  double elements = 0;
  double forward_macs = 0;
};

// Backward runs through `tensors` from the last to the first.
Workload WorkloadFromLayers(std::string name, const std::vector<LayerTensor>& tensors);

// From a planned network: the layout's order is backward's. A kernel's work is its elements times
// the places of its layer's output; tensors that are summed like gradients, as moving statistics
// are, count.
Workload WorkloadFromGraph(std::string name, const Graph& graph);

// Networks of a table "net,tensor,elements,fwd_macs", forward order, as measurements/nets.csv.
// Errors: BadDataError "FILE:LINE: ...".
StatusOr<std::vector<Workload>> ReadNets(std::string_view text, const std::string& file);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_WORKLOAD_H_
