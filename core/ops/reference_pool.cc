#include "core/ops/reference_pool.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/check.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

class ReferencePool final : public PoolPlan {
 public:
  explicit ReferencePool(const PoolSpec& spec) : spec_(spec) {}

  void Forward(Matrix x, Matrix y, uint16_t* chosen) override {
    for (int64_t at = 0; at < y.elems(); ++at) {
      const int64_t row = at / spec_.out.elems() * spec_.in.elems();
      double largest = 0, sum = 0;
      int64_t count = 0;
      uint16_t place = 0;
      ForEachTap(at % spec_.out.elems(), [&](int64_t x_at, int64_t tap) {
        const float value = x.data[row + x_at];
        if (count == 0 || value > largest || value != value) {
          largest = value;
          place = static_cast<uint16_t>(tap);
        }
        sum += value;
        ++count;
      });
      const bool is_max = spec_.kind == PoolKind::kMax;
      y.data[at] = static_cast<float>(is_max ? largest : sum / static_cast<double>(count));
      if (is_max && chosen != nullptr) chosen[at] = place;
    }
  }

  void Backward(Matrix dy, const uint16_t* chosen, Matrix dx) override {
    std::vector<double> sums(static_cast<size_t>(dx.elems()));
    for (int64_t at = 0; at < dy.elems(); ++at) {
      const int64_t row = at / spec_.out.elems() * spec_.in.elems(), pixel = at % spec_.out.elems();
      int64_t count = 0;
      ForEachTap(pixel, [&](int64_t, int64_t) { ++count; });
      ForEachTap(pixel, [&](int64_t x_at, int64_t tap) {
        double& to = sums[static_cast<size_t>(row + x_at)];
        if (spec_.kind == PoolKind::kAverage) {
          to += static_cast<double>(dy.data[at]) / static_cast<double>(count);
        } else if (chosen[at] == tap) {
          to += dy.data[at];
        }
      });
    }
    for (size_t i = 0; i < sums.size(); ++i) dx.data[i] = static_cast<float>(sums[i]);
  }

 private:
  // Of every pixel in the window of an output: its place in the sample, its number in the window.
  template <typename Visit>
  void ForEachTap(int64_t output, const Visit& visit) const {
    const WindowSpec& window = spec_.window;
    const int64_t channels = spec_.in.channels, pixel = output / channels;
    const int64_t top = pixel / spec_.out.width * window.stride_height - window.pad_top;
    const int64_t left = pixel % spec_.out.width * window.stride_width - window.pad_left;
    for (int64_t tap = 0; tap < window.height * window.width; ++tap) {
      const int64_t row = top + tap / window.width, col = left + tap % window.width;
      if (row < 0 || row >= spec_.in.height || col < 0 || col >= spec_.in.width) continue;
      visit((row * spec_.in.width + col) * channels + output % channels, tap);
    }
  }

  PoolSpec spec_;
};

}  // namespace

std::unique_ptr<PoolPlan> MakeReferencePool(const PoolSpec& spec) {
  return std::make_unique<ReferencePool>(spec);
}

}  // namespace lockstep
