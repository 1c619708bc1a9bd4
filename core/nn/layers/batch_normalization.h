// Batch normalisation over the last axis, with what may follow it: a shortcut that is added, and an
// activation.
#ifndef LOCKSTEP_CORE_NN_LAYERS_BATCH_NORMALIZATION_H_
#define LOCKSTEP_CORE_NN_LAYERS_BATCH_NORMALIZATION_H_

#include <memory>
#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

// y = activation(normalised x + addend). Training takes the micro-batch's statistics, evaluation
// the moving ones.
class BatchNormalizationLayer final : public Layer {
 public:
  // `activation` is kLinear or kRelu. `has_addend`: the second input is the addend.
  BatchNormalizationLayer(const BatchNormalizationConfig& config, ActivationKind activation,
                          bool has_addend);

  std::string kind() const override { return "batch_normalization"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  // With the micro-batch's statistics, which lie in kept_batch.
  BatchNormParameters OfBatch(const LayerContext& context) const;

  BatchNormalizationConfig config_;
  BatchNormSpec spec_;
  Ops* ops_ = nullptr;
  std::unique_ptr<BatchNormPlan> plan_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_BATCH_NORMALIZATION_H_
