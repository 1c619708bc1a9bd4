// LayerWriter writes a ModelConfig layer by layer. Every function appends one layer, or one and
// those that always follow it, and gives back the last one's name.
#ifndef LOCKSTEP_CORE_NN_ZOO_LAYER_WRITER_H_
#define LOCKSTEP_CORE_NN_ZOO_LAYER_WRITER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "proto/config.pb.h"

namespace lockstep {

// What a convolution of the zoo differs in.
struct ConvSettings {
  int64_t filters = 0;
  std::vector<int64_t> kernel;  // [height, width] or one for both
  int64_t stride = 1;
  Padding padding = SAME;
  std::vector<int64_t> explicit_padding = {};  // instead of padding
  int64_t groups = 1;
  bool norm_bias = false;  // a bias before batch normalisation too
};

class LayerWriter {
 public:
  // `epsilon` and `momentum` are those of batch normalisation.
  explicit LayerWriter(float epsilon = 1e-5f, float momentum = 0.9f)
      : epsilon_(epsilon), momentum_(momentum) {}

  // A convolution with bias and relu.
  std::string Conv(const std::string& name, const std::string& input, const ConvSettings& settings);
  // A convolution (without bias unless norm_bias), NAME_bn and, if `relu`, NAME_relu.
  std::string ConvNorm(const std::string& name, const std::string& input,
                       const ConvSettings& settings, bool relu = true);
  std::string MaxPool(const std::string& name, const std::string& input, int64_t size,
                      int64_t stride, Padding padding);
  // With `zeros` pixels on each side that no window counts.
  std::string MaxPoolPadded(const std::string& name, const std::string& input, int64_t size,
                            int64_t stride, int64_t zeros);
  std::string AveragePool(const std::string& name, const std::string& input, int64_t size,
                          int64_t stride, Padding padding);
  std::string GlobalAverage(const std::string& name, const std::string& input);
  // As AlexNet has it: 5 channels, alpha 1e-4 / 5, beta 0.75.
  std::string Lrn(const std::string& name, const std::string& input);
  std::string Relu(const std::string& name, const std::string& input);
  std::string Add(const std::string& name, const std::string& a, const std::string& b);
  std::string Concatenate(const std::string& name, const std::vector<std::string>& inputs);
  std::string Flatten(const std::string& name, const std::string& input);
  std::string Dropout(const std::string& name, const std::string& input, float rate);
  std::string Dense(const std::string& name, const std::string& input, int64_t units,
                    Activation activation);
  // The loss looks at the layer.
  void Output(const std::string& layer, float weight);

  ModelConfig Take() { return std::move(model_); }

 private:
  LayerConfig* Begin(const std::string& name, const std::string& input);
  Conv2dConfig* BeginConv(const std::string& name, const std::string& input,
                          const ConvSettings& settings);

  ModelConfig model_;
  float epsilon_, momentum_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_ZOO_LAYER_WRITER_H_
