#include "core/nn/layers/folded_conv2d.h"

#include "core/base/check.h"

namespace lockstep {

FoldedConv2dLayer::FoldedConv2dLayer(Conv2dLayer* convolution, float epsilon,
                                     ActivationKind activation)
    : convolution_(convolution) {
  convolution_->FoldNormalization(epsilon, activation);
}

StatusOr<LayerDeclaration> FoldedConv2dLayer::Declare(const std::vector<Shape>& inputs) {
  return convolution_->Declare(inputs);
}

void FoldedConv2dLayer::Plan(Ops* /*ops*/, int64_t /*max_rows*/, bool /*sparse*/,
                             int /*layer_index*/) {}

void FoldedConv2dLayer::Forward(const LayerContext& context) { convolution_->Infer(context); }

void FoldedConv2dLayer::Backward(const LayerContext& /*context*/) {
  LOCKSTEP_CHECK(false, "a folded convolution has no gradient");
}

}  // namespace lockstep
