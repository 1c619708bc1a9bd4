// Inverted dropout with masks that depend on sample and step alone.
#ifndef LOCKSTEP_CORE_NN_LAYERS_DROPOUT_H_
#define LOCKSTEP_CORE_NN_LAYERS_DROPOUT_H_

#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

class DropoutLayer final : public Layer {
 public:
  explicit DropoutLayer(const DropoutConfig& config) : rate_(config.rate()) {}

  std::string kind() const override { return "dropout"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  // The mask of this pass; forward and backward draw the same numbers.
  DropoutSpec Spec(const LayerContext& context) const;

  float rate_;
  uint32_t layer_index_ = 0;
  Ops* ops_ = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_DROPOUT_H_
