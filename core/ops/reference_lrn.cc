#include "core/ops/reference_lrn.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace lockstep {
namespace {

// The channels that channel c of a row looks at.
template <typename Visit>
void ForEachNeighbour(const LrnSpec& spec, int64_t c, const Visit& visit) {
  const int64_t first = std::max<int64_t>(0, c - spec.depth_radius);
  const int64_t last = std::min(spec.channels - 1, c + spec.depth_radius);
  for (int64_t k = first; k <= last; ++k) visit(k);
}

double Scale(const LrnSpec& spec, const float* row, int64_t c) {
  double squares = 0;
  ForEachNeighbour(spec, c, [&](int64_t k) { squares += static_cast<double>(row[k]) * row[k]; });
  return static_cast<double>(spec.bias) + static_cast<double>(spec.alpha) * squares;
}

}  // namespace

void ReferenceLrn(const LrnSpec& spec, Matrix x, float* scale, Matrix y) {
  for (int64_t i = 0; i < x.elems(); ++i) {
    const int64_t c = i % spec.channels;
    const double value = Scale(spec, x.data + i - c, c);
    if (scale != nullptr) scale[i] = static_cast<float>(value);
    y.data[i] = static_cast<float>(x.data[i] * std::pow(value, -static_cast<double>(spec.beta)));
  }
}

void ReferenceLrnGradient(const LrnSpec& spec, Matrix x, const float* /*scale*/, Matrix /*y*/,
                          Matrix dy, Matrix dx) {
  const double beta = spec.beta, slope = 2.0 * static_cast<double>(spec.alpha) * beta;
  for (int64_t i = 0; i < x.elems(); ++i) {
    const int64_t c = i % spec.channels, row = i - c;
    double through = 0;
    ForEachNeighbour(spec, c, [&](int64_t k) {
      through += static_cast<double>(dy.data[row + k]) * x.data[row + k] *
                 std::pow(Scale(spec, x.data + row, k), -beta - 1);
    });
    dx.data[i] = static_cast<float>(dy.data[i] * std::pow(Scale(spec, x.data + row, c), -beta) -
                                    slope * x.data[i] * through);
  }
}

}  // namespace lockstep
