// A network's loss in double, written a second time and naively, so that finite differences of it
// judge the product's gradients: textbook formulas, a dense matrix for multi-hot input, no fusing
// of the loss with the last activation.
#ifndef LOCKSTEP_TESTS_TESTING_DOUBLE_NETWORK_H_
#define LOCKSTEP_TESTS_TESTING_DOUBLE_NETWORK_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/data/batch.h"
#include "core/device/tensor.h"
#include "core/nn/graph.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {

// One layer; its position is that of the graph's node, which keys dropout masks.
struct DoubleLayer {
  enum class Kind { kView, kDense, kActivation, kDropout, kWeightedSum, kImage };
  Kind kind = Kind::kView;
  std::string name = {};         // its parameters are "NAME/kernel" and "NAME/bias"
  std::vector<int> inputs = {};  // positions of earlier layers; -1 is the network's input
  ActivationKind activation = ActivationKind::kLinear;
  bool use_bias = true;
  float rate = 0;
  LayerConfig config = {};  // of kImage: a layer of tests/testing/double_image_layers.h
};

// A layer at the loss, after its activation.
struct DoubleOutput {
  int layer = 0;
  double weight = 1;
};

struct DoubleNetwork {
  std::vector<DoubleLayer> layers;
  LossKind loss = LossKind::kMeanSquaredError;
  std::vector<DoubleOutput> outputs = {};  // empty: the last layer
};

// The network of a config whose layers are listed in an order in which they can run.
DoubleNetwork ToDoubleNetwork(const Config& config);

// One training pass's input: what the product's graph gets too.
struct DoublePass {
  const ParameterLayout* layout = nullptr;
  const Batch* batch = nullptr;
  Shape sample = {};  // of the network's input
  PassInfo info;
  int64_t batch_samples = 1;
};

// The sum of the rows' losses, divided by batch_samples, with `weights` in the layout's places.
double LossInDouble(const DoubleNetwork& network, const DoublePass& pass,
                    std::span<const double> weights);

// What each of the layout's moving statistics must get from this micro-batch: its statistic times
// rows / batch_samples. By the parameter's name.
std::map<std::string, std::vector<double>> StatisticsInDouble(const DoubleNetwork& network,
                                                              const DoublePass& pass,
                                                              std::span<const double> weights);

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_DOUBLE_NETWORK_H_
