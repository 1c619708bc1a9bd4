#include "core/ops/reference_conv.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/check.h"
#include "core/device/tensor.h"
#include "core/ops/element.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

class ReferenceConv final : public ConvPlan {
 public:
  explicit ReferenceConv(const ConvSpec& spec) : spec_(spec) {
    LOCKSTEP_CHECK(
        spec.activation != ActivationKind::kSoftmax && spec.activation != ActivationKind::kGelu,
        "softmax and gelu are ops of their own");
    LOCKSTEP_CHECK(spec.in.channels % spec.groups == 0 && spec.out.channels % spec.groups == 0,
                   "channels and filters are multiples of the groups");
  }

  void Forward(Matrix x, const float* w, const float* b, Matrix y, bool /*same_weights*/) override {
    ForEachPixel(x.rows, [&](int64_t x_row, int64_t pixel) {
      const std::vector<double> sums = Sums(x.data + x_row, w, b, pixel % OutPixels());
      float* to = y.data + pixel * spec_.out.channels;
      for (size_t f = 0; f < sums.size(); ++f) {
        to[f] = static_cast<float>(Activated(spec_.activation, sums[f]));
      }
    });
  }

  void Infer(Matrix x, const float* w, const float* b, const BatchNormParameters& p, Matrix y,
             bool /*same_weights*/) override {
    LOCKSTEP_CHECK(spec_.activation == ActivationKind::kLinear, "an activation comes in between");
    ForEachPixel(x.rows, [&](int64_t x_row, int64_t pixel) {
      const std::vector<double> sums = Sums(x.data + x_row, w, b, pixel % OutPixels());
      float* to = y.data + pixel * spec_.out.channels;
      for (size_t f = 0; f < sums.size(); ++f) {
        const double scale = p.gamma[f] / std::sqrt(static_cast<double>(p.variance[f]) +
                                                    static_cast<double>(spec_.folded_epsilon));
        to[f] = static_cast<float>(
            Activated(spec_.folded_activation, (sums[f] - p.mean[f]) * scale + p.beta[f]));
      }
    });
  }

  void Backward(Matrix x, const float* w, const LinearGradients& g,
                bool /*same_weights*/) override {
    const bool linear = spec_.activation == ActivationKind::kLinear;  // then y may be absent
    for (int64_t i = 0; i < (linear ? 0 : g.dy.elems()); ++i) {
      const double y = g.y.data[i], dy = g.dy.data[i];
      g.dy.data[i] = static_cast<float>(ActivationGradient(spec_.activation, 0.0, y, dy));
    }
    const int64_t filters = spec_.out.channels;
    std::vector<double> dx(static_cast<size_t>(x.elems())), db(static_cast<size_t>(filters)),
        dw(static_cast<size_t>(WeightElems()));
    ForEachPixel(x.rows, [&](int64_t x_row, int64_t pixel) {
      const float* dy = g.dy.data + pixel * filters;
      for (int64_t f = 0; f < filters; ++f) db[static_cast<size_t>(f)] += dy[f];
      ForEachTap(pixel % OutPixels(), [&](int64_t x_at, int64_t w_at, int64_t f) {
        dw[static_cast<size_t>(w_at)] += static_cast<double>(x.data[x_row + x_at]) * dy[f];
        dx[static_cast<size_t>(x_row + x_at)] += static_cast<double>(w[w_at]) * dy[f];
      });
    });
    const auto store = [](const std::vector<double>& from, float* to) {
      if (to == nullptr) return;
      for (size_t i = 0; i < from.size(); ++i) to[i] = static_cast<float>(from[i]);
    };
    store(dx, g.dx);
    store(dw, g.dw);
    store(db, g.db);
  }

 private:
  int64_t OutPixels() const { return spec_.out.height * spec_.out.width; }
  int64_t WeightElems() const {
    return spec_.window.height * spec_.window.width * spec_.in.channels / spec_.groups *
           spec_.out.channels;
  }

  // Of every output pixel of every row: where its row starts in x, and its number.
  template <typename Visit>
  void ForEachPixel(int64_t rows, const Visit& visit) const {
    for (int64_t pixel = 0; pixel < rows * OutPixels(); ++pixel) {
      visit(pixel / OutPixels() * spec_.in.elems(), pixel);
    }
  }

  // Of every product that goes into an output pixel: the offset in its row of x, that in the
  // kernel, and the filter.
  template <typename Visit>
  void ForEachTap(int64_t pixel, const Visit& visit) const {
    const WindowSpec& window = spec_.window;
    const int64_t top = pixel / spec_.out.width * window.stride_height - window.pad_top;
    const int64_t left = pixel % spec_.out.width * window.stride_width - window.pad_left;
    for (int64_t i = 0; i < window.height; ++i) {
      const int64_t row = top + i * window.dilation_height;
      if (row < 0 || row >= spec_.in.height) continue;
      for (int64_t j = 0; j < window.width; ++j) {
        const int64_t col = left + j * window.dilation_width;
        if (col < 0 || col >= spec_.in.width) continue;
        VisitChannels(row * spec_.in.width + col, i * window.width + j, visit);
      }
    }
  }
  template <typename Visit>
  void VisitChannels(int64_t x_pixel, int64_t w_pixel, const Visit& visit) const {
    const int64_t channels = spec_.in.channels / spec_.groups, filters = spec_.out.channels;
    for (int64_t f = 0; f < filters; ++f) {
      const int64_t first = f / (filters / spec_.groups) * channels;
      for (int64_t c = 0; c < channels; ++c) {
        visit(x_pixel * spec_.in.channels + first + c, (w_pixel * channels + c) * filters + f, f);
      }
    }
  }

  // One output pixel before its activation.
  std::vector<double> Sums(const float* x, const float* w, const float* b, int64_t pixel) const {
    std::vector<double> sums(static_cast<size_t>(spec_.out.channels));
    if (b != nullptr) std::copy_n(b, sums.size(), sums.begin());
    ForEachTap(pixel, [&](int64_t x_at, int64_t w_at, int64_t f) {
      sums[static_cast<size_t>(f)] += static_cast<double>(x[x_at]) * w[w_at];
    });
    return sums;
  }

  ConvSpec spec_;
};

}  // namespace

std::unique_ptr<ConvPlan> MakeReferenceConv(const ConvSpec& spec) {
  return std::make_unique<ReferenceConv>(spec);
}

}  // namespace lockstep
