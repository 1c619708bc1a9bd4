// An activation function as a layer of its own.
#ifndef LOCKSTEP_CORE_NN_LAYERS_ACTIVATION_H_
#define LOCKSTEP_CORE_NN_LAYERS_ACTIVATION_H_

#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

// The config's name of a function as the ops know it.
ActivationKind ToActivationKind(Activation activation);

class ActivationLayer final : public Layer {
 public:
  explicit ActivationLayer(ActivationKind activation) : activation_(activation) {}

  std::string kind() const override { return "activation"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  // The same values as rows of the last axis, over which softmax works.
  Matrix ByLastAxis(const Matrix& x) const;

  ActivationKind activation_;
  int64_t last_axis_ = 1;
  Ops* ops_ = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_ACTIVATION_H_
