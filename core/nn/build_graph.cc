#include "core/nn/build_graph.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/config/layer_names.h"
#include "core/nn/fuse_layers.h"
#include "core/nn/layers/conv2d.h"
#include "core/nn/layers/folded_conv2d.h"
#include "core/nn/model_nodes.h"
#include "core/nn/static_graph.h"
#include "core/nn/zoo/zoo.h"

namespace lockstep {
namespace {

std::string LayerError(const std::string& name, std::string_view what) {
  return "layer " + name + ": " + std::string(what);
}

// The config's loss for a layer of this activation, which it may take over.
StatusOr<LossKind> ChooseLoss(LossFunction::Kind loss, const ModelNode& node) {
  const auto needs = [&](const char* name, const char* activation) {
    return UsageError(LayerError(node.name, std::string(name) + " needs the last layer's " +
                                                "activation to be " + activation));
  };
  switch (loss) {
    case LossFunction::BINARY_CROSSENTROPY:
      if (node.activation == ActivationKind::kSigmoid) return LossKind::kBinaryCrossentropy;
      return needs("BINARY_CROSSENTROPY", "SIGMOID");
    case LossFunction::CATEGORICAL_CROSSENTROPY:
      if (node.activation == ActivationKind::kSoftmax) return LossKind::kCategoricalCrossentropy;
      return needs("CATEGORICAL_CROSSENTROPY", "SOFTMAX");
    case LossFunction::MEAN_ABSOLUTE_ERROR: return LossKind::kMeanAbsoluteError;
    default: return LossKind::kMeanSquaredError;
  }
}

bool TakesActivation(LossKind loss) {
  return loss == LossKind::kBinaryCrossentropy || loss == LossKind::kCategoricalCrossentropy;
}

Status CheckOutputs(const std::string& name, LossKind loss, const Shape& shape,
                    const SampleFormat& format) {
  const int64_t outputs = shape.elems();
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
    if (shape.rank() > 0 && shape[shape.rank() - 1] != outputs) {
      return UsageError(LayerError(name, "its softmax works over the last axis of " +
                                             shape.ToString() +
                                             ": put layer { flatten {} } before it"));
    }
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

// Where the loss looks, in the config's order; the last layer if it says nothing. Takes the
// activations away that the loss takes over.
StatusOr<std::vector<GraphOutput>> TakeOutputs(const ModelConfig& model,
                                               LossFunction::Kind loss,
                                               std::vector<ModelNode>* nodes) {
  std::vector<GraphOutput> outputs;
  for (const OutputConfig& output : model.output()) {
    outputs.push_back({.node = FindNode(*nodes, output.layer()), .weight = output.weight()});
  }
  if (outputs.empty()) outputs.push_back({.node = static_cast<int>(nodes->size()) - 1});
  for (GraphOutput& output : outputs) {
    ModelNode& node = (*nodes)[static_cast<size_t>(output.node)];
    LOCKSTEP_ASSIGN_OR_RETURN(output.loss, ChooseLoss(loss, node));
    if (!TakesActivation(output.loss)) continue;
    for (const ModelNode& other : *nodes) {
      if (std::find(other.inputs.begin(), other.inputs.end(), output.node) == other.inputs.end()) {
        continue;
      }
      return UsageError(LayerError(other.name, "takes the output of " + node.name +
                                                   ", whose activation belongs to the loss: no "
                                                   "layer can take it"));
    }
    node.activation = ActivationKind::kLinear;
    node.view = node.config.has_activation();
  }
  return outputs;
}

// Appends a node whose inputs are among those of `parts`.
Status AddNode(const ModelNode& from, GraphParts* parts) {
  GraphNode node;
  node.name = from.name;
  node.kind = LayerKind(from.config);
  node.layer = MakeLayer(from);
  node.inputs = from.inputs;
  node.config_inputs = from.config_inputs;
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
  } else {
    auto shape = ViewShape(from, shapes);
    if (!shape.ok()) return Annotate(shape.status(), "layer " + node.name);
    node.declaration.output = *shape;
  }
  // So that no size of a later layer overflows.
  constexpr int64_t kMaxElems = int64_t{1} << 31;
  if (node.declaration.output.elems() > kMaxElems) {
    return UsageError(LayerError(node.name, "its output " + node.declaration.output.ToString() +
                                                " is too large: at most 2147483648 values"));
  }
  parts->nodes.push_back(std::move(node));
  return OkStatus();
}

// Every layer must lead to the loss, and something must be learnt.
Status CheckNodes(const GraphParts& parts) {
  const std::vector<GraphNode>& nodes = parts.nodes;
  std::vector<bool> leads(nodes.size(), false);
  for (const GraphOutput& output : parts.outputs) leads[static_cast<size_t>(output.node)] = true;
  const std::string& prediction = nodes[static_cast<size_t>(parts.outputs[0].node)].name;
  bool has_weights = false;
  for (size_t i = nodes.size(); i-- > 0;) {
    has_weights |= !nodes[i].declaration.parameters.empty();
    for (const int input : nodes[i].inputs) {
      if (leads[i] && input != kNetworkInput) leads[static_cast<size_t>(input)] = true;
    }
  }
  // The last one that does not lead there is taken by none.
  const auto stray = std::find(leads.rbegin(), leads.rend(), false);
  if (stray != leads.rend()) {
    const std::string& name = nodes[static_cast<size_t>(leads.rend() - stray) - 1].name;
    return UsageError(LayerError(name, "no layer takes its output, and the network's is " +
                                           prediction + "'s: remove it, or write input: \"" +
                                           name + "\" where it belongs"));
  }
  return has_weights ? OkStatus()
                     : UsageError(LayerError(prediction,
                                             "no layer has weights to train: put layer { "
                                             "dense { units: 1 } } before it"));
}

// Two outputs that are views of one value would be one output.
Status CheckDistinct(const GraphParts& parts) {
  std::map<int, int> sources;
  for (const GraphOutput& output : parts.outputs) {
    int source = output.node;
    const auto node = [&] { return &parts.nodes[static_cast<size_t>(source)]; };
    while (source != kNetworkInput && node()->layer == nullptr) source = node()->inputs[0];
    const auto [at, is_new] = sources.insert({source, output.node});
    if (is_new) continue;
    return UsageError(LayerError(parts.nodes[static_cast<size_t>(output.node)].name,
                                 "is the same output as " +
                                     parts.nodes[static_cast<size_t>(at->second)].name +
                                     ": name one of them"));
  }
  return OkStatus();
}

Status AddNodes(const std::vector<ModelNode>& nodes, GraphParts* parts) {
  parts->nodes.clear();
  for (const ModelNode& node : nodes) LOCKSTEP_RETURN_IF_ERROR(AddNode(node, parts));
  return OkStatus();
}

Status CheckParts(const GraphParts& parts, const SampleFormat& format) {
  LOCKSTEP_RETURN_IF_ERROR(CheckNodes(parts));
  LOCKSTEP_RETURN_IF_ERROR(CheckDistinct(parts));
  for (const GraphOutput& output : parts.outputs) {
    const GraphNode& node = parts.nodes[static_cast<size_t>(output.node)];
    LOCKSTEP_RETURN_IF_ERROR(
        CheckOutputs(node.name, output.loss, node.declaration.output, format));
  }
  return OkStatus();
}

// Makes the nodes of `parts` again, from fused ones.
Status FuseNodes(std::vector<ModelNode> nodes, GraphParts* parts) {
  std::vector<int> outputs;
  for (const GraphOutput& output : parts->outputs) outputs.push_back(output.node);
  FuseLayers(outputs, &nodes);
  LOCKSTEP_RETURN_IF_ERROR(AddNodes(nodes, parts));
  for (const Folding& folding : FindFoldings(outputs, nodes)) {
    const ModelNode& from = nodes[static_cast<size_t>(folding.normalization)];
    GraphNode& node = parts->nodes[static_cast<size_t>(folding.normalization)];
    Layer* convolution = parts->nodes[static_cast<size_t>(folding.convolution)].layer.get();
    node.folds = folding.convolution;
    node.folded = std::make_unique<FoldedConv2dLayer>(
        static_cast<Conv2dLayer*>(convolution), from.config.batch_normalization().epsilon(),
        from.activation);
  }
  return OkStatus();
}

// Told by its own setting, which the layer that gives too many or too few outputs is not.
Status CheckZooClasses(const ModelConfig& model, int64_t classes) {
  if (!model.has_zoo() || !model.has_classes() || classes == 0 || model.classes() == classes) {
    return OkStatus();
  }
  return UsageError("model.classes: found " + std::to_string(model.classes()) +
                    ", expected the number of the data's classes: " + std::to_string(classes));
}

}  // namespace

StatusOr<GraphParts> MakeGraphParts(const Config& config, const SampleFormat& format,
                                    int64_t max_rows, Fusion fusion) {
  LOCKSTEP_ASSIGN_OR_RETURN(const ModelConfig model, ExpandModel(config.model(), format.classes));
  LOCKSTEP_RETURN_IF_ERROR(CheckZooClasses(config.model(), format.classes));
  LOCKSTEP_ASSIGN_OR_RETURN(std::vector<ModelNode> nodes, WireNodes(model));
  GraphParts parts;
  LOCKSTEP_ASSIGN_OR_RETURN(parts.outputs, TakeOutputs(model, config.loss(), &nodes));
  parts.input = Shape(format.shape);
  parts.sparse = format.encoding == Encoding::kSparse;
  parts.bytes = format.encoding == Encoding::kUint8;
  parts.max_rows = max_rows;
  // As the config has them first, so that an error names the layer that is wrong.
  const Status added = AddNodes(nodes, &parts);
  if (!added.ok() && config.model().has_zoo()) {
    return Annotate(added, "model.zoo: " + config.model().zoo() + " is made for pictures " +
                               ZooPictures(config.model().zoo()) + " and does not take " +
                               parts.input.ToString());
  }
  LOCKSTEP_RETURN_IF_ERROR(added);
  LOCKSTEP_RETURN_IF_ERROR(CheckParts(parts, format));
  if (fusion == Fusion::kOn) LOCKSTEP_RETURN_IF_ERROR(FuseNodes(std::move(nodes), &parts));
  return parts;
}

StatusOr<std::unique_ptr<Graph>> BuildGraph(const Config& config, const SampleFormat& format,
                                            Ops* ops, int64_t max_rows, Fusion fusion) {
  LOCKSTEP_ASSIGN_OR_RETURN(GraphParts parts, MakeGraphParts(config, format, max_rows, fusion));
  return std::unique_ptr<Graph>(std::make_unique<StaticGraph>(std::move(parts), ops));
}

}  // namespace lockstep
