// Pooling: the largest or the mean value of each window, per channel; or the mean of the whole
// picture.
#ifndef LOCKSTEP_CORE_NN_LAYERS_POOLING2D_H_
#define LOCKSTEP_CORE_NN_LAYERS_POOLING2D_H_

#include <memory>
#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

class Pooling2dLayer final : public Layer {
 public:
  Pooling2dLayer(PoolKind kind, const Pooling2dConfig& config);
  // Global average pooling.
  Pooling2dLayer() : global_(true) { spec_.kind = PoolKind::kAverage; }

  std::string kind() const override;
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  // The pixels that maxima came from; nullptr for means.
  uint16_t* Chosen(const LayerContext& context) const;

  bool global_;
  Pooling2dConfig config_;
  PoolSpec spec_;
  std::unique_ptr<PoolPlan> plan_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_POOLING2D_H_
