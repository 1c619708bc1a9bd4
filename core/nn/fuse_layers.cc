#include "core/nn/fuse_layers.h"

#include <algorithm>
#include <cstddef>

namespace lockstep {
namespace {

// Of each node, how many read its output.
std::vector<int> CountReaders(const std::vector<int>& outputs,
                              const std::vector<ModelNode>& nodes) {
  std::vector<int> readers(nodes.size(), 0);
  for (const int output : outputs) ++readers[static_cast<size_t>(output)];
  for (const ModelNode& node : nodes) {
    for (const int input : node.inputs) {
      if (input != kNetworkInput) ++readers[static_cast<size_t>(input)];
    }
  }
  return readers;
}

class Fuser {
 public:
  Fuser(const std::vector<int>& outputs, std::vector<ModelNode>* nodes)
      : nodes_(*nodes), readers_(CountReaders(outputs, *nodes)) {}

  void Run() {
    for (size_t i = 0; i < nodes_.size(); ++i) FuseActivation(i);
    for (size_t i = 0; i < nodes_.size(); ++i) FuseAdd(i);
  }

 private:
  // The node that only `reader` reads; nullptr if there are others.
  ModelNode* OnlyFor(int input) {
    if (input == kNetworkInput || readers_[static_cast<size_t>(input)] != 1) return nullptr;
    return &nodes_[static_cast<size_t>(input)];
  }

  static bool CanApply(const ModelNode& node, ActivationKind activation) {
    if (node.view || node.activation != ActivationKind::kLinear) return false;
    if (node.config.has_batch_normalization() || node.config.has_add()) {
      return activation == ActivationKind::kRelu;
    }
    // Softmax and GELU would be passes of their own within the layer.
    return (node.config.has_conv2d() || node.config.has_dense()) &&
           activation != ActivationKind::kSoftmax && activation != ActivationKind::kGelu;
  }

  void FuseActivation(size_t i) {
    ModelNode& node = nodes_[i];
    if (!node.config.has_activation() || node.view || node.inputs.size() != 1) return;
    ModelNode* before = OnlyFor(node.inputs[0]);
    if (before == nullptr || !CanApply(*before, node.activation)) return;
    before->activation = node.activation;
    node.activation = ActivationKind::kLinear;
    node.view = true;
  }

  void FuseAdd(size_t i) {
    ModelNode& node = nodes_[i];
    if (!node.config.has_add() || node.inputs.size() != 2 || node.inputs[0] == node.inputs[1]) {
      return;
    }
    if (node.activation != ActivationKind::kLinear && node.activation != ActivationKind::kRelu) {
      return;
    }
    // The one that runs later can read the other.
    const int later = std::max(node.inputs[0], node.inputs[1]);
    const int addend = std::min(node.inputs[0], node.inputs[1]);
    ModelNode* norm = OnlyFor(later);
    if (norm == nullptr || !norm->config.has_batch_normalization() || norm->has_addend ||
        norm->inputs.size() != 1 || norm->activation != ActivationKind::kLinear) {
      return;
    }
    norm->inputs.push_back(addend);
    norm->has_addend = true;
    norm->activation = node.activation;
    node.activation = ActivationKind::kLinear;
    node.inputs = {later};
    node.view = true;
  }

  std::vector<ModelNode>& nodes_;
  std::vector<int> readers_;
};

}  // namespace

void FuseLayers(const std::vector<int>& outputs, std::vector<ModelNode>* nodes) {
  Fuser(outputs, nodes).Run();
}

std::vector<Folding> FindFoldings(const std::vector<int>& outputs,
                                  const std::vector<ModelNode>& nodes) {
  const std::vector<int> readers = CountReaders(outputs, nodes);
  std::vector<Folding> foldings;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].config.has_batch_normalization() || nodes[i].has_addend) continue;
    const int input = nodes[i].inputs[0];
    if (input == kNetworkInput || readers[static_cast<size_t>(input)] != 1) continue;
    const ModelNode& before = nodes[static_cast<size_t>(input)];
    if (before.config.has_conv2d() && before.activation == ActivationKind::kLinear) {
      foldings.push_back({input, static_cast<int>(i)});
    }
  }
  return foldings;
}

}  // namespace lockstep
