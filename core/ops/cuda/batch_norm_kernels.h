// Batch normalisation: two passes of column sums for exact statistics, then one over the elements
// (column_sums.h, kernel.h). The formulas are those of core/ops/specs.h.
#ifndef LOCKSTEP_CORE_OPS_CUDA_BATCH_NORM_KERNELS_H_
#define LOCKSTEP_CORE_OPS_CUDA_BATCH_NORM_KERNELS_H_

#include <cmath>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/ops/cuda/column_sums.h"
#include "core/ops/specs.h"

namespace lockstep::cuda {

// What all kernels of one call know.
struct BatchNormCall {
  int64_t channels;
  float epsilon;
  bool relu;
  BatchNormParameters p;

  LOCKSTEP_ELEMENT float Inverse(int64_t channel) const {
    return 1.0f / std::sqrt(p.variance[channel] + epsilon);
  }
  // (x - mean) / deviation.
  LOCKSTEP_ELEMENT float Normal(float x, int64_t channel) const {
    return (x - p.mean[channel]) * Inverse(channel);
  }
};

// Squares of the distances from the mean, which the first pass has stored: where the mean is far
// from zero, a sum of squares less the square of the sum would have no digit left.
struct SquareTerms {
  const float* x;
  const float* mean;
  LOCKSTEP_ELEMENT TwoTerms operator()(int64_t at, int64_t channel) const {
    const double distance = static_cast<double>(x[at]) - mean[channel];
    return {distance * distance, 0};
  }
};

struct StoreMeans {
  float* means;
  double count;
  LOCKSTEP_ELEMENT void operator()(int64_t channel, const TwoTerms& sum) const {
    means[channel] = static_cast<float>(sum.first / count);
  }
};

struct NormalizeKernel {
  BatchNormCall call;
  const float* x;
  const float* addend;
  float* y;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const int64_t channel = i % static_cast<I>(call.channels);
    float z = call.p.gamma[channel] * call.Normal(x[i], channel) + call.p.beta[channel];
    if (addend != nullptr) z += addend[i];
    y[i] = call.relu && z <= 0 ? 0.0f : z;
  }
};

// The gradient before the activation, and the same times the normalised x: their sums are dbeta and
// dgamma.
struct GradientTerms {
  BatchNormCall call;
  const float* x;
  const float* y;
  const float* dy;
  LOCKSTEP_ELEMENT TwoTerms operator()(int64_t at, int64_t channel) const {
    const double dz = call.relu && !(y[at] > 0) ? 0.0f : dy[at];
    return {dz, dz * call.Normal(x[at], channel)};
  }
};

struct StoreGradients {
  float* dgamma;
  float* dbeta;
  float* means;  // [2, channels]: of both over all pixels
  int64_t channels;
  double count;
  LOCKSTEP_ELEMENT void operator()(int64_t channel, const TwoTerms& sum) const {
    dbeta[channel] = static_cast<float>(sum.first);
    dgamma[channel] = static_cast<float>(sum.second);
    means[channel] = static_cast<float>(sum.first / count);
    means[channels + channel] = static_cast<float>(sum.second / count);
  }
};

// dx and the addend's gradient; either may be nullptr, and either may be dy.
struct InputGradientKernel {
  BatchNormCall call;
  const float* x;
  const float* y;
  const float* dy;
  const float* means;
  float* dx;
  float* daddend;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const int64_t channel = i % static_cast<I>(call.channels);
    const float dz = call.relu && !(y[i] > 0) ? 0.0f : dy[i];
    if (daddend != nullptr) daddend[i] = dz;
    if (dx == nullptr) return;
    const float mean = means[channel] + call.Normal(x[i], channel) * means[call.channels + channel];
    dx[i] = call.p.gamma[channel] * call.Inverse(channel) * (dz - mean);
  }
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_BATCH_NORM_KERNELS_H_
