#include "core/nn/layers/activation.h"

namespace lockstep {

ActivationKind ToActivationKind(Activation activation) {
  switch (activation) {
    case LINEAR: return ActivationKind::kLinear;
    case RELU: return ActivationKind::kRelu;
    case SIGMOID: return ActivationKind::kSigmoid;
    case TANH: return ActivationKind::kTanh;
    case SOFTMAX: return ActivationKind::kSoftmax;
    case GELU: return ActivationKind::kGelu;
  }
  return ActivationKind::kLinear;
}

StatusOr<LayerDeclaration> ActivationLayer::Declare(const std::vector<Shape>& inputs) {
  if (inputs.size() != 1) return UsageError("activation takes one input");
  last_axis_ = inputs[0].rank() == 0 ? 1 : inputs[0][inputs[0].rank() - 1];
  LayerDeclaration declaration;
  declaration.output = inputs[0];
  declaration.inputs_saved = activation_ == ActivationKind::kGelu;
  declaration.output_saved =
      activation_ != ActivationKind::kGelu && activation_ != ActivationKind::kLinear;
  declaration.in_place = true;
  declaration.gradient_in_place = true;
  return declaration;
}

void ActivationLayer::Plan(Ops* ops, int64_t /*max_rows*/, bool /*sparse*/, int /*layer_index*/) {
  ops_ = ops;
}

Matrix ActivationLayer::ByLastAxis(const Matrix& x) const {
  return {x.data, x.elems() / last_axis_, last_axis_};
}

void ActivationLayer::Forward(const LayerContext& context) {
  ops_->Activate(activation_, ByLastAxis(context.inputs[0]), ByLastAxis(context.output));
}

void ActivationLayer::Backward(const LayerContext& context) {
  if (context.input_gradients[0] == nullptr) return;
  const Matrix dx = {context.input_gradients[0], context.rows, context.output.cols};
  ops_->ActivateGradient(activation_, ByLastAxis(context.inputs[0]), ByLastAxis(context.output),
                         ByLastAxis(context.output_gradient), ByLastAxis(dx));
}

}  // namespace lockstep
