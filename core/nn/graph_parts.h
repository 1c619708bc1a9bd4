// What a graph is made of: layers with their places in the network.
#ifndef LOCKSTEP_CORE_NN_GRAPH_PARTS_H_
#define LOCKSTEP_CORE_NN_GRAPH_PARTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/device/tensor.h"
#include "core/nn/layer.h"
#include "core/ops/specs.h"

namespace lockstep {

// A layer and its place in the network.
struct GraphNode {
  std::string name;
  std::string kind;
  std::unique_ptr<Layer> layer;  // nullptr: a view of its input under another shape (flatten)
  std::vector<int> inputs;       // positions of earlier nodes, or kNetworkInput
  std::vector<int> config_inputs = {};  // the same as the config has it, whatever was fused
  LayerDeclaration declaration;
  // Of a batch normalisation: evaluation runs `folded` in place of the layer and of the node
  // `folds`, whose only taker this is, with the parameters of both, that one's first.
  int folds = -1;
  std::unique_ptr<Layer> folded = nullptr;
};

// A node whose output the loss looks at.
struct GraphOutput {
  int node = 0;
  LossKind loss = LossKind::kMeanSquaredError;
  float weight = 1;  // of its loss in the sum
};

struct GraphParts {
  std::vector<GraphNode> nodes;      // topological order; each leads to an output
  std::vector<GraphOutput> outputs;  // the first one is the prediction
  Shape input;                       // of one sample
  bool sparse = false;               // the network's input is multi-hot
  bool bytes = false;                // the network's input comes as bytes
  int64_t max_rows = 1;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_GRAPH_PARTS_H_
