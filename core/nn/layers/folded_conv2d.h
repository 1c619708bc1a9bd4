// A convolution and the batch normalisation behind it as one convolution, for evaluation.
#ifndef LOCKSTEP_CORE_NN_LAYERS_FOLDED_CONV2D_H_
#define LOCKSTEP_CORE_NN_LAYERS_FOLDED_CONV2D_H_

#include <string>
#include <vector>

#include "core/nn/layer.h"
#include "core/nn/layers/conv2d.h"

namespace lockstep {

// Has no parameters and no plan of its own: runs `convolution`'s with the parameters of both, the
// convolution's first. Knows no Backward.
class FoldedConv2dLayer final : public Layer {
 public:
  // `convolution` is borrowed; REQUIRES: it is linear and not planned yet. The normalisation has
  // this epsilon and `activation` (kLinear or kRelu) behind it.
  FoldedConv2dLayer(Conv2dLayer* convolution, float epsilon, ActivationKind activation);

  std::string kind() const override { return "batch_normalization"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  Conv2dLayer* convolution_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_FOLDED_CONV2D_H_
