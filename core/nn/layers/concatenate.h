// Inputs side by side along one axis.
#ifndef LOCKSTEP_CORE_NN_LAYERS_CONCATENATE_H_
#define LOCKSTEP_CORE_NN_LAYERS_CONCATENATE_H_

#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

class ConcatenateLayer final : public Layer {
 public:
  explicit ConcatenateLayer(const ConcatenateConfig& config) : axis_(config.axis()) {}

  std::string kind() const override { return "concatenate"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  int axis_;  // as the config counts
  // A sample's output is `outer_` blocks, each the inputs' blocks behind one another.
  int64_t outer_ = 1, block_ = 0;
  std::vector<int64_t> blocks_;  // elements, per input
  Ops* ops_ = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_CONCATENATE_H_
