// Graphs built node by node, for tests of what the config cannot say.
#ifndef LOCKSTEP_TESTS_TESTING_HAND_MADE_GRAPH_H_
#define LOCKSTEP_TESTS_TESTING_HAND_MADE_GRAPH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/batch.h"
#include "core/data/dataset.h"
#include "core/nn/graph.h"
#include "core/nn/layers/activation.h"
#include "core/nn/layers/dense.h"
#include "core/nn/layers/dropout.h"
#include "core/nn/static_graph.h"
#include "core/ops/ops.h"
#include "proto/config.pb.h"
#include "tests/testing/double_network.h"
#include "tests/testing/floats.h"
#include "tests/testing/samples.h"
#include "tests/testing/weighted_sum_layer.h"

namespace lockstep {

inline constexpr int kInput = -1;
inline constexpr int64_t kMaxRows = 6;

// Builds a graph node by node, and the same network for the gradient checker beside it. A node is
// named by kind and position.
class Network {
 public:
  explicit Network(SampleFormat format = {.shape = {5}, .targets = 3}) : format_(format) {
    parts_.input = Shape(format_.shape);
    parts_.bytes = format_.encoding == Encoding::kUint8;
    parts_.sparse = format_.encoding == Encoding::kSparse;
    parts_.max_rows = kMaxRows;
  }

  int Dense(int input, uint32_t units, ActivationKind activation = ActivationKind::kLinear) {
    DenseConfig config;
    config.set_units(units);
    return Place("dense", std::make_unique<DenseLayer>(config, activation),
                 {.kind = DoubleLayer::Kind::kDense, .inputs = {input}, .activation = activation});
  }
  int Sum(std::vector<int> inputs) {
    return Place("sum", std::make_unique<WeightedSumLayer>(),
                 {.kind = DoubleLayer::Kind::kWeightedSum, .inputs = std::move(inputs)});
  }
  int Dropout(int input, float rate) {
    DropoutConfig config;
    config.set_rate(rate);
    return Place("dropout", std::make_unique<DropoutLayer>(config),
                 {.kind = DoubleLayer::Kind::kDropout, .inputs = {input}, .rate = rate});
  }
  int Activation(int input, ActivationKind activation) {
    return Place(
        "activation", std::make_unique<ActivationLayer>(activation),
        {.kind = DoubleLayer::Kind::kActivation, .inputs = {input}, .activation = activation});
  }
  int View(int input) { return Place("view", nullptr, {.inputs = {input}}); }

  // The loss looks at `node`; where no output is named, at the last one.
  void Output(int node, float weight = 1) {
    parts_.outputs.push_back({.node = node, .weight = weight});
  }

  // Puts `wrap`(layer) in the place of every layer.
  template <typename Wrap>
  void WrapLayers(Wrap wrap) {
    for (GraphNode& node : parts_.nodes) {
      if (node.layer != nullptr) node.layer = wrap(std::move(node.layer));
    }
  }

  std::unique_ptr<StaticGraph> Build(Ops* ops) {
    if (parts_.outputs.empty()) Output(static_cast<int>(parts_.nodes.size()) - 1);
    return std::make_unique<StaticGraph>(std::move(parts_), ops);
  }
  const DoubleNetwork& twin() const { return twin_; }
  const SampleFormat& format() const { return format_; }

 private:
  Shape ShapeOf(int node) const {
    return node == kInput ? parts_.input
                          : parts_.nodes[static_cast<size_t>(node)].declaration.output;
  }
  int Place(const std::string& kind, std::unique_ptr<Layer> layer, DoubleLayer twin) {
    const int at = static_cast<int>(parts_.nodes.size());
    twin.name = kind + std::to_string(at);
    GraphNode node = {twin.name, kind, std::move(layer), twin.inputs, twin.inputs, {}};
    std::vector<Shape> shapes;
    for (const int input : twin.inputs) shapes.push_back(ShapeOf(input));
    node.declaration.output = Shape{shapes[0].elems()};
    if (node.layer != nullptr) node.declaration = node.layer->Declare(shapes).value();
    parts_.nodes.push_back(std::move(node));
    twin_.layers.push_back(std::move(twin));
    return at;
  }

  SampleFormat format_;
  GraphParts parts_;
  DoubleNetwork twin_;
};

// A graph with its samples and weights, ready to run.
struct Fixture {
  explicit Fixture(Network* network)
      : ops(MakeCpuOps()),
        graph(network->Build(ops.get())),
        data(MakeSamples(network->format(), 9)),
        buffer(&data, kMaxRows),
        weights(RandomFloats(graph->layout().size_elems(), 9)),
        gradients(graph->layout().size_elems()) {}

  LossSums Forward(const std::vector<uint32_t>& ids, bool training = true) {
    batch = &buffer.Gather(ids);
    info.training = training;
    return graph->Forward(info, *batch, weights.data(), 10, nullptr);
  }
  void Backward(GradientListener* listener = nullptr) {
    graph->Backward(info, *batch, weights.data(), gradients.data(), listener);
  }

  std::unique_ptr<Ops> ops;
  std::unique_ptr<StaticGraph> graph;
  Dataset data;
  BatchBuffer buffer;
  const Batch* batch = nullptr;
  PassInfo info = {.training = true, .seed = 1, .step = 2};
  Floats weights, gradients;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_HAND_MADE_GRAPH_H_
