#include "core/nn/build_graph.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/config/check_config.h"
#include "core/nn/layers/activation.h"
#include "core/nn/layers/dense.h"
#include "core/nn/layers/dropout.h"
#include "core/nn/static_graph.h"

namespace lockstep {
namespace {

constexpr int kNetworkInput = -1;

std::string LayerError(const std::string& name, std::string_view what) {
  return "layer " + name + ": " + std::string(what);
}

Activation ActivationOf(const LayerConfig& layer) {
  return layer.has_dense() ? layer.dense().activation() : layer.activation().function();
}

// Per layer of the config, the positions of the layers whose outputs it takes.
using LayerInputs = std::vector<std::vector<int>>;

LayerInputs InputsOf(const ModelConfig& model, const std::vector<std::string>& names) {
  std::map<std::string, int> position;
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
    return UsageError(LayerError(names[LayerOnCycle(inputs, placed)],
                                 "its inputs lead back to it: a network has no cycle"));
  }
  return order;
}

// The loss and whether it takes the last layer's activation with it.
StatusOr<LossKind> ChooseLoss(const Config& config, const std::string& name,
                              Activation activation) {
  switch (config.loss()) {
    case LossFunction::BINARY_CROSSENTROPY:
      if (activation == SIGMOID) return LossKind::kBinaryCrossentropy;
      return UsageError(LayerError(name, "BINARY_CROSSENTROPY needs the last layer's activation to "
                                         "be SIGMOID"));
    case LossFunction::CATEGORICAL_CROSSENTROPY:
      if (activation == SOFTMAX) return LossKind::kCategoricalCrossentropy;
      return UsageError(LayerError(name, "CATEGORICAL_CROSSENTROPY needs the last layer's "
                                         "activation to be SOFTMAX"));
    case LossFunction::MEAN_ABSOLUTE_ERROR: return LossKind::kMeanAbsoluteError;
    default: return LossKind::kMeanSquaredError;
  }
}

bool TakesActivation(LossKind loss) {
  return loss == LossKind::kBinaryCrossentropy || loss == LossKind::kCategoricalCrossentropy;
}

Status CheckOutputs(const std::string& name, LossKind loss, int64_t outputs,
                    const SampleFormat& format) {
  const auto units = [&](int64_t wanted, const std::string& why) {
    return UsageError(LayerError(name, std::to_string(outputs) + " outputs, but " + why +
                                           ": expected units: " + std::to_string(wanted)));
  };
  if (loss == LossKind::kBinaryCrossentropy) {
    if (format.classes != 2) {
      return UsageError(LayerError(name, "BINARY_CROSSENTROPY needs data of 2 classes, found " +
                                             std::to_string(format.classes)));
    }
    return outputs == 1 ? OkStatus() : units(1, "BINARY_CROSSENTROPY takes one");
  }
  if (loss == LossKind::kCategoricalCrossentropy) {
    if (format.classes == 0) {
      return UsageError(LayerError(name, "CATEGORICAL_CROSSENTROPY needs data with classes, found "
                                         "regression targets"));
    }
    return outputs == format.classes
               ? OkStatus()
               : units(format.classes,
                       "the data has " + std::to_string(format.classes) + " classes");
  }
  if (format.classes != 0) {
    return UsageError(LayerError(name, "the loss needs regression targets, but the data has " +
                                           std::to_string(format.classes) +
                                           " classes: use a cross-entropy"));
  }
  return outputs == format.targets ? OkStatus()
                                   : units(format.targets, "the data has " +
                                                               std::to_string(format.targets) +
                                                               " targets a sample");
}

std::unique_ptr<Layer> MakeLayer(const LayerConfig& layer, bool leave_out_activation) {
  const ActivationKind activation =
      leave_out_activation ? ActivationKind::kLinear : ToActivationKind(ActivationOf(layer));
  if (layer.has_dense()) return std::make_unique<DenseLayer>(layer.dense(), activation);
  if (layer.has_dropout()) return std::make_unique<DropoutLayer>(layer.dropout());
  if (layer.has_activation() && !leave_out_activation) {
    return std::make_unique<ActivationLayer>(activation);
  }
  return nullptr;  // flatten, or an activation that the loss takes: a view
}

// Appends a layer whose inputs are among the nodes.
Status AddNode(const LayerConfig& config, GraphNode node, GraphParts* parts) {
  std::vector<Shape> shapes;
  for (const int input : node.inputs) {
    shapes.push_back(input == kNetworkInput
                         ? parts->input
                         : parts->nodes[static_cast<size_t>(input)].declaration.output);
    if (input == kNetworkInput && parts->sparse &&
        (node.layer == nullptr || !node.layer->AcceptsSparse())) {
      return UsageError(
          LayerError(node.name, "multi-hot input goes into a dense layer: put one first"));
    }
  }
  if (node.layer != nullptr) {
    auto declaration = node.layer->Declare(shapes);
    if (!declaration.ok()) return Annotate(declaration.status(), "layer " + node.name);
    node.declaration = *std::move(declaration);
  } else if (shapes.size() != 1) {
    return UsageError(LayerError(node.name, "takes one input"));
  } else {
    node.declaration.output = config.has_flatten() ? Shape{shapes[0].elems()} : shapes[0];
  }
  parts->nodes.push_back(std::move(node));
  return OkStatus();
}

// Every output but the last one's must lead to the loss, and something must be learnt.
Status CheckNodes(const std::vector<GraphNode>& nodes) {
  std::vector<bool> taken(nodes.size(), false);
  bool has_weights = false;
  for (const GraphNode& node : nodes) {
    has_weights |= !node.declaration.parameters.empty();
    for (const int input : node.inputs) {
      if (input != kNetworkInput) taken[static_cast<size_t>(input)] = true;
    }
  }
  const std::string& last = nodes.back().name;
  for (size_t i = 0; i + 1 < nodes.size(); ++i) {
    if (taken[i]) continue;
    return UsageError(LayerError(nodes[i].name, "no layer takes its output, and the network's is " +
                                                    last + "'s: remove it, or write input: \"" +
                                                    nodes[i].name + "\" where it belongs"));
  }
  return has_weights ? OkStatus()
                     : UsageError(LayerError(last, "no layer has weights to train: put layer { "
                                                   "dense { units: 1 } } before it"));
}

}  // namespace

StatusOr<std::unique_ptr<Graph>> BuildGraph(const Config& config, const SampleFormat& format,
                                            Ops* ops, int64_t max_rows) {
  const ModelConfig& model = config.model();
  const std::vector<std::string> names = DefaultLayerNames(model);
  const LayerInputs inputs = InputsOf(model, names);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<int> order, TopologicalOrder(inputs, names));
  const LayerConfig& last = model.layer(order.back());
  const std::string& last_name = names[static_cast<size_t>(order.back())];
  LOCKSTEP_ASSIGN_OR_RETURN(const LossKind loss,
                            ChooseLoss(config, last_name, ActivationOf(last)));
  GraphParts parts;
  parts.input = Shape(format.shape);
  parts.sparse = format.encoding == Encoding::kSparse;
  parts.bytes = format.encoding == Encoding::kUint8;
  parts.max_rows = max_rows;
  std::map<int, int> place = {{kNetworkInput, kNetworkInput}};  // of a config's layer: its node
  for (const int i : order) {
    const LayerConfig& layer = model.layer(i);
    GraphNode node;
    node.name = names[static_cast<size_t>(i)];
    node.kind = LayerKind(layer);
    node.layer = MakeLayer(layer, i == order.back() && TakesActivation(loss));
    for (const int input : inputs[static_cast<size_t>(i)]) node.inputs.push_back(place.at(input));
    place[i] = static_cast<int>(parts.nodes.size());
    LOCKSTEP_RETURN_IF_ERROR(AddNode(layer, std::move(node), &parts));
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckNodes(parts.nodes));
  parts.outputs = {{.node = static_cast<int>(parts.nodes.size()) - 1, .loss = loss}};
  LOCKSTEP_RETURN_IF_ERROR(CheckOutputs(
      last_name, loss, parts.nodes.back().declaration.output.elems(), format));
  return std::unique_ptr<Graph>(std::make_unique<StaticGraph>(std::move(parts), ops));
}

}  // namespace lockstep
