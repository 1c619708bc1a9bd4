// Layer: one node of a network. A layer declares its shapes and parameters, plans its ops once,
// then runs forward and backward on memory that the graph owns. No device code, no communicator, no
// rank.
#ifndef LOCKSTEP_CORE_NN_LAYER_H_
#define LOCKSTEP_CORE_NN_LAYER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/device/tensor.h"
#include "core/ops/ops.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {

// A parameter of a layer: its name within the layer ("kernel"), and how it starts.
struct LayerParameter {
  std::string name;
  Shape shape;
  ParameterGroup group = ParameterGroup::kKernel;
  Initializer initializer = ZEROS;
  int64_t fan_in = 0, fan_out = 0;
  float momentum = 0;  // of kMovingStatistic
};

// What a layer is, once its inputs are known.
struct LayerDeclaration {
  Shape output;                            // of one sample
  std::vector<LayerParameter> parameters;  // in Keras' order
  int64_t kept_elems = 0;                  // of LayerContext::kept, per sample
  int64_t kept_batch_elems = 0;            // of LayerContext::kept_batch
  int64_t multiply_adds = 0;               // of Forward, per sample
  bool output_saved = false;               // Backward reads the outputs
  bool inputs_saved = false;               // Backward reads the inputs
  bool in_place = false;                   // the output may lie in the (first) input's memory
  // The gradient of any one input may lie in that of the output.
  bool gradient_in_place = false;
};

// What a layer sees of one micro-batch.
struct LayerContext {
  int64_t rows = 0;
  bool training = false;
  uint64_t seed = 0;
  uint64_t step = 0;                     // of the optimizer
  int64_t batch_samples = 1;             // of the whole batch over all ranks
  bool same_weights = false;             // parameters hold what they held at the last Forward
  const uint32_t* sample_ids = nullptr;  // [rows]
  const SparseRows* sparse = nullptr;    // the network's input where it is multi-hot, else nullptr
  std::vector<Matrix> inputs;            // [rows, input elems] each; data is nullptr where sparse,
                                         // and in Backward unless inputs_saved
  Matrix output;  // [rows, output elems]; data is nullptr in Backward unless output_saved
  float* kept = nullptr;                 // [rows, kept_elems]: the layer's own until Backward
  float* kept_batch = nullptr;           // [kept_batch_elems]: as kept
  std::vector<const float*> parameters;  // in declared order
  // Backward only:
  Matrix output_gradient;               // may be overwritten by the layer
  std::vector<float*> input_gradients;  // overwritten by the layer; nullptr where nobody needs it
  // Overwritten by the layer. Of a kMovingStatistic: the micro-batch's statistic times rows /
  // batch_samples, so that the sum over the batch is the mean.
  std::vector<float*> parameter_gradients;
};

// One object serves one replica; one thread at a time.
class Layer {
 public:
  virtual ~Layer() = default;
  // "dense": the config's name of the kind, and the stem of default names.
  virtual std::string kind() const = 0;
  // `inputs` are shapes of one sample. Errors: UsageError for shapes or settings that do not fit.
  virtual StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) = 0;
  // Prepares for at most `max_rows` rows. `sparse_input`: the input is multi-hot. `layer_index`
  // is unique in the network (keys random numbers).
  virtual void Plan(Ops* ops, int64_t max_rows, bool sparse_input, int layer_index) = 0;
  virtual void Forward(const LayerContext& context) = 0;
  virtual void Backward(const LayerContext& context) = 0;
  // Whether the layer can take the network's multi-hot input as it is.
  virtual bool AcceptsSparse() const { return false; }
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYER_H_
