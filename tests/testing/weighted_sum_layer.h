// A layer of several inputs, for tests of graphs that branch and join.
#ifndef LOCKSTEP_TESTS_TESTING_WEIGHTED_SUM_LAYER_H_
#define LOCKSTEP_TESTS_TESTING_WEIGHTED_SUM_LAYER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace lockstep {

// The first input plus twice the second plus three times the third ..., all of one shape: every
// input has a gradient of its own.
class WeightedSumLayer final : public Layer {
 public:
  std::string kind() const override { return "weighted_sum"; }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override {
    LayerDeclaration declaration;
    declaration.output = inputs[0];
    return declaration;
  }
  void Plan(Ops* ops, int64_t /*max_rows*/, bool /*sparse*/, int /*layer_index*/) override {
    ops_ = ops;
  }
  void Forward(const LayerContext& context) override {
    ops_->Fill(context.output.data, context.output.elems(), 0);
    for (size_t i = 0; i < context.inputs.size(); ++i) {
      for (size_t times = 0; times <= i; ++times) {
        ops_->Add(context.inputs[i].data, context.output.data, context.output.elems());
      }
    }
  }
  void Backward(const LayerContext& context) override {
    for (size_t i = 0; i < context.input_gradients.size(); ++i) {
      float* gradient = context.input_gradients[i];
      if (gradient == nullptr) continue;
      for (int64_t j = 0; j < context.output_gradient.elems(); ++j) {
        gradient[j] = static_cast<float>(i + 1) * context.output_gradient.data[j];
      }
    }
  }

 private:
  Ops* ops_ = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_WEIGHTED_SUM_LAYER_H_
