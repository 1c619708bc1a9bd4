// Zeros around a picture.
#ifndef LOCKSTEP_CORE_NN_LAYERS_ZERO_PADDING2D_H_
#define LOCKSTEP_CORE_NN_LAYERS_ZERO_PADDING2D_H_

#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

class ZeroPadding2dLayer final : public Layer {
 public:
  explicit ZeroPadding2dLayer(const ZeroPadding2dConfig& config) : config_(config) {}

  std::string kind() const override { return "zero_padding2d"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  ZeroPadding2dConfig config_;
  ImageSize in_, out_;
  int64_t begin_ = 0;  // of the picture within the output
  Ops* ops_ = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_ZERO_PADDING2D_H_
