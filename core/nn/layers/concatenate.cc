#include "core/nn/layers/concatenate.h"

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

bool DifferElsewhere(const Shape& a, const Shape& b, int axis) {
  if (a.rank() != b.rank()) return true;
  for (int i = 0; i < a.rank(); ++i) {
    if (i != axis && a[i] != b[i]) return true;
  }
  return false;
}

}  // namespace

StatusOr<LayerDeclaration> ConcatenateLayer::Declare(const std::vector<Shape>& inputs) {
  if (inputs.size() < 2) {
    return UsageError("concatenate takes two inputs or more: write input: for each");
  }
  const Shape& first = inputs[0];
  const int axis = axis_ < 0 ? first.rank() + axis_ : axis_ - 1;
  if (axis < 0 || axis >= first.rank()) {
    return UsageError(absl::StrFormat("axis: %d is none of %s, whose axes are 1 to %d, or -1",
                                      axis_, first.ToString(), first.rank()));
  }
  std::vector<int64_t> extents;
  for (int i = 0; i < first.rank(); ++i) extents.push_back(i == axis ? 0 : first[i]);
  outer_ = 1;
  block_ = 0;
  blocks_.clear();
  for (int i = 0; i < axis; ++i) outer_ *= first[i];
  for (const Shape& shape : inputs) {
    if (DifferElsewhere(shape, first, axis)) {
      return UsageError(absl::StrFormat(
          "concatenate takes inputs that differ in axis %d alone, found %s and %s", axis + 1,
          first.ToString(), shape.ToString()));
    }
    extents[static_cast<size_t>(axis)] += shape[axis];
    blocks_.push_back(shape.elems() / outer_);
    block_ += blocks_.back();
  }
  LayerDeclaration declaration;
  declaration.output = Shape(extents);
  return declaration;
}

void ConcatenateLayer::Plan(Ops* ops, int64_t /*max_rows*/, bool /*sparse*/, int /*index*/) {
  ops_ = ops;
}

void ConcatenateLayer::Forward(const LayerContext& context) {
  int64_t offset = 0;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    ops_->CopyBlocks({.outer = context.rows * outer_,
                      .block = blocks_[i],
                      .source_outer = blocks_[i],
                      .target_outer = block_},
                     context.inputs[i].data, context.output.data + offset);
    offset += blocks_[i];
  }
}

void ConcatenateLayer::Backward(const LayerContext& context) {
  int64_t offset = 0;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    if (context.input_gradients[i] != nullptr) {
      ops_->CopyBlocks({.outer = context.rows * outer_,
                        .block = blocks_[i],
                        .source_outer = block_,
                        .target_outer = blocks_[i]},
                       context.output_gradient.data + offset, context.input_gradients[i]);
    }
    offset += blocks_[i];
  }
}

}  // namespace lockstep
