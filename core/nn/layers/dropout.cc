#include "core/nn/layers/dropout.h"

namespace lockstep {

StatusOr<LayerDeclaration> DropoutLayer::Declare(const std::vector<Shape>& inputs) {
  if (inputs.size() != 1) return UsageError("dropout takes one input");
  LayerDeclaration declaration;
  declaration.output = inputs[0];
  declaration.in_place = true;
  declaration.gradient_in_place = true;
  return declaration;
}

void DropoutLayer::Plan(Ops* ops, int64_t /*max_rows*/, bool /*sparse*/, int layer_index) {
  ops_ = ops;
  layer_index_ = static_cast<uint32_t>(layer_index);
}

DropoutSpec DropoutLayer::Spec(const LayerContext& context) const {
  return {.rate = context.training ? rate_ : 0.0f,
          .seed = context.seed,
          .layer = layer_index_,
          .step = context.step,
          .sample_ids = context.sample_ids};
}

void DropoutLayer::Forward(const LayerContext& context) {
  ops_->Dropout(Spec(context), context.inputs[0], context.output);
}

void DropoutLayer::Backward(const LayerContext& context) {
  if (context.input_gradients[0] == nullptr) return;
  const Matrix dx = {context.input_gradients[0], context.rows, context.output.cols};
  ops_->Dropout(Spec(context), context.output_gradient, dx);
}

}  // namespace lockstep
