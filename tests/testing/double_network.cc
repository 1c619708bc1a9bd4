#include "tests/testing/double_network.h"

#include <cmath>
#include <map>
#include <utility>

#include "core/base/check.h"
#include "core/base/rng.h"
#include "core/config/layer_names.h"
#include "core/ops/element.h"
#include "tests/testing/double_image_layers.h"

namespace lockstep {
namespace {

using Row = DoubleRow;
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
      rows[r][k] = batch.bytes != nullptr
                       ? static_cast<double>(batch.bytes[at]) / batch.scale.divide_by
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

// Softmax works over the last axis, of `last` values.
void ActivateRow(ActivationKind kind, size_t last, Row* row) {
  for (double& x : *row) x = kind == ActivationKind::kSoftmax ? std::exp(x) : Activate(kind, x);
  if (kind != ActivationKind::kSoftmax) return;
  for (size_t i = 0; i < row->size(); i += last) {
    double total = 0;
    for (size_t j = i; j < i + last; ++j) total += (*row)[j];
    for (size_t j = i; j < i + last; ++j) (*row)[j] /= total;
  }
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

// A layer's output from its inputs, before its activation.
struct LayerPass {
  const DoublePass* pass = nullptr;
  uint32_t index = 0;  // of the layer
  std::span<const double> weights;
  DoubleStatistics* statistics = nullptr;
};

DoubleValue ApplyLayer(const DoubleLayer& layer, const LayerPass& with,
                       std::vector<DoubleValue> inputs) {
  const ParameterLayout& layout = *with.pass->layout;
  if (layer.kind == DoubleLayer::Kind::kImage) {
    const auto parameter = [&](const std::string& name) {
      const ParameterEntry* entry = layout.Find(layer.name + "/" + name);
      LOCKSTEP_CHECK(entry != nullptr, "no %s in %s", name.c_str(), layer.name.c_str());
      return with.weights.subspan(static_cast<size_t>(entry->offset_elems),
                                  static_cast<size_t>(entry->shape.elems()));
    };
    return ImageLayerInDouble(layer.config, inputs, parameter, with.statistics);
  }
  DoubleValue y = std::move(inputs[0]);
  for (size_t r = 0; r < y.rows.size(); ++r) {
    Row& row = y.rows[r];
    if (layer.kind == DoubleLayer::Kind::kDense) row = DenseRow(layer, layout, row, with.weights);
    if (layer.kind == DoubleLayer::Kind::kDropout) {
      DropOut(layer, with.index, with.pass->batch->sample_ids[r], with.pass->info, &row);
    }
    for (size_t i = 1; i < inputs.size(); ++i) {
      for (size_t j = 0; j < row.size(); ++j) {
        row[j] += static_cast<double>(i + 1) * inputs[i].rows[r][j];
      }
    }
  }
  const bool flat = layer.kind == DoubleLayer::Kind::kDense ||
                    (layer.kind == DoubleLayer::Kind::kView && layer.config.has_flatten());
  if (flat && !y.rows.empty()) y.shape = Shape{static_cast<int64_t>(y.rows[0].size())};
  return y;
}

// Every layer's output. `statistics` [layers] may be nullptr.
std::vector<DoubleValue> ForwardAll(const DoubleNetwork& network, const DoublePass& pass,
                                    std::span<const double> weights,
                                    std::vector<DoubleStatistics>* statistics) {
  const DoubleValue x = {pass.sample, InputRows(*pass.batch, pass.sample.elems())};
  std::vector<DoubleValue> outputs;
  for (const DoubleLayer& layer : network.layers) {
    const size_t i = outputs.size();
    std::vector<DoubleValue> inputs;
    for (const int k : layer.inputs) inputs.push_back(k < 0 ? x : outputs[static_cast<size_t>(k)]);
    DoubleValue y = ApplyLayer(layer,
                               {.pass = &pass,
                                .index = static_cast<uint32_t>(i),
                                .weights = weights,
                                .statistics = statistics == nullptr ? nullptr : &(*statistics)[i]},
                               std::move(inputs));
    const size_t last = static_cast<size_t>(y.shape[y.shape.rank() - 1]);
    for (Row& row : y.rows) ActivateRow(layer.activation, last, &row);
    outputs.push_back(std::move(y));
  }
  return outputs;
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
  std::map<std::string, int> position = {{kInputName, -1}};
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
    } else if (!from.has_flatten()) {
      layer.kind = DoubleLayer::Kind::kImage;
      layer.activation = KindOf(from.conv2d().activation());
    }
    layer.config = from;
    position[layer.name] = i;
    network.layers.push_back(layer);
  }
  for (const OutputConfig& output : config.model().output()) {
    network.outputs.push_back({position.at(output.layer()), output.weight()});
  }
  return network;
}

double LossInDouble(const DoubleNetwork& network, const DoublePass& pass,
                    std::span<const double> weights) {
  const std::vector<DoubleValue> values = ForwardAll(network, pass, weights, nullptr);
  std::vector<DoubleOutput> outputs = network.outputs;
  if (outputs.empty()) outputs.push_back({.layer = static_cast<int>(values.size()) - 1});
  double loss = 0;
  for (const DoubleOutput& output : outputs) {
    const Rows& rows = values[static_cast<size_t>(output.layer)].rows;
    for (size_t r = 0; r < rows.size(); ++r) {
      loss += output.weight * LossOfRow(network.loss, *pass.batch, r, rows[r]);
    }
  }
  return loss / static_cast<double>(pass.batch_samples);
}

std::map<std::string, std::vector<double>> StatisticsInDouble(const DoubleNetwork& network,
                                                              const DoublePass& pass,
                                                              std::span<const double> weights) {
  std::vector<DoubleStatistics> statistics(network.layers.size());
  ForwardAll(network, pass, weights, &statistics);
  const double share =
      static_cast<double>(pass.batch->rows) / static_cast<double>(pass.batch_samples);
  std::map<std::string, std::vector<double>> by_name;
  for (size_t i = 0; i < statistics.size(); ++i) {
    for (Row* values : {&statistics[i].mean, &statistics[i].variance}) {
      for (double& value : *values) value *= share;
    }
    by_name[network.layers[i].name + "/moving_mean"] = statistics[i].mean;
    by_name[network.layers[i].name + "/moving_variance"] = statistics[i].variance;
  }
  return by_name;
}

}  // namespace lockstep
