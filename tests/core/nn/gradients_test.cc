// Gradients of whole networks against finite differences in double: every layer, activation and
// loss, on the reference's ops and on the CPU's.
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/data/batch.h"
#include "core/data/dataset.h"
#include "core/device/tensor.h"
#include "core/nn/build_graph.h"
#include "core/ops/ops.h"
#include "proto/config.pb.h"
#include "tests/testing/double_network.h"
#include "tests/testing/floats.h"
#include "tests/testing/gradient_check.h"
#include "tests/testing/samples.h"

namespace lockstep {
namespace {

// A network and the samples it takes.
struct NetworkCase {
  const char* name;
  const char* config;  // model and loss
  SampleFormat format;
};

void PrintTo(const NetworkCase& row, std::ostream* out) { *out << row.name; }

const SampleFormat kTargets = {.shape = {7}, .targets = 3};
const SampleFormat kTwoClasses = {.shape = {7}, .classes = 2};
const SampleFormat kFiveClasses = {.shape = {7}, .classes = 5};
const SampleFormat kMultiHot = {.shape = {40}, .encoding = Encoding::kSparse, .classes = 5};
const SampleFormat kImages = {
    .shape = {3, 4, 1}, .encoding = Encoding::kUint8, .divide_by = 255, .classes = 5};

const SampleFormat kPictures = {.shape = {5, 6, 2}, .classes = 3};
const SampleFormat kPictureTargets = {.shape = {5, 6, 2}, .targets = 3};

// A relu or a maximum makes the loss bend, and a bend within a step spoils its difference (which is
// told): such networks have few values. What is followed by batch normalisation has no bias: its
// gradient would be 0 but for roundings, and there is no measure for them.
const NetworkCase kNetworks[] = {
    {"linear", "model { layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR", kTargets},
    {"no_bias",
     "model { layer { dense { units: 6 use_bias: false activation: TANH } }"
     "        layer { dense { units: 3 use_bias: false } } } loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"dense_relu",
     "model { layer { dense { units: 17 activation: RELU } } layer { dense { units: 9 activation: "
     "RELU } }"
     "        layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"dense_sigmoid",
     "model { layer { dense { units: 16 activation: SIGMOID } } layer { dense { units: 3 } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"dense_gelu",
     "model { layer { dense { units: 6 activation: GELU } } layer { dense { units: 3 } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"dense_softmax_inside",
     "model { layer { dense { units: 6 activation: SOFTMAX } } layer { dense { units: 3 } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"activation_layers",
     "model { layer { dense { units: 6 } } layer { activation { function: TANH } }"
     "        layer { dense { units: 6 } } layer { activation { function: GELU } }"
     "        layer { dense { units: 6 } } layer { activation { function: SOFTMAX } }"
     "        layer { dense { units: 6 } } layer { activation { function: RELU } }"
     "        layer { dense { units: 6 } } layer { activation { function: SIGMOID } }"
     "        layer { dense { units: 3 } } layer { activation { function: LINEAR } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"activation_first",
     "model { layer { activation { function: SIGMOID } } layer { dense { units: 3 } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"absolute_error",
     "model { layer { dense { units: 6 activation: TANH } } layer { dense { units: 3 } } }"
     "loss: MEAN_ABSOLUTE_ERROR",
     kTargets},
    {"squared_error_of_a_sigmoid",
     "model { layer { dense { units: 3 activation: SIGMOID } } } loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"squared_error_of_a_softmax",
     "model { layer { dense { units: 3 activation: SOFTMAX } } } loss: MEAN_SQUARED_ERROR",
     kTargets},
    {"binary",
     "model { layer { dense { units: 5 activation: RELU } }"
     "        layer { dense { units: 1 activation: SIGMOID } } } loss: BINARY_CROSSENTROPY",
     kTwoClasses},
    {"binary_with_activation_layer",
     "model { layer { dense { units: 1 } } layer { activation { function: SIGMOID } } }"
     "loss: BINARY_CROSSENTROPY",
     kTwoClasses},
    {"categorical",
     "model { layer { dense { units: 6 activation: TANH } }"
     "        layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kFiveClasses},
    {"categorical_with_activation_layer",
     "model { layer { dense { units: 5 activation: TANH } } layer { activation { function: SOFTMAX "
     "} } }"
     "loss: CATEGORICAL_CROSSENTROPY",
     kFiveClasses},
    {"dropout",
     "model { layer { dropout { rate: 0.25 } } layer { dense { units: 16 activation: TANH } }"
     "        layer { dropout { rate: 0.5 } } layer { dense { units: 8 } } layer { dropout { rate: "
     "0 } }"
     "        layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kFiveClasses},
    {"multi_hot",
     "model { layer { dense { units: 17 activation: SIGMOID } }"
     "        layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kMultiHot},
    {"multi_hot_gelu_dropout",
     "model { layer { dense { units: 8 activation: GELU use_bias: false } } layer { dropout { "
     "rate: 0.3 } }"
     "        layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kMultiHot},
    {"multi_hot_to_the_loss",
     "model { layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kMultiHot},
    {"image",
     "model { layer { flatten {} } layer { dense { units: 6 activation: TANH } } layer { flatten "
     "{} }"
     "        layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kImages},
    {"image_through_layers_before_flatten",
     "model { layer { dropout { rate: 0.2 } } layer { activation { function: TANH } }"
     "        layer { flatten {} } layer { dense { units: 5 activation: SOFTMAX } } }"
     "loss: CATEGORICAL_CROSSENTROPY",
     kImages},
    {"conv2d",
     "model { layer { conv2d { filters: 4 kernel_size: 3 activation: TANH } }"
     "        layer { conv2d { filters: 3 kernel_size: [1, 2] padding: SAME strides: 2 use_bias: "
     "false } }"
     "        layer { flatten {} } layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR",
     kPictureTargets},
    {"conv2d_groups_dilation_and_explicit_padding",
     "model { layer { conv2d { filters: 4 kernel_size: 2 groups: 2 dilation_rate: [2, 1]"
     "          explicit_padding: [1, 0, 2, 1] activation: SIGMOID } }"
     "        layer { conv2d { filters: 4 kernel_size: 3 groups: 4 padding: SAME } }"
     "        layer { conv2d { filters: 3 kernel_size: 2 strides: [2, 3] activation: RELU } }"
     "        layer { flatten {} } layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR",
     kPictureTargets},
    {"conv2d_gelu_and_softmax",
     "model { layer { conv2d { filters: 3 kernel_size: 2 activation: GELU } }"
     "        layer { conv2d { filters: 4 kernel_size: 1 activation: SOFTMAX } }"
     "        layer { flatten {} } layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR",
     kPictureTargets},
    {"conv2d_to_the_loss",
     "model { layer { conv2d { filters: 3 kernel_size: [5, 6] activation: SOFTMAX } } }"
     "loss: CATEGORICAL_CROSSENTROPY",
     kPictures},
    {"pooling",
     "model { layer { conv2d { filters: 3 kernel_size: 2 strides: 2 padding: SAME } }"
     "        layer { max_pooling2d { pool_size: 3 strides: 2 padding: SAME } }"
     "        layer { conv2d { filters: 4 kernel_size: 1 activation: TANH } }"
     "        layer { average_pooling2d { pool_size: 2 strides: 1 explicit_padding: [1, 0] } }"
     "        layer { conv2d { filters: 3 kernel_size: 1 } } layer { global_average_pooling2d {} }"
     "        layer { activation { function: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kPictures},
    {"batch_normalization",
     "model { layer { conv2d { filters: 3 kernel_size: 2 use_bias: false } }"
     "        layer { batch_normalization {} } layer { activation { function: TANH } }"
     "        layer { conv2d { filters: 3 kernel_size: 2 strides: 2 use_bias: false } }"
     "        layer { batch_normalization {} } layer { activation { function: RELU } }"
     "        layer { global_average_pooling2d {} } layer { batch_normalization { epsilon: 0.1 } }"
     "        layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR",
     kPictureTargets},
    {"local_response_normalization",
     "model { layer { conv2d { filters: 5 kernel_size: 2 } }"
     "        layer { local_response_normalization { depth_radius: 1 alpha: 0.3 beta: 0.75 } }"
     "        layer { conv2d { filters: 3 kernel_size: 2 } }"
     "        layer { local_response_normalization { bias: 2 } }"
     "        layer { flatten {} } layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR",
     kPictureTargets},
    {"zero_padding_and_reshape",
     "model { layer { conv2d { filters: 2 kernel_size: 2 } }"
     "        layer { zero_padding2d { padding: [0, 1, 2, 0] } }"
     "        layer { reshape { target_shape: [7, -1, 5] } }"
     "        layer { conv2d { filters: 2 kernel_size: 2 activation: TANH } }"
     "        layer { flatten {} } layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR",
     kPictureTargets},
    {"concatenate_along_each_axis",
     "model { layer { name: 'a' conv2d { filters: 2 kernel_size: 3 padding: SAME } }"
     "        layer { name: 'b' input: 'input' conv2d { filters: 2 kernel_size: 1 } }"
     "        layer { name: 'h' input: 'a' input: 'b' concatenate { axis: 1 } }"
     "        layer { name: 'w' input: 'h' input: 'h' concatenate { axis: 2 } }"
     "        layer { name: 'p' input: 'w' max_pooling2d { pool_size: 2 } }"
     "        layer { name: 'q' input: 'a' input: 'b' input: 'input' concatenate {} }"
     "        layer { name: 'f' input: 'p' flatten {} } layer { name: 'g' input: 'q' flatten {} }"
     "        layer { input: 'f' input: 'g' concatenate {} }"
     "        layer { dense { units: 3 } } } loss: MEAN_SQUARED_ERROR",
     kPictureTargets},
    {"residual_blocks",
     "model { layer { name: 'x' conv2d { filters: 3 kernel_size: 3 strides: 3 } }"
     "        layer { name: 'c' conv2d { filters: 3 kernel_size: 3 padding: SAME use_bias: false "
     "} }"
     "        layer { name: 'n' batch_normalization {} }"
     "        layer { name: 's' input: 'n' input: 'x' add {} }"
     "        layer { name: 'r' activation { function: RELU } }"
     "        layer { name: 'd' conv2d { filters: 4 kernel_size: 1 use_bias: false } }"
     "        layer { name: 'e' batch_normalization {} }"
     "        layer { name: 't' input: 'r' conv2d { filters: 4 kernel_size: 1 } }"
     "        layer { name: 'u' input: 't' input: 'e' add {} }"
     "        layer { activation { function: RELU } } layer { global_average_pooling2d {} }"
     "        layer { dense { units: 3 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kPictures},
    {"several_outputs",
     "model { layer { name: 'x' conv2d { filters: 3 kernel_size: 2 strides: 2 activation: TANH } }"
     "        layer { name: 'y' max_pooling2d {} } layer { name: 'f' flatten {} }"
     "        layer { name: 'first' dense { units: 3 activation: SOFTMAX } }"
     "        layer { name: 'g' input: 'x' global_average_pooling2d {} }"
     "        layer { name: 'o' dense { units: 3 activation: SOFTMAX } }"
     "        output { layer: 'o' } output { layer: 'first' weight: 0.3 } }"
     "loss: CATEGORICAL_CROSSENTROPY",
     kPictures},
    {"an_output_that_other_layers_take",
     "model { layer { flatten {} } layer { name: 'a' dense { units: 3 } }"
     "        layer { name: 'b' dense { units: 5 activation: TANH } }"
     "        layer { name: 'c' dense { units: 3 } }"
     "        layer { name: 'd' input: 'a' input: 'c' add {} }"
     "        output { layer: 'd' weight: 2 } output { layer: 'a' weight: 0.5 } }"
     "loss: MEAN_SQUARED_ERROR",
     kPictureTargets},
};

class Gradients : public testing::TestWithParam<NetworkCase> {};

void Check(Ops* ops, const NetworkCase& network, const Dataset& data) {
  SCOPED_TRACE(ops->name());
  Config config;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(network.config, &config));
  const std::vector<uint32_t> ids = {8, 1, 2, 7, 0, 5};
  auto graph = BuildGraph(config, network.format, ops, 7);
  ASSERT_TRUE(graph.ok()) << graph.status();
  BatchBuffer buffer(&data, 7);
  const Batch& batch = buffer.Gather(ids);
  // Biases off zero, and padding that would show if anything read it.
  const Floats weights = RandomFloats((*graph)->layout().size_elems(), 9, -0.7f, 0.7f);
  CheckGradients(graph->get(), ToDoubleNetwork(config),
                 {.layout = &(*graph)->layout(),
                  .batch = &batch,
                  .sample = Shape(network.format.shape),
                  .info = {.training = true, .seed = 3, .step = 5},
                  .batch_samples = 13},
                 weights.span());
}

TEST_P(Gradients, AreTheFiniteDifferencesOfTheLoss) {
  const Dataset data = MakeSamples(GetParam().format, 9);
  const std::unique_ptr<Ops> reference = MakeReferenceOps(), cpu = MakeCpuOps();
  Check(reference.get(), GetParam(), data);
  Check(cpu.get(), GetParam(), data);
}

INSTANTIATE_TEST_SUITE_P(Networks, Gradients, testing::ValuesIn(kNetworks),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace lockstep
