// Local response normalisation, pixel by pixel: the squares of a pixel's channels between zeros, so
// that each tap of the window is one loop over all channels.
#include <algorithm>

#include "core/ops/cpu_image_kernels.h"
#include "core/ops/cpu_vector.h"
#include "core/ops/element.h"

namespace lockstep::kernels {
namespace {

// to[c] = x[c]^-beta, with a loop of its own for each beta that needs no power.
LOCKSTEP_INLINE void InversePowers(const float* x, float beta, float* to, int64_t count) {
  if (beta == 0.75f) {
    for (int64_t c = 0; c < count; ++c) to[c] = InversePower(x[c], 0.75f);
  } else if (beta == 0.5f) {
    for (int64_t c = 0; c < count; ++c) to[c] = InversePower(x[c], 0.5f);
  } else if (beta == 1.0f) {
    for (int64_t c = 0; c < count; ++c) to[c] = InversePower(x[c], 1.0f);
  } else {
    for (int64_t c = 0; c < count; ++c) to[c] = InversePower(x[c], beta);
  }
}

// sums[c] = values of the window around c. `padded` has depth_radius zeros at both ends.
LOCKSTEP_INLINE void WindowSums(const LrnSpec& spec, const float* padded, float* sums) {
  for (int64_t c = 0; c < spec.channels; ++c) sums[c] = padded[c];
  for (int64_t tap = 1; tap <= 2 * spec.depth_radius; ++tap) {
    for (int64_t c = 0; c < spec.channels; ++c) sums[c] += padded[c + tap];
  }
}

}  // namespace

LOCKSTEP_KERNEL void Lrn(const LrnSpec& spec, const float* x, float* scale, float* y, int64_t n,
                         float* scratch) {
  const int64_t channels = spec.channels;
  float* sums = scratch;
  float* padded = scratch + channels;
  std::fill_n(padded, channels + 2 * spec.depth_radius, 0.0f);
  for (int64_t i = 0; i < n; ++i, x += channels, y += channels) {
    float* middle = padded + spec.depth_radius;
    for (int64_t c = 0; c < channels; ++c) middle[c] = x[c] * x[c];
    WindowSums(spec, padded, sums);
    for (int64_t c = 0; c < channels; ++c) sums[c] = spec.bias + spec.alpha * sums[c];
    if (scale != nullptr) std::copy_n(sums, channels, scale + i * channels);
    InversePowers(sums, spec.beta, middle, channels);
    for (int64_t c = 0; c < channels; ++c) y[c] = x[c] * middle[c];
  }
}

LOCKSTEP_KERNEL void LrnGradient(const LrnSpec& spec, const float* x, const float* scale,
                                 const float* y, const float* dy, float* dx, int64_t n,
                                 float* scratch) {
  const int64_t channels = spec.channels;
  float* sums = scratch;
  float* padded = scratch + channels;
  const float slope = 2 * spec.alpha * spec.beta;
  std::fill_n(padded, channels + 2 * spec.depth_radius, 0.0f);
  for (int64_t at = 0; at < n * channels; at += channels) {
    float* middle = padded + spec.depth_radius;
    for (int64_t c = 0; c < channels; ++c) middle[c] = dy[at + c] * y[at + c] / scale[at + c];
    WindowSums(spec, padded, sums);
    InversePowers(scale + at, spec.beta, dx + at, channels);
    for (int64_t c = 0; c < channels; ++c) {
      dx[at + c] = dy[at + c] * dx[at + c] - slope * x[at + c] * sums[c];
    }
  }
}

}  // namespace lockstep::kernels
