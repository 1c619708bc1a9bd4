#include "core/nn/model_nodes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/config/layer_names.h"
#include "core/nn/layers/activation.h"
#include "core/nn/layers/add.h"
#include "core/nn/layers/batch_normalization.h"
#include "core/nn/layers/concatenate.h"
#include "core/nn/layers/conv2d.h"
#include "core/nn/layers/dense.h"
#include "core/nn/layers/dropout.h"
#include "core/nn/layers/local_response_normalization.h"
#include "core/nn/layers/pooling2d.h"
#include "core/nn/layers/reshape.h"
#include "core/nn/layers/zero_padding2d.h"

namespace lockstep {
namespace {

// Per layer of the config, the positions of the layers whose outputs it takes.
using LayerInputs = std::vector<std::vector<int>>;

LayerInputs InputsOf(const ModelConfig& model, const std::vector<std::string>& names) {
  std::map<std::string, int> position = {{kInputName, kNetworkInput}};
  for (size_t i = 0; i < names.size(); ++i) position[names[i]] = static_cast<int>(i);
  LayerInputs inputs(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    for (const std::string& name : model.layer(static_cast<int>(i)).input()) {
      inputs[i].push_back(position.at(name));
    }
    if (inputs[i].empty()) inputs[i].push_back(i == 0 ? kNetworkInput : static_cast<int>(i) - 1);
  }
  return inputs;
}

// A layer on a cycle: from one that cannot run, backwards along inputs that cannot run either.
size_t LayerOnCycle(const LayerInputs& inputs, const std::vector<bool>& placed) {
  size_t at = static_cast<size_t>(std::find(placed.begin(), placed.end(), false) - placed.begin());
  for (size_t step = 0; step < inputs.size(); ++step) {
    at = static_cast<size_t>(*std::find_if(inputs[at].begin(), inputs[at].end(), [&](int input) {
      return input != kNetworkInput && !placed[static_cast<size_t>(input)];
    }));
  }
  return at;
}

// The order in which layers can run: positions in the config, each after its inputs.
StatusOr<std::vector<int>> TopologicalOrder(const LayerInputs& inputs,
                                            const std::vector<std::string>& names) {
  std::vector<int> order;
  std::vector<bool> placed(names.size(), false);
  while (order.size() < names.size()) {
    const size_t before = order.size();
    for (size_t i = 0; i < names.size(); ++i) {
      const bool ready = std::all_of(inputs[i].begin(), inputs[i].end(), [&](int input) {
        return input == kNetworkInput || placed[static_cast<size_t>(input)];
      });
      if (placed[i] || !ready) continue;
      placed[i] = true;
      order.push_back(static_cast<int>(i));
    }
    if (order.size() > before) continue;
    return UsageError("layer " + names[LayerOnCycle(inputs, placed)] +
                      ": its inputs lead back to it: a network has no cycle");
  }
  return order;
}

Activation ActivationOf(const LayerConfig& layer) {
  if (layer.has_dense()) return layer.dense().activation();
  if (layer.has_conv2d()) return layer.conv2d().activation();
  return layer.activation().function();
}

}  // namespace

StatusOr<std::vector<ModelNode>> WireNodes(const ModelConfig& model) {
  const std::vector<std::string> names = DefaultLayerNames(model);
  const LayerInputs inputs = InputsOf(model, names);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<int> order, TopologicalOrder(inputs, names));
  std::vector<ModelNode> nodes;
  std::map<int, int> place = {{kNetworkInput, kNetworkInput}};  // of a config's layer: its node
  for (const int i : order) {
    ModelNode node;
    node.name = names[static_cast<size_t>(i)];
    node.config = model.layer(i);
    node.activation = ToActivationKind(ActivationOf(node.config));
    node.view = node.config.has_flatten() || node.config.has_reshape();
    for (const int input : inputs[static_cast<size_t>(i)]) node.inputs.push_back(place.at(input));
    node.config_inputs = node.inputs;
    place[i] = static_cast<int>(nodes.size());
    nodes.push_back(std::move(node));
  }
  return nodes;
}

int FindNode(const std::vector<ModelNode>& nodes, const std::string& name) {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const ModelNode& node) { return node.name == name; });
  return found == nodes.end() ? -1 : static_cast<int>(found - nodes.begin());
}

std::unique_ptr<Layer> MakeLayer(const ModelNode& node) {
  const LayerConfig& layer = node.config;
  if (node.view) return nullptr;
  switch (layer.kind_case()) {
    case LayerConfig::kDense:
      return std::make_unique<DenseLayer>(layer.dense(), node.activation);
    case LayerConfig::kActivation: return std::make_unique<ActivationLayer>(node.activation);
    case LayerConfig::kDropout: return std::make_unique<DropoutLayer>(layer.dropout());
    case LayerConfig::kConv2D:
      return std::make_unique<Conv2dLayer>(layer.conv2d(), node.activation);
    case LayerConfig::kMaxPooling2D:
      return std::make_unique<Pooling2dLayer>(PoolKind::kMax, layer.max_pooling2d());
    case LayerConfig::kAveragePooling2D:
      return std::make_unique<Pooling2dLayer>(PoolKind::kAverage, layer.average_pooling2d());
    case LayerConfig::kGlobalAveragePooling2D: return std::make_unique<Pooling2dLayer>();
    case LayerConfig::kBatchNormalization:
      return std::make_unique<BatchNormalizationLayer>(layer.batch_normalization(),
                                                       node.activation, node.has_addend);
    case LayerConfig::kLocalResponseNormalization:
      return std::make_unique<LocalResponseNormalizationLayer>(
          layer.local_response_normalization());
    case LayerConfig::kAdd: return std::make_unique<AddLayer>(node.activation);
    case LayerConfig::kConcatenate: return std::make_unique<ConcatenateLayer>(layer.concatenate());
    case LayerConfig::kZeroPadding2D:
      return std::make_unique<ZeroPadding2dLayer>(layer.zero_padding2d());
    case LayerConfig::kFlatten:
    case LayerConfig::kReshape:
    case LayerConfig::KIND_NOT_SET: break;
  }
  return nullptr;
}

StatusOr<Shape> ViewShape(const ModelNode& node, const std::vector<Shape>& inputs) {
  const bool takes_one = node.config.has_flatten() || node.config.has_reshape() ||
                         node.config.has_activation();
  if (takes_one && inputs.size() != 1) {
    return UsageError(LayerKind(node.config) + " takes one input");
  }
  if (node.config.has_flatten()) return Shape{inputs[0].elems()};
  if (node.config.has_reshape()) return ReshapedShape(node.config.reshape(), inputs[0]);
  return inputs[0];
}

}  // namespace lockstep
