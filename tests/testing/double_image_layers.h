// Layers for pictures in double, naive and one sample beside the other: what double_network.h makes
// networks of.
#ifndef LOCKSTEP_TESTS_TESTING_DOUBLE_IMAGE_LAYERS_H_
#define LOCKSTEP_TESTS_TESTING_DOUBLE_IMAGE_LAYERS_H_

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/device/tensor.h"
#include "proto/config.pb.h"

namespace lockstep {

using DoubleRow = std::vector<double>;

// A layer's output of a whole micro-batch.
struct DoubleValue {
  Shape shape;                  // of one sample
  std::vector<DoubleRow> rows;  // one per sample, row-major
};

// The values of a layer's parameter by its name in the layer, "kernel".
using DoubleParameter = std::function<std::span<const double>(const std::string&)>;

// Batch normalisation's mean and population variance per channel.
struct DoubleStatistics {
  DoubleRow mean, variance;
};

// The layer's output before its activation. `statistics` may be nullptr; batch_normalization fills
// it. REQUIRES: a layer of image kind (conv2d ... reshape) with inputs that fit.
DoubleValue ImageLayerInDouble(const LayerConfig& layer, const std::vector<DoubleValue>& inputs,
                               const DoubleParameter& parameter, DoubleStatistics* statistics);

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_DOUBLE_IMAGE_LAYERS_H_
