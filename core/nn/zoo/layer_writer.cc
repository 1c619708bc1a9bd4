#include "core/nn/zoo/layer_writer.h"

namespace lockstep {
namespace {

void SetPool(int64_t size, int64_t stride, Padding padding, Pooling2dConfig* pool) {
  pool->add_pool_size(static_cast<uint32_t>(size));
  pool->add_strides(static_cast<uint32_t>(stride));
  if (padding != VALID) pool->set_padding(padding);
}

}  // namespace

LayerConfig* LayerWriter::Begin(const std::string& name, const std::string& input) {
  LayerConfig* layer = model_.add_layer();
  layer->set_name(name);
  if (!input.empty()) layer->add_input(input);
  return layer;
}

Conv2dConfig* LayerWriter::BeginConv(const std::string& name, const std::string& input,
                                     const ConvSettings& settings) {
  Conv2dConfig* conv = Begin(name, input)->mutable_conv2d();
  conv->set_filters(static_cast<uint32_t>(settings.filters));
  for (const int64_t extent : settings.kernel) conv->add_kernel_size(static_cast<uint32_t>(extent));
  if (settings.stride != 1) conv->add_strides(static_cast<uint32_t>(settings.stride));
  for (const int64_t zeros : settings.explicit_padding) {
    conv->add_explicit_padding(static_cast<uint32_t>(zeros));
  }
  if (settings.explicit_padding.empty()) conv->set_padding(settings.padding);
  if (settings.groups != 1) conv->set_groups(static_cast<uint32_t>(settings.groups));
  conv->set_kernel_initializer(HE_NORMAL);
  return conv;
}

std::string LayerWriter::Conv(const std::string& name, const std::string& input,
                              const ConvSettings& settings) {
  BeginConv(name, input, settings)->set_activation(RELU);
  return name;
}

std::string LayerWriter::ConvNorm(const std::string& name, const std::string& input,
                                  const ConvSettings& settings, bool relu) {
  BeginConv(name, input, settings)->set_use_bias(settings.norm_bias);
  BatchNormalizationConfig* norm = Begin(name + "_bn", name)->mutable_batch_normalization();
  norm->set_momentum(momentum_);
  norm->set_epsilon(epsilon_);
  return relu ? Relu(name + "_relu", name + "_bn") : name + "_bn";
}

std::string LayerWriter::MaxPool(const std::string& name, const std::string& input, int64_t size,
                                 int64_t stride, Padding padding) {
  SetPool(size, stride, padding, Begin(name, input)->mutable_max_pooling2d());
  return name;
}

std::string LayerWriter::MaxPoolPadded(const std::string& name, const std::string& input,
                                       int64_t size, int64_t stride, int64_t zeros) {
  Pooling2dConfig* pool = Begin(name, input)->mutable_max_pooling2d();
  SetPool(size, stride, VALID, pool);
  pool->add_explicit_padding(static_cast<uint32_t>(zeros));
  return name;
}

std::string LayerWriter::AveragePool(const std::string& name, const std::string& input,
                                     int64_t size, int64_t stride, Padding padding) {
  SetPool(size, stride, padding, Begin(name, input)->mutable_average_pooling2d());
  return name;
}

std::string LayerWriter::GlobalAverage(const std::string& name, const std::string& input) {
  Begin(name, input)->mutable_global_average_pooling2d();
  return name;
}

std::string LayerWriter::Lrn(const std::string& name, const std::string& input) {
  auto* lrn = Begin(name, input)->mutable_local_response_normalization();
  lrn->set_depth_radius(2);
  lrn->set_alpha(2e-5f);
  lrn->set_beta(0.75f);
  return name;
}

std::string LayerWriter::Relu(const std::string& name, const std::string& input) {
  Begin(name, input)->mutable_activation()->set_function(RELU);
  return name;
}

std::string LayerWriter::Add(const std::string& name, const std::string& a, const std::string& b) {
  LayerConfig* layer = Begin(name, a);
  layer->add_input(b);
  layer->mutable_add();
  return name;
}

std::string LayerWriter::Concatenate(const std::string& name,
                                     const std::vector<std::string>& inputs) {
  LayerConfig* layer = Begin(name, "");
  for (const std::string& input : inputs) layer->add_input(input);
  layer->mutable_concatenate();
  return name;
}

std::string LayerWriter::Flatten(const std::string& name, const std::string& input) {
  Begin(name, input)->mutable_flatten();
  return name;
}

std::string LayerWriter::Dropout(const std::string& name, const std::string& input, float rate) {
  Begin(name, input)->mutable_dropout()->set_rate(rate);
  return name;
}

std::string LayerWriter::Dense(const std::string& name, const std::string& input, int64_t units,
                               Activation activation) {
  DenseConfig* dense = Begin(name, input)->mutable_dense();
  dense->set_units(static_cast<uint32_t>(units));
  dense->set_activation(activation);
  if (activation == RELU) dense->set_kernel_initializer(HE_NORMAL);
  return name;
}

void LayerWriter::Output(const std::string& layer, float weight) {
  OutputConfig* output = model_.add_output();
  output->set_layer(layer);
  if (weight != 1) output->set_weight(weight);
}

}  // namespace lockstep
