#include "tests/core/ops/cuda/host_libraries.h"

#include <cstdint>
#include <vector>

namespace lockstep::cuda {
namespace {

float Ended(Ending ending, double value, const float* bias, int64_t column) {
  if (ending == Ending::kBias || ending == Ending::kBiasRelu) value += bias[column];
  const bool relu = ending == Ending::kRelu || ending == Ending::kBiasRelu;
  return static_cast<float>(relu && value <= 0 ? 0 : value);
}

class HostProduct final : public Product {
 public:
  explicit HostProduct(const ProductSpec& spec) : spec_(spec) {}

  void Run(const float* a, const float* b, float* c, float* bias) override {
    for (int64_t i = 0; i < spec_.m; ++i) {
      for (int64_t j = 0; j < spec_.n; ++j) {
        double sum = 0;
        for (int64_t l = 0; l < spec_.k; ++l) {
          const float left = spec_.transpose_a ? a[l * spec_.m + i] : a[i * spec_.k + l];
          sum += static_cast<double>(left) * RightAt(b, l, j);
        }
        c[i * spec_.n + j] = Ended(spec_.ending, sum, bias, j);
      }
    }
    for (int64_t j = 0; spec_.column_sums_of_b && j < spec_.n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < spec_.k; ++l) sum += RightAt(b, l, j);
      bias[j] = static_cast<float>(sum);
    }
  }

 private:
  float RightAt(const float* b, int64_t l, int64_t j) const {
    return spec_.transpose_b ? b[j * spec_.k + l] : b[l * spec_.n + j];
  }
  ProductSpec spec_;
};

// What one product of a convolution is of: offsets into x, w and y.
struct Tap {
  int64_t x = 0, w = 0, y = 0;
};

class HostConvolution final : public Convolution {
 public:
  explicit HostConvolution(const ConvolutionSpec& spec) : spec_(spec) {}

  void Run(float* x, float* w, float* y, const float* bias) override {
    const ConvSpec& conv = spec_.conv;
    const int64_t filters = conv.out.channels;
    const int64_t taps = conv.window.height * conv.window.width * conv.in.channels / conv.groups;
    switch (spec_.pass) {
      case ConvolutionPass::kForward:
        return Sum(
            y, spec_.n * conv.out.elems(),
            [&](const Tap& tap, double* sums) {
              sums[tap.y] += static_cast<double>(x[tap.x]) * w[tap.w];
            },
            bias);
      case ConvolutionPass::kInputGradient:
        return Sum(
            x, spec_.n * conv.in.elems(),
            [&](const Tap& tap, double* sums) {
              sums[tap.x] += static_cast<double>(w[tap.w]) * y[tap.y];
            },
            nullptr);
      case ConvolutionPass::kWeightGradient:
        return Sum(
            w, taps * filters,
            [&](const Tap& tap, double* sums) {
              sums[tap.w] += static_cast<double>(x[tap.x]) * y[tap.y];
            },
            nullptr);
    }
  }

 private:
  // to = the sums to which `add` adds every product, ended.
  template <typename Add>
  void Sum(float* to, int64_t elems, const Add& add, const float* bias) const {
    std::vector<double> sums(static_cast<size_t>(elems));
    ForEachTap([&](const Tap& tap) { add(tap, sums.data()); });
    for (int64_t i = 0; i < elems; ++i) {
      to[i] = Ended(spec_.ending, sums[static_cast<size_t>(i)], bias, i % spec_.conv.out.channels);
    }
  }

  template <typename Visit>
  void ForEachTap(const Visit& visit) const {
    const ConvSpec& conv = spec_.conv;
    const WindowSpec& window = conv.window;
    for (int64_t pixel = 0; pixel < spec_.n * conv.out.height * conv.out.width; ++pixel) {
      const int64_t sample = pixel / (conv.out.height * conv.out.width);
      const int64_t top = pixel / conv.out.width % conv.out.height * window.stride_height;
      const int64_t left = pixel % conv.out.width * window.stride_width;
      for (int64_t i = 0; i < window.height * window.width; ++i) {
        const int64_t row = top - window.pad_top + i / window.width * window.dilation_height;
        const int64_t col = left - window.pad_left + i % window.width * window.dilation_width;
        if (row < 0 || row >= conv.in.height || col < 0 || col >= conv.in.width) continue;
        const int64_t x_pixel = (sample * conv.in.height + row) * conv.in.width + col;
        VisitChannels(x_pixel * conv.in.channels, i, pixel * conv.out.channels, visit);
      }
    }
  }
  template <typename Visit>
  void VisitChannels(int64_t x, int64_t window_pixel, int64_t y, const Visit& visit) const {
    const ConvSpec& conv = spec_.conv;
    const int64_t channels = conv.in.channels / conv.groups, filters = conv.out.channels;
    const int64_t pixels = conv.window.height * conv.window.width;
    for (int64_t f = 0; f < filters; ++f) {
      const int64_t group = f / (filters / conv.groups);
      for (int64_t c = 0; c < channels; ++c) {
        visit({x + group * channels + c, (f * pixels + window_pixel) * channels + c, y + f});
      }
    }
  }

  ConvolutionSpec spec_;
};

}  // namespace

std::unique_ptr<Product> HostLibraries::PlanProduct(const ProductSpec& spec) {
  if (plain_ && (spec.ending != Ending::kNone || spec.column_sums_of_b)) return nullptr;
  return std::make_unique<HostProduct>(spec);
}

std::unique_ptr<Convolution> HostLibraries::PlanConvolution(const ConvolutionSpec& spec) {
  if (plain_ && spec.ending != Ending::kNone) return nullptr;
  return std::make_unique<HostConvolution>(spec);
}

}  // namespace lockstep::cuda
