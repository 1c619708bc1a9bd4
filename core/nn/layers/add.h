// The sum of inputs of one shape, with the activation that may follow it.
#ifndef LOCKSTEP_CORE_NN_LAYERS_ADD_H_
#define LOCKSTEP_CORE_NN_LAYERS_ADD_H_

#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

class AddLayer final : public Layer {
 public:
  // `activation` is any but kSoftmax and kGelu, whose gradient needs the sum.
  explicit AddLayer(ActivationKind activation) : activation_(activation) {}

  std::string kind() const override { return "add"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  ActivationKind activation_;
  Ops* ops_ = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_ADD_H_
