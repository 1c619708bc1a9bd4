#include "core/io/onnx_export.h"

#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/io/onnx_builder.h"
#include "core/io/onnx_layers.h"
#include "core/nn/model_nodes.h"
#include "proto/onnx.pb.h"

namespace lockstep {
namespace {

constexpr int64_t kFileFormat = 7;  // ONNX 1.8 of 2020, which brought operator set 13
constexpr int64_t kOperatorSet = 13;
constexpr char kInput[] = "input";
constexpr int64_t kBytesPerNode = 1024;  // more than a node and its names take

Status CheckSize(const OnnxSource& source, int64_t max_bytes) {
  const int64_t bytes =
      source.layout->parameter_count() * static_cast<int64_t>(sizeof(float)) +
      source.config->model().layer_size() * kBytesPerNode;
  if (bytes <= max_bytes) return OkStatus();
  return UsageError(absl::StrFormat(
      "the network has about %.1f GB, an .onnx file holds at most %.1f GB: use --format "
      "safetensors",
      static_cast<double>(bytes) / 1e9, static_cast<double>(max_bytes) / 1e9));
}

// The layer's weights must be in the checkpoint, in the shapes that the config gives them.
Status CheckWeights(const ModelNode& node, const LayerDeclaration& declaration,
                    const ParameterLayout& layout) {
  for (const LayerParameter& parameter : declaration.parameters) {
    const std::string name = node.name + "/" + parameter.name;
    const ParameterEntry* entry = layout.Find(name);
    if (entry != nullptr && entry->shape == parameter.shape) continue;
    return BadDataError("the checkpoint has no " + name + " of shape " +
                        parameter.shape.ToString() +
                        ", which the config's network has: it belongs to another network");
  }
  return OkStatus();
}

StatusOr<Shape> OutputOf(const ModelNode& node, const std::vector<Shape>& inputs,
                         const ParameterLayout& layout) {
  const std::unique_ptr<Layer> layer = MakeLayer(node);
  if (layer == nullptr) return ViewShape(node, inputs);
  LOCKSTEP_ASSIGN_OR_RETURN(const LayerDeclaration declaration, layer->Declare(inputs));
  LOCKSTEP_RETURN_IF_ERROR(CheckWeights(node, declaration, layout));
  return declaration.output;
}

// Per channel, or one value for all of them.
std::string AddChannels(const char* name, const google::protobuf::RepeatedField<float>& values,
                        OnnxBuilder* builder) {
  return builder->Floats(name, {values.size()},
                         {values.data(), static_cast<size_t>(values.size())});
}

// The tensor of what the first layer takes.
std::string AddPreparation(const DataConfig& data, const SampleFormat& format,
                           OnnxBuilder* builder) {
  std::string tensor = kInput;
  const auto apply = [&](const char* op, const std::string& constant, const char* result) {
    builder->Node(op, {tensor, constant}, result);
    tensor = result;
  };
  if (!format.feature_mean.empty()) {
    apply("Sub", builder->Floats("input/feature_mean", format.shape, format.feature_mean),
          "input/features_centred");
    apply("Div", builder->Floats("input/feature_deviation", format.shape, format.feature_deviation),
          "input/standardized");
  }
  if (data.divide_by() != 1) {
    const float by = data.divide_by();
    apply("Div", builder->Floats("input/divide_by", {}, {&by, 1}), "input/divided");
  }
  const NormalizeConfig& normalize = data.normalize();
  if (normalize.mean_size() > 0) {
    apply("Sub", AddChannels("input/mean", normalize.mean(), builder), "input/centred");
  }
  if (normalize.std_size() > 0) {
    apply("Div", AddChannels("input/std", normalize.std(), builder), "input/normalized");
  }
  return tensor;
}

// Which nodes the prediction comes from.
std::vector<bool> Needed(const std::vector<ModelNode>& nodes, size_t prediction) {
  std::vector<bool> needed(nodes.size(), false);
  needed[prediction] = true;
  for (size_t i = nodes.size(); i-- > 0;) {
    for (const int input : nodes[i].inputs) {
      if (needed[i] && input != kNetworkInput) needed[static_cast<size_t>(input)] = true;
    }
  }
  return needed;
}

size_t PredictionOf(const ModelConfig& model, const std::vector<ModelNode>& nodes) {
  if (model.output_size() == 0) return nodes.size() - 1;
  const int found = FindNode(nodes, model.output(0).layer());
  return found < 0 ? nodes.size() - 1 : static_cast<size_t>(found);
}

Status FillGraph(const OnnxSource& source, onnx::GraphProto* graph) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<ModelNode> nodes,
                            WireNodes(source.config->model()));
  OnnxBuilder builder(graph);
  OnnxLayers layers(source.layout, source.weights, &builder);
  const Shape sample(source.format->shape);
  DescribeValue(kInput, sample, graph->add_input());
  layers.AddInput(kInput, AddPreparation(source.config->data(), *source.format, &builder), sample);
  const size_t prediction = PredictionOf(source.config->model(), nodes);
  const std::vector<bool> needed = Needed(nodes, prediction);
  std::vector<Shape> shapes(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!needed[i]) continue;
    std::vector<std::string> names;
    std::vector<Shape> inputs;
    for (const int input : nodes[i].inputs) {
      const size_t at = static_cast<size_t>(input);
      names.push_back(input == kNetworkInput ? kInput : nodes[at].name);
      inputs.push_back(input == kNetworkInput ? sample : shapes[at]);
    }
    auto output = OutputOf(nodes[i], inputs, *source.layout);
    if (!output.ok()) return Annotate(output.status(), "layer " + nodes[i].name);
    shapes[i] = *output;
    LOCKSTEP_RETURN_IF_ERROR(layers.Add(nodes[i], names, shapes[i]));
  }
  layers.Output(nodes[prediction].name);
  DescribeValue(nodes[prediction].name, shapes[prediction], graph->add_output());
  return OkStatus();
}

}  // namespace

StatusOr<std::string> ToOnnx(const OnnxSource& source, int64_t max_bytes) {
  LOCKSTEP_RETURN_IF_ERROR(CheckSize(source, max_bytes));
  onnx::ModelProto model;
  model.set_ir_version(kFileFormat);
  model.add_opset_import()->set_version(kOperatorSet);
  model.set_producer_name("lockstep");
  model.set_producer_version(source.version);
  model.mutable_graph()->set_name(source.config->name());
  LOCKSTEP_RETURN_IF_ERROR(FillGraph(source, model.mutable_graph()));
  std::string bytes;
  if (!model.SerializeToString(&bytes)) return BugError("cannot serialise the network");
  return bytes;
}

}  // namespace lockstep
