// The convolution: y = activation(conv(x) + b), x [H,W,C], y [H',W',filters].
#ifndef LOCKSTEP_CORE_NN_LAYERS_CONV2D_H_
#define LOCKSTEP_CORE_NN_LAYERS_CONV2D_H_

#include <memory>
#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

class Conv2dLayer final : public Layer {
 public:
  // `activation` replaces the config's: the graph leaves out one that is fused with the loss and
  // adds that of a layer behind.
  Conv2dLayer(const Conv2dConfig& config, ActivationKind activation);

  std::string kind() const override { return "conv2d"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

  // For Infer: the batch normalisation behind, and the activation after that. Before Plan.
  void FoldNormalization(float epsilon, ActivationKind activation);
  // Forward of both, in evaluation. context.parameters are this layer's, then the normalisation's.
  void Infer(const LayerContext& context);

 private:
  // As DenseLayer: softmax and gelu run after the product, which is kept for Backward.
  bool separate() const {
    return activation_ == ActivationKind::kSoftmax || activation_ == ActivationKind::kGelu;
  }
  // Pixels as rows, over whose channels softmax works.
  Matrix ByPixel(const Matrix& y) const;

  Conv2dConfig config_;
  ActivationKind activation_;
  ConvSpec spec_;
  Ops* ops_ = nullptr;
  std::unique_ptr<ConvPlan> plan_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_CONV2D_H_
