#include "tests/testing/double_network.h"

#include <cmath>
#include <map>

#include "core/base/check.h"
#include "core/base/rng.h"
#include "core/config/layer_names.h"
#include "core/ops/element.h"

namespace lockstep {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

Rows InputRows(const Batch& batch, int64_t features) {
  Rows rows(static_cast<size_t>(batch.rows), Row(static_cast<size_t>(features), 0.0));
  for (size_t r = 0; r < rows.size(); ++r) {
    if (batch.sparse) {
      for (const uint32_t k : batch.sparse_rows.ones[r]) rows[r][k] = 1;
      continue;
    }
    for (size_t k = 0; k < rows[r].size(); ++k) {
      const size_t at = r * rows[r].size() + k;
      rows[r][k] = batch.bytes != nullptr ? static_cast<double>(batch.bytes[at]) / batch.scale.divide_by
                                          : static_cast<double>(batch.dense.data[at]);
    }
  }
  return rows;
}

double Activate(ActivationKind kind, double x) {
  switch (kind) {
    case ActivationKind::kRelu:
      return x > 0 ? x : 0;
    case ActivationKind::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case ActivationKind::kTanh:
      return std::tanh(x);
    case ActivationKind::kGelu:
      return x * std::erfc(-x / std::sqrt(2.0)) / 2;
    default:
      return x;
  }
}

void ActivateRow(ActivationKind kind, Row* row) {
  for (double& x : *row) x = kind == ActivationKind::kSoftmax ? std::exp(x) : Activate(kind, x);
  if (kind != ActivationKind::kSoftmax) return;
  double total = 0;
  for (const double x : *row) total += x;
  for (double& x : *row) x /= total;
}

Row DenseRow(const DoubleLayer& layer, const ParameterLayout& layout, const Row& x,
             std::span<const double> weights) {
  const ParameterEntry* kernel = layout.Find(layer.name + "/kernel");
  const ParameterEntry* bias = layout.Find(layer.name + "/bias");
  LOCKSTEP_CHECK(kernel != nullptr && (bias != nullptr) == layer.use_bias, "parameters of %s",
                 layer.name.c_str());
  const size_t units = static_cast<size_t>(kernel->shape[1]);
  Row y(units, 0.0);
  for (size_t j = 0; j < units; ++j) {
    if (bias != nullptr) y[j] = weights[static_cast<size_t>(bias->offset_elems) + j];
    for (size_t k = 0; k < x.size(); ++k) {
      y[j] += x[k] * weights[static_cast<size_t>(kernel->offset_elems) + k * units + j];
    }
  }
  return y;
}

void DropOut(const DoubleLayer& layer, uint32_t index, uint32_t sample, const PassInfo& info,
             Row* row) {
  const RandomKey key = DropoutKey(info.seed, index, info.step, sample);
  for (size_t j = 0; j < row->size(); ++j) {
    (*row)[j] = Uniform(key, j) >= layer.rate ? (*row)[j] / (1 - double{layer.rate}) : 0;
  }
}

double LossOfRow(LossKind kind, const Batch& batch, size_t r, const Row& p) {
  double loss = 0;
  const double n = static_cast<double>(p.size());
  for (size_t j = 0; j < p.size(); ++j) {
    switch (kind) {
      case LossKind::kBinaryCrossentropy:
        loss -= std::log(batch.labels[r] == 1 ? p[j] : 1 - p[j]);
        break;
      case LossKind::kCategoricalCrossentropy:
        if (static_cast<size_t>(batch.labels[r]) == j) loss -= std::log(p[j]);
        break;
      case LossKind::kMeanSquaredError:
        loss += std::pow(p[j] - batch.targets[r * p.size() + j], 2) / n;
        break;
      case LossKind::kMeanAbsoluteError:
        loss += std::abs(p[j] - batch.targets[r * p.size() + j]) / n;
        break;
    }
  }
  return loss;
}

Row ForwardRow(const DoubleNetwork& network, const DoublePass& pass, uint32_t sample, const Row& x,
               std::span<const double> weights) {
  std::vector<Row> outputs;
  for (const DoubleLayer& layer : network.layers) {
    const auto input = [&](int i) { return i < 0 ? x : outputs[static_cast<size_t>(i)]; };
    Row y = input(layer.inputs[0]);
    if (layer.kind == DoubleLayer::Kind::kDense) y = DenseRow(layer, *pass.layout, y, weights);
    if (layer.kind == DoubleLayer::Kind::kDropout) {
      DropOut(layer, static_cast<uint32_t>(outputs.size()), sample, pass.info, &y);
    }
    for (size_t i = 1; i < layer.inputs.size(); ++i) {
      const Row other = input(layer.inputs[i]);
      for (size_t j = 0; j < y.size(); ++j) y[j] += static_cast<double>(i + 1) * other[j];
    }
    ActivateRow(layer.activation, &y);
    outputs.push_back(y);
  }
  return outputs.back();
}

ActivationKind KindOf(Activation activation) {
  switch (activation) {
    case RELU:
      return ActivationKind::kRelu;
    case SIGMOID:
      return ActivationKind::kSigmoid;
    case TANH:
      return ActivationKind::kTanh;
    case SOFTMAX:
      return ActivationKind::kSoftmax;
    case GELU:
      return ActivationKind::kGelu;
    case LINEAR:
      break;
  }
  return ActivationKind::kLinear;
}

LossKind KindOf(LossFunction::Kind loss) {
  switch (loss) {
    case LossFunction::BINARY_CROSSENTROPY:
      return LossKind::kBinaryCrossentropy;
    case LossFunction::CATEGORICAL_CROSSENTROPY:
      return LossKind::kCategoricalCrossentropy;
    case LossFunction::MEAN_ABSOLUTE_ERROR:
      return LossKind::kMeanAbsoluteError;
    default:
      return LossKind::kMeanSquaredError;
  }
}

}  // namespace

DoubleNetwork ToDoubleNetwork(const Config& config) {
  DoubleNetwork network;
  network.loss = KindOf(config.loss());
  const std::vector<std::string> names = DefaultLayerNames(config.model());
  std::map<std::string, int> position;
  for (const LayerConfig& from : config.model().layer()) {
    const int i = static_cast<int>(network.layers.size());
    DoubleLayer layer;
    layer.name = names[static_cast<size_t>(i)];
    for (const std::string& input : from.input()) layer.inputs.push_back(position.at(input));
    if (layer.inputs.empty()) layer.inputs = {i - 1};
    if (from.has_dense()) {
      layer.kind = DoubleLayer::Kind::kDense;
      layer.activation = KindOf(from.dense().activation());
      layer.use_bias = from.dense().use_bias();
    } else if (from.has_dropout()) {
      layer.kind = DoubleLayer::Kind::kDropout;
      layer.rate = from.dropout().rate();
    } else if (from.has_activation()) {
      layer.kind = DoubleLayer::Kind::kActivation;
      layer.activation = KindOf(from.activation().function());
    }
    position[layer.name] = i;
    network.layers.push_back(layer);
  }
  return network;
}

double LossInDouble(const DoubleNetwork& network, const DoublePass& pass,
                    std::span<const double> weights) {
  const Batch& batch = *pass.batch;
  double loss = 0;
  const Rows inputs = InputRows(batch, pass.features);
  for (size_t r = 0; r < inputs.size(); ++r) {
    const Row p = ForwardRow(network, pass, batch.sample_ids[r], inputs[r], weights);
    loss += LossOfRow(network.loss, batch, r, p);
  }
  return loss / static_cast<double>(pass.batch_samples);
}

}  // namespace lockstep
