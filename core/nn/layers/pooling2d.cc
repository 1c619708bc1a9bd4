#include "core/nn/layers/pooling2d.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "core/nn/layers/window.h"

namespace lockstep {
namespace {

constexpr int64_t kMaxPixels = 65535;  // of a window: what PoolPlan can number

// Without this some window would lie in the padding alone, and have neither a largest value nor a
// mean.
bool SeesPixels(const WindowSpec& window) {
  return std::max(window.pad_top, window.pad_bottom) < window.height &&
         std::max(window.pad_left, window.pad_right) < window.width;
}

}  // namespace

Pooling2dLayer::Pooling2dLayer(PoolKind kind, const Pooling2dConfig& config)
    : global_(false), config_(config) {
  spec_.kind = kind;
}

std::string Pooling2dLayer::kind() const {
  if (global_) return "global_average_pooling2d";
  return spec_.kind == PoolKind::kMax ? "max_pooling2d" : "average_pooling2d";
}

StatusOr<LayerDeclaration> Pooling2dLayer::Declare(const std::vector<Shape>& inputs) {
  LOCKSTEP_ASSIGN_OR_RETURN(spec_.in, ImageInput(kind(), inputs));
  WindowSettings settings;
  if (global_) {
    settings.size = {spec_.in.height, spec_.in.width};
  } else {
    settings = WindowOf(config_);
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const PlacedWindow placed, PlaceWindow(settings, spec_.in));
  spec_.window = placed.window;
  spec_.out = placed.out;
  if (!SeesPixels(spec_.window)) {
    return UsageError(absl::StrFormat(
        "explicit_padding must be less than the window, which is %dx%d", spec_.window.height,
        spec_.window.width));
  }
  if (spec_.window.height * spec_.window.width > kMaxPixels) {
    return UsageError(absl::StrFormat("its window of %dx%d has more than %d pixels",
                                      spec_.window.height, spec_.window.width, kMaxPixels));
  }
  LayerDeclaration declaration;
  declaration.output = global_ ? Shape{spec_.out.channels} : ImageShape(spec_.out);
  // Two of PoolPlan's numbers in one float's place.
  if (spec_.kind == PoolKind::kMax) declaration.kept_elems = (spec_.out.elems() + 1) / 2;
  return declaration;
}

void Pooling2dLayer::Plan(Ops* ops, int64_t max_rows, bool /*sparse*/, int /*layer_index*/) {
  spec_.max_rows = max_rows;
  plan_ = ops->PlanPool(spec_);
}

uint16_t* Pooling2dLayer::Chosen(const LayerContext& context) const {
  return spec_.kind == PoolKind::kMax ? reinterpret_cast<uint16_t*>(context.kept) : nullptr;
}

void Pooling2dLayer::Forward(const LayerContext& context) {
  plan_->Forward(context.inputs[0], context.output,
                 context.training ? Chosen(context) : nullptr);
}

void Pooling2dLayer::Backward(const LayerContext& context) {
  if (context.input_gradients[0] == nullptr) return;
  plan_->Backward(context.output_gradient, Chosen(context),
                  {context.input_gradients[0], context.rows, context.inputs[0].cols});
}

}  // namespace lockstep
