// One layer by itself: declared, planned, and run forward and backward on guarded memory.
#ifndef LOCKSTEP_TESTS_TESTING_LAYER_RUN_H_
#define LOCKSTEP_TESTS_TESTING_LAYER_RUN_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/nn/layer.h"
#include "core/ops/ops.h"
#include "tests/testing/floats.h"

namespace lockstep {

// Inputs, parameters and the gradient of the output are small whole numbers; what the layer has to
// write is NaN until it does.
class LayerRun {
 public:
  // REQUIRES: the layer takes inputs of these shapes.
  LayerRun(Layer* layer, const std::vector<Shape>& shapes, int64_t rows,
           int64_t batch_samples = 1)
      : declaration(layer->Declare(shapes).value()),
        output(rows * declaration.output.elems()),
        output_gradient(SmallIntegers(output.size(), 99)),
        kept(rows * declaration.kept_elems),
        kept_batch(declaration.kept_batch_elems),
        layer_(layer),
        ops_(MakeReferenceOps()) {
    context.rows = rows;
    context.batch_samples = batch_samples;
    context.training = true;
    for (const Shape& shape : shapes) {
      inputs.push_back(SmallIntegers(rows * shape.elems(), static_cast<uint32_t>(inputs.size())));
      input_gradients.emplace_back(inputs.back().size());
    }
    for (const LayerParameter& parameter : declaration.parameters) {
      const uint32_t stream = 50 + static_cast<uint32_t>(parameters.size());
      parameters.push_back(SmallIntegers(parameter.shape.elems(), stream));
      parameter_gradients.emplace_back(parameter.shape.elems());
    }
    layer->Plan(ops_.get(), rows, false, 0);
  }

  void Forward() {
    Connect();
    layer_->Forward(context);
  }
  // Overwrites output_gradient too, as layers may.
  void Backward() {
    Connect();
    layer_->Backward(context);
  }
  // As where nothing before the layer learns.
  void BackwardWithoutInputGradients() {
    Connect();
    context.input_gradients.assign(inputs.size(), nullptr);
    layer_->Backward(context);
  }
  // Whether nothing was written outside of what is the layer's.
  bool intact() const {
    bool all = output.intact() && output_gradient.intact() && kept.intact() && kept_batch.intact();
    for (const auto* group : {&inputs, &input_gradients, &parameters, &parameter_gradients}) {
      for (const Floats& floats : *group) all &= floats.intact();
    }
    return all;
  }

  LayerDeclaration declaration;
  LayerContext context;
  std::vector<Floats> inputs, input_gradients, parameters, parameter_gradients;
  Floats output, output_gradient, kept, kept_batch;

 private:
  void Connect() {
    context.inputs.clear();
    context.input_gradients.clear();
    context.parameters.clear();
    context.parameter_gradients.clear();
    for (size_t i = 0; i < inputs.size(); ++i) {
      context.inputs.push_back(inputs[i].matrix(context.rows));
      context.input_gradients.push_back(input_gradients[i].data());
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
      context.parameters.push_back(parameters[i].data());
      context.parameter_gradients.push_back(parameter_gradients[i].data());
    }
    context.output = output.matrix(context.rows);
    context.output_gradient = output_gradient.matrix(context.rows);
    context.kept = kept.data();
    context.kept_batch = kept_batch.data();
  }

  Layer* layer_;
  std::unique_ptr<Ops> ops_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_LAYER_RUN_H_
