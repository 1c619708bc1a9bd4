// The fully connected layer: y = activation(x W + b), for dense and multi-hot input.
#ifndef LOCKSTEP_CORE_NN_LAYERS_DENSE_H_
#define LOCKSTEP_CORE_NN_LAYERS_DENSE_H_

#include <memory>
#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

class DenseLayer final : public Layer {
 public:
  // `activation` replaces the config's: the graph leaves out one that is fused with the loss.
  DenseLayer(const DenseConfig& config, ActivationKind activation);

  std::string kind() const override { return "dense"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;
  bool AcceptsSparse() const override { return true; }

 private:
  // Softmax and gelu need more than y for their gradient: they run as ops after the product, which
  // is kept for Backward.
  bool separate() const {
    return activation_ == ActivationKind::kSoftmax || activation_ == ActivationKind::kGelu;
  }

  DenseConfig config_;
  ActivationKind activation_;
  int64_t in_ = 0;
  Ops* ops_ = nullptr;
  std::unique_ptr<DensePlan> plan_;
  std::unique_ptr<SparseDensePlan> sparse_plan_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_DENSE_H_
