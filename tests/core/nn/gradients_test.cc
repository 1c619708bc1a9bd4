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
                  .features = network.format.features(),
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
