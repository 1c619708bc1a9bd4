// Each value divided by a power of the squares of its neighbouring channels.
#ifndef LOCKSTEP_CORE_NN_LAYERS_LOCAL_RESPONSE_NORMALIZATION_H_
#define LOCKSTEP_CORE_NN_LAYERS_LOCAL_RESPONSE_NORMALIZATION_H_

#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

class LocalResponseNormalizationLayer final : public Layer {
 public:
  explicit LocalResponseNormalizationLayer(const LocalResponseNormalizationConfig& config);

  std::string kind() const override { return "local_response_normalization"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override;
  void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) override;
  void Forward(const LayerContext& context) override;
  void Backward(const LayerContext& context) override;

 private:
  // The same values as rows of channels.
  Matrix ByPixel(const Matrix& x) const;

  LrnSpec spec_;
  Ops* ops_ = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_LOCAL_RESPONSE_NORMALIZATION_H_
