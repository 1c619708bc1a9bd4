#include "core/io/onnx_layers.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/check.h"
#include "core/nn/layers/window.h"

namespace lockstep {
namespace {

constexpr char kFirstSuffix[] = "/channels_first";

// Of [N, ..., C] to [N, C, ...], or back.
std::vector<int64_t> Permutation(int sample_rank, bool to_first) {
  std::vector<int64_t> axes = {0};
  if (to_first) axes.push_back(sample_rank);
  for (int axis = 1; axis < sample_rank; ++axis) axes.push_back(to_first ? axis : axis + 1);
  if (!to_first) axes.push_back(1);
  return axes;
}

// Whether the values lie in one order whether the channels come first or last.
bool OrderIsOne(const Shape& shape) {
  const int64_t channels = shape[shape.rank() - 1];
  return channels == 1 || shape.elems() == channels;
}

ImageSize Picture(const Shape& shape) { return {shape[0], shape[1], shape[2]}; }

void SetWindow(const WindowSpec& window, OnnxNode node) {
  node.Ints("kernel_shape", std::array{window.height, window.width})
      .Ints("strides", std::array{window.stride_height, window.stride_width})
      .Ints("pads", std::array{window.pad_top, window.pad_left, window.pad_bottom,
                               window.pad_right});
}

// [height, width, in, out] to [out, in, height, width].
std::vector<float> OutFirst(std::span<const float> kernel, const Shape& shape) {
  const int64_t pixels = shape[0] * shape[1], in = shape[2], out = shape[3];
  std::vector<float> result(kernel.size());
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t i = 0; i < in; ++i) {
      for (int64_t p = 0; p < pixels; ++p) {
        result[static_cast<size_t>((o * in + i) * pixels + p)] =
            kernel[static_cast<size_t>((p * in + i) * out + o)];
      }
    }
  }
  return result;
}

}  // namespace

void OnnxLayers::AddInput(const std::string& layer, const std::string& tensor,
                          const Shape& shape) {
  values_[layer] = {.shape = shape, .last = tensor, .first = ""};
}

Status OnnxLayers::Add(const ModelNode& node, const std::vector<std::string>& inputs,
                       const Shape& output) {
  const Step step = {node, inputs, output};
  switch (node.config.kind_case()) {
    case LayerConfig::kDense: AddDense(step); break;
    case LayerConfig::kConv2D: return AddConv(step);
    case LayerConfig::kMaxPooling2D:
    case LayerConfig::kAveragePooling2D: return AddPool(step);
    case LayerConfig::kBatchNormalization: AddBatchNormalization(step); break;
    case LayerConfig::kLocalResponseNormalization: AddLrn(step); break;
    case LayerConfig::kGlobalAveragePooling2D: AddGlobalAverage(step); break;
    case LayerConfig::kActivation: AddActivation(step); break;
    case LayerConfig::kAdd: AddSum(step); break;
    case LayerConfig::kConcatenate: AddConcatenate(step); break;
    case LayerConfig::kZeroPadding2D: AddPadding(step); break;
    case LayerConfig::kFlatten:
    case LayerConfig::kReshape: AddReshape(step); break;
    case LayerConfig::kDropout: values_[node.name] = values_.at(step.input()); break;
    case LayerConfig::KIND_NOT_SET: return BugError("layer " + node.name + " has no kind");
  }
  return OkStatus();
}

void OnnxLayers::Output(const std::string& layer) {
  const std::string tensor = Last(layer);
  if (tensor != layer) builder_->Node("Identity", {tensor}, layer);
}

void OnnxLayers::AddDense(const Step& step) {
  const std::string& name = step.node.name;
  std::vector<std::string> operands = {Last(step.input())};
  operands.push_back(AddWeight(name + "/kernel"));
  if (step.node.config.dense().use_bias()) {
    operands.push_back(AddWeight(name + "/bias"));
  }
  const std::string result = Result(step, false);
  builder_->Node("Gemm", operands, BeforeActivation(step, result));
  Activate(step, result, false);
}

Status OnnxLayers::AddConv(const Step& step) {
  const std::string& name = step.node.name;
  const Conv2dConfig& config = step.node.config.conv2d();
  LOCKSTEP_ASSIGN_OR_RETURN(
      const PlacedWindow placed,
      PlaceWindow(WindowOf(config), Picture(values_.at(step.input()).shape)));
  const WindowSpec& window = placed.window;
  const ParameterEntry& kernel = Entry(name + "/kernel");
  const Shape& shape = kernel.shape;
  std::vector<std::string> operands = {First(step.input())};
  operands.push_back(builder_->Floats(kernel.name, {shape[3], shape[2], shape[0], shape[1]},
                                      OutFirst(Values(kernel), shape)));
  if (config.use_bias()) {
    operands.push_back(AddWeight(name + "/bias"));
  }
  const std::string result = Result(step, true);
  const OnnxNode node = builder_->Node("Conv", operands, BeforeActivation(step, result))
                            .Int("group", config.groups())
                            .Ints("dilations", std::array{window.dilation_height,
                                                          window.dilation_width});
  SetWindow(window, node);
  Activate(step, result, true);
  return OkStatus();
}

Status OnnxLayers::AddPool(const Step& step) {
  const bool largest = step.node.config.has_max_pooling2d();
  const Pooling2dConfig& config =
      largest ? step.node.config.max_pooling2d() : step.node.config.average_pooling2d();
  LOCKSTEP_ASSIGN_OR_RETURN(
      const PlacedWindow placed,
      PlaceWindow(WindowOf(config), Picture(values_.at(step.input()).shape)));
  const std::string from = First(step.input());
  OnnxNode node =
      builder_->Node(largest ? "MaxPool" : "AveragePool", {from}, Result(step, true));
  SetWindow(placed.window, node);
  if (!largest) node.Int("count_include_pad", 0);
  return OkStatus();
}

void OnnxLayers::AddBatchNormalization(const Step& step) {
  std::vector<std::string> operands = {First(step.input())};
  for (const char* weight : {"/gamma", "/beta", "/moving_mean", "/moving_variance"}) {
    operands.push_back(AddWeight(step.node.name + weight));
  }
  builder_->Node("BatchNormalization", operands, Result(step, true))
      .Float("epsilon", step.node.config.batch_normalization().epsilon());
}

// ONNX' alpha belongs to the mean of the squares, ours to their sum.
void OnnxLayers::AddLrn(const Step& step) {
  const LocalResponseNormalizationConfig& config =
      step.node.config.local_response_normalization();
  const int64_t size = 2 * static_cast<int64_t>(config.depth_radius()) + 1;
  const std::string from = First(step.input());
  builder_->Node("LRN", {from}, Result(step, true))
      .Int("size", size)
      .Float("alpha", config.alpha() * static_cast<float>(size))
      .Float("beta", config.beta())
      .Float("bias", config.bias());
}

void OnnxLayers::AddGlobalAverage(const Step& step) {
  const bool first = IsFirst(step.input());
  const std::string from = Get(step.input(), first);
  builder_->Node("ReduceMean", {from}, Result(step, false))
      .Ints("axes", first ? std::array<int64_t, 2>{2, 3} : std::array<int64_t, 2>{1, 2})
      .Int("keepdims", 0);
}

void OnnxLayers::AddActivation(const Step& step) {
  if (step.node.config.activation().function() == LINEAR) {
    values_[step.node.name] = values_.at(step.input());
    return;
  }
  const bool first = IsFirst(step.input());
  const std::string from = Get(step.input(), first);
  AddFunction(step, from, Result(step, first), first);
}

void OnnxLayers::AddSum(const Step& step) {
  const bool first = AnyIsFirst(step.inputs);
  const std::vector<std::string> from = GetAll(step.inputs, first);
  builder_->Node("Sum", from, Result(step, first));
}

void OnnxLayers::AddConcatenate(const Step& step) {
  const bool first = AnyIsFirst(step.inputs);
  const int rank = step.output.rank();
  int axis = step.node.config.concatenate().axis();
  if (axis < 0) axis += rank + 1;
  const std::vector<std::string> from = GetAll(step.inputs, first);
  if (first) axis = axis == rank ? 1 : axis + 1;
  builder_->Node("Concat", from, Result(step, first)).Int("axis", axis);
}

void OnnxLayers::AddPadding(const Step& step) {
  const auto& padding = step.node.config.zero_padding2d().padding();
  std::vector<int64_t> numbers(padding.begin(), padding.end());
  if (numbers.empty()) numbers = {1};
  const WindowSpec pad = ExplicitPadding(numbers);
  const bool first = IsFirst(step.input());
  std::vector<int64_t> pads(8, 0);
  const size_t height = first ? 2 : 1, width = height + 1, ends = 4;
  pads[height] = pad.pad_top;
  pads[width] = pad.pad_left;
  pads[ends + height] = pad.pad_bottom;
  pads[ends + width] = pad.pad_right;
  const std::string amounts = builder_->Ints(step.node.name + "/pads", pads);
  const std::string from = Get(step.input(), first);
  builder_->Node("Pad", {from, amounts}, Result(step, first));
}

void OnnxLayers::AddReshape(const Step& step) {
  const Value& value = values_.at(step.input());
  const std::string from =
      Get(step.input(), IsFirst(step.input()) && OrderIsOne(value.shape));
  std::vector<int64_t> shape = {-1};
  for (int axis = 0; axis < step.output.rank(); ++axis) shape.push_back(step.output[axis]);
  const std::string target = builder_->Ints(step.node.name + "/shape", shape);
  builder_->Node("Reshape", {from, target}, Result(step, false));
}

std::string OnnxLayers::Last(const std::string& layer) {
  Value& value = values_.at(layer);
  if (value.last.empty()) {
    value.last = value.first.substr(0, value.first.size() - (sizeof(kFirstSuffix) - 1));
    builder_->Node("Transpose", {value.first}, value.last)
        .Ints("perm", Permutation(value.shape.rank(), false));
  }
  return value.last;
}

std::string OnnxLayers::First(const std::string& layer) {
  Value& value = values_.at(layer);
  if (value.shape.rank() < 2) return Last(layer);
  if (value.first.empty()) {
    value.first = value.last + kFirstSuffix;
    builder_->Node("Transpose", {value.last}, value.first)
        .Ints("perm", Permutation(value.shape.rank(), true));
  }
  return value.first;
}

std::vector<std::string> OnnxLayers::GetAll(const std::vector<std::string>& layers, bool first) {
  std::vector<std::string> tensors;
  for (const std::string& layer : layers) tensors.push_back(Get(layer, first));
  return tensors;
}

bool OnnxLayers::AnyIsFirst(const std::vector<std::string>& layers) const {
  return std::any_of(layers.begin(), layers.end(),
                     [&](const std::string& layer) { return IsFirst(layer); });
}

std::string OnnxLayers::Result(const Step& step, bool first) {
  const std::string& name = step.node.name;
  if (step.output.rank() < 2) first = false;
  values_[name] = {.shape = step.output,
                   .last = first ? "" : name,
                   .first = first ? name + kFirstSuffix : ""};
  return first ? name + kFirstSuffix : name;
}

std::string OnnxLayers::BeforeActivation(const Step& step, const std::string& result) const {
  return step.node.activation == ActivationKind::kLinear ? result : result + "/linear";
}

void OnnxLayers::Activate(const Step& step, const std::string& result, bool first) {
  const std::string from = BeforeActivation(step, result);
  if (from != result) AddFunction(step, from, result, first);
}

void OnnxLayers::AddFunction(const Step& step, const std::string& from, const std::string& to,
                             bool first) {
  switch (step.node.activation) {
    case ActivationKind::kLinear: builder_->Node("Identity", {from}, to); break;
    case ActivationKind::kRelu: builder_->Node("Relu", {from}, to); break;
    case ActivationKind::kSigmoid: builder_->Node("Sigmoid", {from}, to); break;
    case ActivationKind::kTanh: builder_->Node("Tanh", {from}, to); break;
    case ActivationKind::kGelu: AddGelu(from, to); break;
    case ActivationKind::kSoftmax:
      builder_->Node("Softmax", {from}, to).Int("axis", first ? 1 : -1);
      break;
  }
}

// x * (1 + erf(x / sqrt(2))) / 2; operator set 13 has no Gelu.
void OnnxLayers::AddGelu(const std::string& from, const std::string& to) {
  const auto constant = [&](const char* name, float value) {
    return builder_->Floats(name, {}, {&value, 1});
  };
  builder_->Node("Mul", {from, constant("/sqrt_half", static_cast<float>(std::sqrt(0.5)))},
                 to + "/scaled");
  builder_->Node("Erf", {to + "/scaled"}, to + "/erf");
  builder_->Node("Add", {to + "/erf", constant("/one", 1)}, to + "/raised");
  builder_->Node("Mul", {from, to + "/raised"}, to + "/doubled");
  builder_->Node("Mul", {to + "/doubled", constant("/half", 0.5f)}, to);
}

const ParameterEntry& OnnxLayers::Entry(const std::string& name) const {
  const ParameterEntry* entry = layout_->Find(name);
  LOCKSTEP_CHECK(entry != nullptr, "no weight %s", name.c_str());
  return *entry;
}

std::span<const float> OnnxLayers::Values(const ParameterEntry& entry) const {
  return {weights_ + entry.offset_elems, static_cast<size_t>(entry.shape.elems())};
}

std::string OnnxLayers::AddWeight(const std::string& name) {
  const ParameterEntry& entry = Entry(name);
  std::vector<int64_t> extents;
  for (int axis = 0; axis < entry.shape.rank(); ++axis) extents.push_back(entry.shape[axis]);
  return builder_->Floats(name, extents, Values(entry));
}

}  // namespace lockstep
