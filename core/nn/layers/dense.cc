#include "core/nn/layers/dense.h"

namespace lockstep {

DenseLayer::DenseLayer(const DenseConfig& config, ActivationKind activation)
    : config_(config), activation_(activation) {}

StatusOr<LayerDeclaration> DenseLayer::Declare(const std::vector<Shape>& inputs) {
  if (inputs.size() != 1 || inputs[0].rank() != 1) {
    return UsageError("dense takes one input of one axis, found " +
                      (inputs.size() == 1 ? inputs[0].ToString()
                                          : std::to_string(inputs.size()) + " inputs") +
                      "; put layer { flatten {} } before it");
  }
  in_ = inputs[0].elems();
  const int64_t out = config_.units();
  LayerDeclaration declaration;
  declaration.output = Shape{out};
  declaration.parameters.push_back({.name = "kernel",
                                    .shape = Shape{in_, out},
                                    .group = ParameterGroup::kKernel,
                                    .initializer = config_.kernel_initializer(),
                                    .fan_in = in_,
                                    .fan_out = out});
  if (config_.use_bias()) {
    declaration.parameters.push_back(
        {.name = "bias", .shape = Shape{out}, .group = ParameterGroup::kBias});
  }
  if (separate()) declaration.kept_elems = out;
  declaration.multiply_adds = in_ * out;
  declaration.output_saved =
      activation_ != ActivationKind::kLinear && activation_ != ActivationKind::kGelu;
  declaration.inputs_saved = true;
  return declaration;
}

void DenseLayer::Plan(Ops* ops, int64_t max_rows, bool sparse_input, int /*layer_index*/) {
  ops_ = ops;
  const DenseSpec spec = {.in = in_,
                          .out = config_.units(),
                          .use_bias = config_.use_bias(),
                          .activation = separate() ? ActivationKind::kLinear : activation_,
                          .max_rows = max_rows};
  if (sparse_input) {
    sparse_plan_ = ops->PlanSparseDense(spec);
  } else {
    plan_ = ops->PlanDense(spec);
  }
}

void DenseLayer::Forward(const LayerContext& context) {
  const Matrix result = {separate() ? context.kept : context.output.data, context.rows,
                         context.output.cols};
  const float* bias = config_.use_bias() ? context.parameters[1] : nullptr;
  if (context.sparse != nullptr) {
    sparse_plan_->Forward(*context.sparse, context.parameters[0], bias, result);
  } else {
    plan_->Forward(context.inputs[0], context.parameters[0], bias, result);
  }
  if (separate()) ops_->Activate(activation_, result, context.output);
}

void DenseLayer::Backward(const LayerContext& context) {
  Matrix y = context.output;
  if (separate()) {
    const Matrix before = {context.kept, context.rows, context.output.cols};
    ops_->ActivateGradient(activation_, before, y, context.output_gradient,
                           context.output_gradient);
    y = before;
  }
  const LinearGradients gradients = {
      .y = y,
      .dy = context.output_gradient,
      .dx = context.input_gradients[0],
      .dw = context.parameter_gradients[0],
      .db = config_.use_bias() ? context.parameter_gradients[1] : nullptr};
  if (context.sparse != nullptr) {
    sparse_plan_->Backward(*context.sparse, gradients);
  } else {
    plan_->Backward(context.inputs[0], context.parameters[0], gradients);
  }
}

}  // namespace lockstep
