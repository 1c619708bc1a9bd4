#include "core/nn/layers/add.h"

namespace lockstep {
namespace {

void Copy(Ops* ops, const float* source, int64_t elems, float* target) {
  if (source == target || elems == 0) return;
  ops->CopyBlocks({.block = elems}, source, target);
}

}  // namespace

StatusOr<LayerDeclaration> AddLayer::Declare(const std::vector<Shape>& inputs) {
  if (inputs.size() < 2) return UsageError("add takes two inputs or more: write input: for each");
  for (const Shape& shape : inputs) {
    if (shape == inputs[0]) continue;
    return UsageError("add takes inputs of one shape, found " + inputs[0].ToString() + " and " +
                      shape.ToString());
  }
  LayerDeclaration declaration;
  declaration.output = inputs[0];
  declaration.output_saved = activation_ != ActivationKind::kLinear;
  declaration.in_place = true;
  declaration.gradient_in_place = true;
  return declaration;
}

void AddLayer::Plan(Ops* ops, int64_t /*max_rows*/, bool /*sparse*/, int /*layer_index*/) {
  ops_ = ops;
}

void AddLayer::Forward(const LayerContext& context) {
  const Matrix& y = context.output;
  Copy(ops_, context.inputs[0].data, y.elems(), y.data);
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    ops_->Add(context.inputs[i].data, y.data, y.elems());
  }
  if (activation_ != ActivationKind::kLinear) ops_->Activate(activation_, y, y);
}

void AddLayer::Backward(const LayerContext& context) {
  const Matrix& dy = context.output_gradient;
  if (activation_ != ActivationKind::kLinear) {
    ops_->ActivateGradient(activation_, context.output, context.output, dy, dy);
  }
  for (float* dx : context.input_gradients) {
    if (dx != nullptr) Copy(ops_, dy.data, dy.elems(), dx);
  }
}

}  // namespace lockstep
