// A config's layers as the nodes of a network, in an order in which they can run.
#ifndef LOCKSTEP_CORE_NN_MODEL_NODES_H_
#define LOCKSTEP_CORE_NN_MODEL_NODES_H_

#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/nn/layer.h"
#include "core/nn/schedule.h"
#include "proto/config.pb.h"

namespace lockstep {

// A layer before it is made. Passes over the nodes may change `activation`, `has_addend` and
// `view`, and `inputs` with them; names and places stay, for places key dropout's masks.
struct ModelNode {
  std::string name;
  LayerConfig config;
  std::vector<int> inputs;  // positions of earlier nodes, or kNetworkInput
  std::vector<int> config_inputs;  // the same as the config has it, whatever was fused
  // What the layer applies to its result: its own, or that of a later layer which is fused with it.
  ActivationKind activation = ActivationKind::kLinear;
  bool has_addend = false;  // of batch_normalization: the second input is added to its result
  // The output is the first input's under another shape or the same: of flatten and reshape, of an
  // activation that the loss takes, and of a layer whose work an other one does.
  bool view = false;
};

// The model's layers, each after its inputs. Errors: UsageError for a cycle. REQUIRES:
// CheckConfig(config of model) is OK and the model has no zoo.
StatusOr<std::vector<ModelNode>> WireNodes(const ModelConfig& model);

// The position of the layer `name`, -1 if there is none.
int FindNode(const std::vector<ModelNode>& nodes, const std::string& name);

// What the node computes; nullptr for a view.
std::unique_ptr<Layer> MakeLayer(const ModelNode& node);

// The shape of a view. Errors: UsageError.
StatusOr<Shape> ViewShape(const ModelNode& node, const std::vector<Shape>& inputs);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_MODEL_NODES_H_
