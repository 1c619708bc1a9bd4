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

// The order in which layers can run: positions in the config, each after its inputs.
StatusOr<std::vector<int>> TopologicalOrder(const ModelConfig& model,
                                            const std::vector<std::string>& names,
                                            const std::map<std::string, int>& position) {
  std::vector<int> order;
  std::vector<bool> placed(names.size(), false);
  while (order.size() < names.size()) {
    const size_t before = order.size();
    for (int i = 0; i < model.layer_size(); ++i) {
      if (placed[static_cast<size_t>(i)]) continue;
      const auto& inputs = model.layer(i).input();
      const bool ready =
          inputs.empty() ? i == 0 || placed[static_cast<size_t>(i - 1)]
                         : std::all_of(inputs.begin(), inputs.end(), [&](const std::string& in) {
                             return placed[static_cast<size_t>(position.at(in))];
                           });
      if (!ready) continue;
      placed[static_cast<size_t>(i)] = true;
      order.push_back(i);
    }
    if (order.size() > before) continue;
    const auto stuck = std::find(placed.begin(), placed.end(), false) - placed.begin();
    return UsageError(LayerError(names[static_cast<size_t>(stuck)],
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

}  // namespace

StatusOr<std::unique_ptr<Graph>> BuildGraph(const Config& config, const SampleFormat& format,
                                            Ops* ops, int64_t max_rows) {
  const ModelConfig& model = config.model();
  const std::vector<std::string> names = DefaultLayerNames(model);
  std::map<std::string, int> position;
  for (size_t i = 0; i < names.size(); ++i) position[names[i]] = static_cast<int>(i);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<int> order,
                            TopologicalOrder(model, names, position));
  const LayerConfig& last = model.layer(order.back());
  const std::string& last_name = names[static_cast<size_t>(order.back())];
  LOCKSTEP_ASSIGN_OR_RETURN(const LossKind loss,
                            ChooseLoss(config, last_name, ActivationOf(last)));
  GraphParts parts;
  parts.input = Shape(format.shape);
  parts.sparse = format.encoding == Encoding::kSparse;
  parts.bytes = format.encoding == Encoding::kUint8;
  parts.loss = loss;
  parts.max_rows = max_rows;
  std::map<int, int> place;  // of a layer of the config among the nodes
  for (const int i : order) {
    const LayerConfig& layer = model.layer(i);
    GraphNode node;
    node.name = names[static_cast<size_t>(i)];
    node.kind = LayerKind(layer);
    node.layer = MakeLayer(layer, i == order.back() && TakesActivation(loss));
    for (const std::string& input : layer.input()) node.inputs.push_back(place[position[input]]);
    if (layer.input().empty()) node.inputs.push_back(i == 0 ? kNetworkInput : place[i - 1]);
    std::vector<Shape> shapes;
    for (const int input : node.inputs) {
      shapes.push_back(input == kNetworkInput
                           ? parts.input
                           : parts.nodes[static_cast<size_t>(input)].declaration.output);
      if (input == kNetworkInput && parts.sparse && !layer.has_dense()) {
        return UsageError(LayerError(node.name, "multi-hot input goes into a dense layer: put one "
                                                "first"));
      }
    }
    if (node.layer != nullptr) {
      auto declaration = node.layer->Declare(shapes);
      if (!declaration.ok()) return Annotate(declaration.status(), "layer " + node.name);
      node.declaration = *std::move(declaration);
    } else if (shapes.size() != 1) {
      return UsageError(LayerError(node.name, "takes one input"));
    } else {
      node.declaration.output = layer.has_flatten() ? Shape{shapes[0].elems()} : shapes[0];
    }
    place[i] = static_cast<int>(parts.nodes.size());
    parts.nodes.push_back(std::move(node));
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckOutputs(
      last_name, loss, parts.nodes.back().declaration.output.elems(), format));
  return std::unique_ptr<Graph>(std::make_unique<StaticGraph>(std::move(parts), ops));
}

}  // namespace lockstep
