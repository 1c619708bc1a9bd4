#include "tests/testing/double_image_layers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/check.h"

namespace lockstep {
namespace {

using Numbers = google::protobuf::RepeatedField<uint32_t>;

// A window along one axis.
struct Span {
  int64_t size, stride, dilation, before, outputs;
};

int64_t NumberAt(const Numbers& numbers, int axis, int64_t otherwise) {
  if (numbers.empty()) return otherwise;
  return numbers.size() == 1 ? numbers[0] : numbers[axis];
}

// Zeros on the side: 0 before, 1 after.
int64_t Zeros(const Numbers& numbers, int axis, int side) {
  return numbers.size() == 4 ? numbers[2 * axis + side] : NumberAt(numbers, axis, 0);
}

template <typename Config>
Span Place(const Config& config, Span span, int axis, int64_t n) {
  const int64_t reach = (span.size - 1) * span.dilation + 1;
  int64_t padded = n;
  span.before = 0;
  if (config.padding() == SAME) {
    span.outputs = (n + span.stride - 1) / span.stride;
    padded = std::max(n, (span.outputs - 1) * span.stride + reach);
    span.before = (padded - n) / 2;
    return span;
  }
  span.before = Zeros(config.explicit_padding(), axis, 0);
  padded += span.before + Zeros(config.explicit_padding(), axis, 1);
  span.outputs = (padded - reach) / span.stride + 1;
  return span;
}

Span Place(const Conv2dConfig& config, int axis, int64_t n) {
  return Place(config,
               {NumberAt(config.kernel_size(), axis, 0), NumberAt(config.strides(), axis, 1),
                NumberAt(config.dilation_rate(), axis, 1), 0, 0},
               axis, n);
}

Span Place(const Pooling2dConfig& config, int axis, int64_t n) {
  const int64_t size = NumberAt(config.pool_size(), axis, 2);
  return Place(config, {size, NumberAt(config.strides(), axis, size), 1, 0, 0}, axis, n);
}

double At(const DoubleValue& x, size_t row, int64_t h, int64_t w, int64_t c) {
  return x.rows[row][static_cast<size_t>((h * x.shape[1] + w) * x.shape[2] + c)];
}

// Calls use(h, w, place in the window) for the window's pixels that lie in the picture.
void ForWindow(const DoubleValue& x, const Span& rows, const Span& columns, int64_t i, int64_t j,
               const std::function<void(int64_t, int64_t, int64_t)>& use) {
  for (int64_t a = 0; a < rows.size; ++a) {
    for (int64_t b = 0; b < columns.size; ++b) {
      const int64_t h = i * rows.stride - rows.before + a * rows.dilation;
      const int64_t w = j * columns.stride - columns.before + b * columns.dilation;
      if (h < 0 || w < 0 || h >= x.shape[0] || w >= x.shape[1]) continue;
      use(h, w, a * columns.size + b);
    }
  }
}

DoubleValue Empty(const Shape& shape, const DoubleValue& like) {
  return {shape, std::vector<DoubleRow>(like.rows.size())};
}

DoubleValue Convolve(const Conv2dConfig& config, const DoubleValue& x,
                     const DoubleParameter& parameter) {
  const Span rows = Place(config, 0, x.shape[0]), columns = Place(config, 1, x.shape[1]);
  const int64_t filters = config.filters(), channels = x.shape[2] / config.groups();
  const std::span<const double> kernel = parameter("kernel");
  DoubleValue y = Empty({rows.outputs, columns.outputs, filters}, x);
  for (size_t r = 0; r < x.rows.size(); ++r) {
    for (int64_t i = 0; i < y.shape.elems(); ++i) {
      const int64_t f = i % filters, group = f / (filters / config.groups());
      double sum = config.use_bias() ? parameter("bias")[static_cast<size_t>(f)] : 0;
      ForWindow(x, rows, columns, i / filters / columns.outputs, i / filters % columns.outputs,
                [&](int64_t h, int64_t w, int64_t at) {
                  for (int64_t c = 0; c < channels; ++c) {
                    sum += At(x, r, h, w, group * channels + c) *
                           kernel[static_cast<size_t>((at * channels + c) * filters + f)];
                  }
                });
      y.rows[r].push_back(sum);
    }
  }
  return y;
}

DoubleValue Pool(const Pooling2dConfig& config, bool largest, const DoubleValue& x) {
  const Span rows = Place(config, 0, x.shape[0]), columns = Place(config, 1, x.shape[1]);
  const int64_t channels = x.shape[2];
  DoubleValue y = Empty({rows.outputs, columns.outputs, channels}, x);
  for (size_t r = 0; r < x.rows.size(); ++r) {
    for (int64_t i = 0; i < y.shape.elems(); ++i) {
      double most = -std::numeric_limits<double>::infinity(), sum = 0, pixels = 0;
      ForWindow(x, rows, columns, i / channels / columns.outputs,
                i / channels % columns.outputs, [&](int64_t h, int64_t w, int64_t) {
                  const double value = At(x, r, h, w, i % channels);
                  most = std::max(most, value);
                  sum += value;
                  pixels += 1;
                });
      y.rows[r].push_back(largest ? most : sum / pixels);
    }
  }
  return y;
}

DoubleValue GlobalAverage(const DoubleValue& x) {
  const size_t channels = static_cast<size_t>(x.shape[2]);
  const double pixels = static_cast<double>(x.shape[0] * x.shape[1]);
  DoubleValue y = Empty({x.shape[2]}, x);
  for (size_t r = 0; r < x.rows.size(); ++r) {
    y.rows[r].assign(channels, 0);
    for (size_t i = 0; i < x.rows[r].size(); ++i) y.rows[r][i % channels] += x.rows[r][i] / pixels;
  }
  return y;
}

// Over all rows and pixels.
DoubleStatistics Statistics(const DoubleValue& x, size_t channels) {
  DoubleStatistics of = {DoubleRow(channels, 0), DoubleRow(channels, 0)};
  const double count =
      static_cast<double>(x.rows.size() * x.rows[0].size()) / static_cast<double>(channels);
  for (const DoubleRow& row : x.rows) {
    for (size_t i = 0; i < row.size(); ++i) of.mean[i % channels] += row[i] / count;
  }
  for (const DoubleRow& row : x.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      of.variance[i % channels] += std::pow(row[i] - of.mean[i % channels], 2) / count;
    }
  }
  return of;
}

DoubleValue Normalise(const BatchNormalizationConfig& config, DoubleValue x,
                      const DoubleParameter& parameter, DoubleStatistics* statistics) {
  const std::span<const double> gamma = parameter("gamma"), beta = parameter("beta");
  const DoubleStatistics of = Statistics(x, gamma.size());
  for (DoubleRow& row : x.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t c = i % gamma.size();
      row[i] = gamma[c] * (row[i] - of.mean[c]) /
                   std::sqrt(of.variance[c] + double{config.epsilon()}) +
               beta[c];
    }
  }
  if (statistics != nullptr) *statistics = of;
  return x;
}

DoubleValue Lrn(const LocalResponseNormalizationConfig& config, const DoubleValue& x) {
  const int64_t channels = x.shape[2], radius = config.depth_radius();
  DoubleValue y = x;
  for (size_t r = 0; r < x.rows.size(); ++r) {
    for (int64_t i = 0; i < x.shape.elems(); ++i) {
      double squares = 0;
      for (int64_t c = std::max<int64_t>(i % channels - radius, 0);
           c <= std::min(i % channels + radius, channels - 1); ++c) {
        squares += std::pow(x.rows[r][static_cast<size_t>(i / channels * channels + c)], 2);
      }
      y.rows[r][static_cast<size_t>(i)] /=
          std::pow(config.bias() + config.alpha() * squares, double{config.beta()});
    }
  }
  return y;
}

DoubleValue Concatenate(int axis, const std::vector<DoubleValue>& inputs) {
  std::vector<int64_t> extents;
  for (int i = 0; i < inputs[0].shape.rank(); ++i) extents.push_back(inputs[0].shape[i]);
  const size_t at = static_cast<size_t>(axis < 0 ? inputs[0].shape.rank() + axis : axis - 1);
  extents[at] = 0;
  size_t outer = 1;
  for (size_t i = 0; i < at; ++i) outer *= static_cast<size_t>(extents[i]);
  for (const DoubleValue& input : inputs) extents[at] += input.shape[static_cast<int>(at)];
  DoubleValue y = Empty(Shape(extents), inputs[0]);
  for (size_t r = 0; r < y.rows.size(); ++r) {
    for (size_t o = 0; o < outer; ++o) {
      for (const DoubleValue& input : inputs) {
        const size_t block = input.rows[r].size() / outer;
        const auto begin = input.rows[r].begin() + static_cast<int64_t>(o * block);
        y.rows[r].insert(y.rows[r].end(), begin, begin + static_cast<int64_t>(block));
      }
    }
  }
  return y;
}

DoubleValue Add(const std::vector<DoubleValue>& inputs) {
  DoubleValue y = inputs[0];
  for (size_t k = 1; k < inputs.size(); ++k) {
    for (size_t r = 0; r < y.rows.size(); ++r) {
      for (size_t i = 0; i < y.rows[r].size(); ++i) y.rows[r][i] += inputs[k].rows[r][i];
    }
  }
  return y;
}

DoubleValue Pad(const ZeroPadding2dConfig& config, const DoubleValue& x) {
  const auto zeros = [&](int axis, int side) {
    return config.padding().empty() ? 1 : Zeros(config.padding(), axis, side);
  };
  const int64_t top = zeros(0, 0), left = zeros(1, 0), channels = x.shape[2];
  DoubleValue y = Empty({x.shape[0] + top + zeros(0, 1), x.shape[1] + left + zeros(1, 1), channels},
                        x);
  for (size_t r = 0; r < x.rows.size(); ++r) {
    for (int64_t i = 0; i < y.shape.elems(); ++i) {
      const int64_t h = i / channels / y.shape[1] - top, w = i / channels % y.shape[1] - left;
      const bool inside = h >= 0 && w >= 0 && h < x.shape[0] && w < x.shape[1];
      y.rows[r].push_back(inside ? At(x, r, h, w, i % channels) : 0);
    }
  }
  return y;
}

Shape Reshaped(const ReshapeConfig& config, const Shape& from) {
  std::vector<int64_t> extents(config.target_shape().begin(), config.target_shape().end());
  int64_t known = 1;
  for (const int64_t extent : extents) known *= extent == -1 ? 1 : extent;
  for (int64_t& extent : extents) {
    if (extent == -1) extent = from.elems() / known;
  }
  return Shape(extents);
}

}  // namespace

DoubleValue ImageLayerInDouble(const LayerConfig& layer, const std::vector<DoubleValue>& inputs,
                               const DoubleParameter& parameter, DoubleStatistics* statistics) {
  const DoubleValue& x = inputs[0];
  switch (layer.kind_case()) {
    case LayerConfig::kConv2D: return Convolve(layer.conv2d(), x, parameter);
    case LayerConfig::kMaxPooling2D: return Pool(layer.max_pooling2d(), true, x);
    case LayerConfig::kAveragePooling2D: return Pool(layer.average_pooling2d(), false, x);
    case LayerConfig::kGlobalAveragePooling2D: return GlobalAverage(x);
    case LayerConfig::kBatchNormalization:
      return Normalise(layer.batch_normalization(), x, parameter, statistics);
    case LayerConfig::kLocalResponseNormalization:
      return Lrn(layer.local_response_normalization(), x);
    case LayerConfig::kAdd: return Add(inputs);
    case LayerConfig::kConcatenate: return Concatenate(layer.concatenate().axis(), inputs);
    case LayerConfig::kZeroPadding2D: return Pad(layer.zero_padding2d(), x);
    case LayerConfig::kReshape: return {Reshaped(layer.reshape(), x.shape), x.rows};
    default: break;
  }
  LOCKSTEP_CHECK(false, "no layer for pictures: kind %d", static_cast<int>(layer.kind_case()));
  return x;
}

}  // namespace lockstep
