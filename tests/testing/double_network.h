// A network's loss in double, written a second time and naively, so that finite differences of it
// judge the product's gradients: textbook formulas, a dense matrix for multi-hot input, no fusing
// of the loss with the last activation.
#ifndef LOCKSTEP_TESTS_TESTING_DOUBLE_NETWORK_H_
#define LOCKSTEP_TESTS_TESTING_DOUBLE_NETWORK_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/batch.h"
#include "core/nn/graph.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {

// One layer; its position is that of the graph's node, which keys dropout masks.
struct DoubleLayer {
  enum class Kind { kView, kDense, kActivation, kDropout, kWeightedSum };
  Kind kind = Kind::kView;
  std::string name = {};         // its parameters are "NAME/kernel" and "NAME/bias"
  std::vector<int> inputs = {};  // positions of earlier layers; -1 is the network's input
  ActivationKind activation = ActivationKind::kLinear;
  bool use_bias = true;
  float rate = 0;
};

struct DoubleNetwork {
  std::vector<DoubleLayer> layers;  // the last one is the output, after its activation
  LossKind loss = LossKind::kMeanSquaredError;
};

// The network of a config whose layers are listed in an order in which they can run.
DoubleNetwork ToDoubleNetwork(const Config& config);

// One training pass's input: what the product's graph gets too.
struct DoublePass {
  const ParameterLayout* layout = nullptr;
  const Batch* batch = nullptr;
  int64_t features = 0;  // of one sample
  PassInfo info;
  int64_t batch_samples = 1;
};

// The sum of the rows' losses, divided by batch_samples, with `weights` in the layout's places.
double LossInDouble(const DoubleNetwork& network, const DoublePass& pass,
                    std::span<const double> weights);

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_DOUBLE_NETWORK_H_
