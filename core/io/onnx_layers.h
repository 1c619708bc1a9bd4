// Each kind of layer as ONNX nodes.
//
// lockstep's tensors have the channels last [N,H,W,C], ONNX' pictures have them first [N,C,H,W].
// A tensor is kept in the order in which its layer makes it, and put into the other one where a
// layer needs that: so there is one Transpose at the input, one before flatten or the output, and
// none between two layers that both want the channels first. Names: `layer` for the channels last,
// `layer/channels_first` for the others; a layer's name has no '/', a weight's is `layer/kernel`.
#ifndef LOCKSTEP_CORE_IO_ONNX_LAYERS_H_
#define LOCKSTEP_CORE_IO_ONNX_LAYERS_H_

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/device/tensor.h"
#include "core/io/onnx_builder.h"
#include "core/nn/model_nodes.h"
#include "core/params/parameter_layout.h"

namespace lockstep {

// Adds layers, each after its inputs. Borrows all that it is given. One thread at a time.
class OnnxLayers {
 public:
  OnnxLayers(const ParameterLayout* layout, const float* weights, OnnxBuilder* builder)
      : layout_(layout), weights_(weights), builder_(builder) {}

  // Makes an existing tensor, channels last, known as the output of `layer`.
  void AddInput(const std::string& layer, const std::string& tensor, const Shape& shape);
  // Errors: UsageError for a window that does not fit. REQUIRES: `output` is the layer's shape, and
  // the layout has its weights.
  Status Add(const ModelNode& node, const std::vector<std::string>& inputs, const Shape& output);
  // Makes a tensor named `layer` of what the layer gives, channels last.
  void Output(const std::string& layer);

 private:
  struct Value {
    Shape shape;        // of one sample, channels last
    std::string last;   // the tensor with the channels last, "" if there is none
    std::string first;  // the one with the channels first, "" if there is none
  };
  // A layer under way: its settings, where its inputs come from, and what its result is called.
  struct Step {
    const ModelNode& node;
    const std::vector<std::string>& inputs;
    const Shape& output;
    const std::string& input() const { return inputs[0]; }
  };

  void AddDense(const Step& step);
  Status AddConv(const Step& step);
  Status AddPool(const Step& step);
  void AddBatchNormalization(const Step& step);
  void AddLrn(const Step& step);
  void AddGlobalAverage(const Step& step);
  void AddActivation(const Step& step);
  void AddSum(const Step& step);
  void AddConcatenate(const Step& step);
  void AddPadding(const Step& step);
  void AddReshape(const Step& step);

  // The tensor of a layer's output in one order; a Transpose makes it if need be.
  std::string Last(const std::string& layer);
  std::string First(const std::string& layer);
  std::string Get(const std::string& layer, bool first) {
    return first ? First(layer) : Last(layer);
  }
  std::vector<std::string> GetAll(const std::vector<std::string>& layers, bool first);
  bool IsFirst(const std::string& layer) const { return values_.at(layer).last.empty(); }
  bool AnyIsFirst(const std::vector<std::string>& layers) const;
  // The name of the step's result, which is in that order from here on.
  std::string Result(const Step& step, bool first);
  // The result's name before the layer's activation; Activate goes on from it.
  std::string BeforeActivation(const Step& step, const std::string& result) const;
  void Activate(const Step& step, const std::string& result, bool first);
  void AddFunction(const Step& step, const std::string& from, const std::string& to, bool first);
  void AddGelu(const std::string& from, const std::string& to);
  const ParameterEntry& Entry(const std::string& weight) const;
  std::span<const float> Values(const ParameterEntry& entry) const;
  // A constant of the weight's own name and shape.
  std::string AddWeight(const std::string& name);

  const ParameterLayout* layout_;
  const float* weights_;
  OnnxBuilder* builder_;
  std::map<std::string, Value> values_;  // by layer
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_IO_ONNX_LAYERS_H_
