#include "core/nn/layers/conv2d.h"

#include "absl/strings/str_format.h"
#include "core/nn/layers/window.h"

namespace lockstep {

Conv2dLayer::Conv2dLayer(const Conv2dConfig& config, ActivationKind activation)
    : config_(config), activation_(activation) {}

StatusOr<LayerDeclaration> Conv2dLayer::Declare(const std::vector<Shape>& inputs) {
  LOCKSTEP_ASSIGN_OR_RETURN(spec_.in, ImageInput("conv2d", inputs));
  LOCKSTEP_ASSIGN_OR_RETURN(const PlacedWindow placed,
                            PlaceWindow(WindowOf(config_), spec_.in));
  const int64_t filters = config_.filters(), groups = config_.groups();
  if (spec_.in.channels % groups != 0) {
    return UsageError(absl::StrFormat("groups: %d do not divide the input's %d channels", groups,
                                      spec_.in.channels));
  }
  spec_.out = {placed.out.height, placed.out.width, filters};
  spec_.window = placed.window;
  spec_.groups = groups;
  spec_.use_bias = config_.use_bias();
  spec_.activation = separate() ? ActivationKind::kLinear : activation_;
  const int64_t field = placed.window.height * placed.window.width;
  const int64_t group_channels = spec_.in.channels / groups;
  constexpr double kMaxWork = 0x1p60;  // no size of the layer is larger than its multiply-adds
  if (static_cast<double>(spec_.out.elems()) * static_cast<double>(field) *
          static_cast<double>(group_channels) > kMaxWork) {
    return UsageError(absl::StrFormat(
        "%dx%d windows of %dx%dx%d values for %d filters are too many", spec_.out.height,
        spec_.out.width, placed.window.height, placed.window.width, group_channels, filters));
  }
  LayerDeclaration declaration;
  declaration.output = ImageShape(spec_.out);
  // The fans as keras.initializers computes them: of the kernel's shape, whatever the groups.
  declaration.parameters.push_back(
      {.name = "kernel",
       .shape = Shape{placed.window.height, placed.window.width, group_channels, filters},
       .group = ParameterGroup::kKernel,
       .initializer = config_.kernel_initializer(),
       .fan_in = field * group_channels,
       .fan_out = field * filters});
  if (spec_.use_bias) {
    declaration.parameters.push_back(
        {.name = "bias", .shape = Shape{filters}, .group = ParameterGroup::kBias});
  }
  if (separate()) declaration.kept_elems = spec_.out.elems();
  declaration.multiply_adds = spec_.out.elems() * field * group_channels;
  declaration.output_saved = activation_ != ActivationKind::kLinear;
  declaration.inputs_saved = true;
  return declaration;
}

void Conv2dLayer::Plan(Ops* ops, int64_t max_rows, bool /*sparse*/, int /*layer_index*/) {
  ops_ = ops;
  spec_.max_rows = max_rows;
  plan_ = ops->PlanConv(spec_);
}

Matrix Conv2dLayer::ByPixel(const Matrix& y) const {
  return {y.data, y.elems() / spec_.out.channels, spec_.out.channels};
}

void Conv2dLayer::Forward(const LayerContext& context) {
  const Matrix result = {separate() ? context.kept : context.output.data, context.rows,
                         context.output.cols};
  plan_->Forward(context.inputs[0], context.parameters[0],
                 spec_.use_bias ? context.parameters[1] : nullptr, result, context.same_weights);
  if (separate()) ops_->Activate(activation_, ByPixel(result), ByPixel(context.output));
}

void Conv2dLayer::FoldNormalization(float epsilon, ActivationKind activation) {
  spec_.folded_epsilon = epsilon;
  spec_.folded_activation = activation;
}

void Conv2dLayer::Infer(const LayerContext& context) {
  const auto& parameters = context.parameters;
  const size_t own = spec_.use_bias ? 2 : 1;
  // Infer reads the statistics only.
  const BatchNormParameters moving = {.gamma = parameters[own],
                                      .beta = parameters[own + 1],
                                      .mean = const_cast<float*>(parameters[own + 2]),
                                      .variance = const_cast<float*>(parameters[own + 3])};
  plan_->Infer(context.inputs[0], parameters[0], spec_.use_bias ? parameters[1] : nullptr, moving,
               context.output, context.same_weights);
}

void Conv2dLayer::Backward(const LayerContext& context) {
  Matrix y = context.output;
  if (separate()) {
    const Matrix before = {context.kept, context.rows, context.output.cols};
    ops_->ActivateGradient(activation_, ByPixel(before), ByPixel(y),
                           ByPixel(context.output_gradient), ByPixel(context.output_gradient));
    y = before;
  }
  const LinearGradients gradients = {
      .y = y,
      .dy = context.output_gradient,
      .dx = context.input_gradients[0],
      .dw = context.parameter_gradients[0],
      .db = spec_.use_bias ? context.parameter_gradients[1] : nullptr};
  // Backward follows a Forward with the same weights.
  plan_->Backward(context.inputs[0], context.parameters[0], gradients, true);
}

}  // namespace lockstep
