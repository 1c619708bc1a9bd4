#include "core/nn/layers/zero_padding2d.h"

#include "core/nn/layers/window.h"

namespace lockstep {

StatusOr<LayerDeclaration> ZeroPadding2dLayer::Declare(const std::vector<Shape>& inputs) {
  LOCKSTEP_ASSIGN_OR_RETURN(in_, ImageInput(kind(), inputs));
  std::vector<int64_t> numbers = {1};
  if (config_.padding_size() > 0) {
    numbers.assign(config_.padding().begin(), config_.padding().end());
  }
  const WindowSpec pad = ExplicitPadding(numbers);
  out_ = {in_.height + pad.pad_top + pad.pad_bottom, in_.width + pad.pad_left + pad.pad_right,
          in_.channels};
  LOCKSTEP_RETURN_IF_ERROR(CheckPadded(out_.height, out_.width));
  begin_ = (pad.pad_top * out_.width + pad.pad_left) * out_.channels;
  LayerDeclaration declaration;
  declaration.output = ImageShape(out_);
  return declaration;
}

void ZeroPadding2dLayer::Plan(Ops* ops, int64_t /*max_rows*/, bool /*sparse*/, int /*index*/) {
  ops_ = ops;
}

void ZeroPadding2dLayer::Forward(const LayerContext& context) {
  ops_->Fill(context.output.data, context.output.elems(), 0);
  ops_->CopyBlocks({.outer = context.rows,
                    .inner = in_.height,
                    .block = in_.width * in_.channels,
                    .source_outer = in_.elems(),
                    .source_inner = in_.width * in_.channels,
                    .target_outer = out_.elems(),
                    .target_inner = out_.width * out_.channels},
                   context.inputs[0].data, context.output.data + begin_);
}

void ZeroPadding2dLayer::Backward(const LayerContext& context) {
  if (context.input_gradients[0] == nullptr) return;
  ops_->CopyBlocks({.outer = context.rows,
                    .inner = in_.height,
                    .block = in_.width * in_.channels,
                    .source_outer = out_.elems(),
                    .source_inner = out_.width * out_.channels,
                    .target_outer = in_.elems(),
                    .target_inner = in_.width * in_.channels},
                   context.output_gradient.data + begin_, context.input_gradients[0]);
}

}  // namespace lockstep
