#include "core/nn/layers/local_response_normalization.h"

#include "core/nn/layers/window.h"

namespace lockstep {

LocalResponseNormalizationLayer::LocalResponseNormalizationLayer(
    const LocalResponseNormalizationConfig& config)
    : spec_{.depth_radius = config.depth_radius(),
            .bias = config.bias(),
            .alpha = config.alpha(),
            .beta = config.beta()} {}

StatusOr<LayerDeclaration> LocalResponseNormalizationLayer::Declare(
    const std::vector<Shape>& inputs) {
  LOCKSTEP_ASSIGN_OR_RETURN(const ImageSize image, ImageInput(kind(), inputs));
  spec_.channels = image.channels;
  LayerDeclaration declaration;
  declaration.output = inputs[0];
  declaration.kept_elems = image.elems();
  declaration.output_saved = true;
  declaration.inputs_saved = true;
  return declaration;
}

void LocalResponseNormalizationLayer::Plan(Ops* ops, int64_t /*max_rows*/, bool /*sparse*/,
                                           int /*layer_index*/) {
  ops_ = ops;
  // Of no rows: makes the ops allocate what they need beside.
  ops_->Lrn(spec_, {nullptr, 0, spec_.channels}, nullptr, {nullptr, 0, spec_.channels});
}

Matrix LocalResponseNormalizationLayer::ByPixel(const Matrix& x) const {
  return {x.data, x.elems() / spec_.channels, spec_.channels};
}

void LocalResponseNormalizationLayer::Forward(const LayerContext& context) {
  ops_->Lrn(spec_, ByPixel(context.inputs[0]), context.training ? context.kept : nullptr,
            ByPixel(context.output));
}

void LocalResponseNormalizationLayer::Backward(const LayerContext& context) {
  if (context.input_gradients[0] == nullptr) return;
  const Matrix dx = {context.input_gradients[0], context.rows, context.output.cols};
  ops_->LrnGradient(spec_, ByPixel(context.inputs[0]), context.kept, ByPixel(context.output),
                    ByPixel(context.output_gradient), ByPixel(dx));
}

}  // namespace lockstep
