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
  LayerDeclaration declaration;
  declaration.output = inputs[0];
  declaration.output_saved = true;
  declaration.inputs_saved = true;
  return declaration;
}

void ActivationLayer::Plan(Ops* ops, int64_t /*max_rows*/, bool /*sparse*/, int /*layer_index*/) {
  ops_ = ops;
}

void ActivationLayer::Forward(const LayerContext& context) {
  ops_->Activate(activation_, context.inputs[0], context.output);
}

void ActivationLayer::Backward(const LayerContext& context) {
  if (context.input_gradients[0] == nullptr) return;
  const Matrix dx = {context.input_gradients[0], context.rows, context.output.cols};
  ops_->ActivateGradient(activation_, context.inputs[0], context.output, context.output_gradient,
                         dx);
}

}  // namespace lockstep
