// The CPU's inner loops for pictures, as cpu_kernels.h: pooling, batch normalisation, local
// response normalisation. Pixels are rows of channels.
#ifndef LOCKSTEP_CORE_OPS_CPU_IMAGE_KERNELS_H_
#define LOCKSTEP_CORE_OPS_CPU_IMAGE_KERNELS_H_

#include <cstdint>

#include "core/ops/specs.h"

namespace lockstep::kernels {

// PoolPlan's functions, for n samples. `chosen` of kMax may be nullptr forward.
void PoolForward(const PoolSpec& spec, const float* x, float* y, uint16_t* chosen, int64_t n);
void PoolBackward(const PoolSpec& spec, const float* dy, const uint16_t* chosen, float* dx,
                  int64_t n);

// One pass of batch normalisation over `pixels` rows of `channels`.
struct BatchNormPass {
  int64_t pixels = 0, channels = 0;
  bool relu = false;
  const float* mean = nullptr;     // [channels], all of these
  const float* inverse = nullptr;  // 1 / sqrt(variance + epsilon)
  const float* gamma = nullptr;
  const float* beta = nullptr;
};

// mean and variance [channels] of x. `sums` [2 * channels] is scratch memory.
void BatchMoments(const float* x, int64_t pixels, int64_t channels, double* sums, float* mean,
                  float* variance);
// y = relu(gamma * (x - mean) * inverse + beta + addend); the addend may be nullptr.
void BatchNormalize(const BatchNormPass& pass, const float* x, const float* addend, float* y);
// sums [2 * channels]: over all pixels of dz, and of dz times the normalised x. dz is dy, where the
// pass has a relu 0 if y <= 0; without an addend, y may be nullptr. Writes dz to `dz_out` unless
// that is nullptr; it may be dy.
void BatchNormSums(const BatchNormPass& pass, const float* x, const float* y, const float* dy,
                   float* dz_out, double* sums);
// dx from the means over all pixels of BatchNormSums' sums [2 * channels]. y as there. dx may be
// dy.
void BatchNormInputGradient(const BatchNormPass& pass, const float* x, const float* y,
                            const float* dy, const float* means, float* dx);

// Floats of scratch memory that the two functions below need.
inline int64_t LrnScratchElems(const LrnSpec& spec) {
  return 2 * spec.channels + 2 * spec.depth_radius;
}
// Ops::Lrn and LrnGradient for n pixels.
void Lrn(const LrnSpec& spec, const float* x, float* scale, float* y, int64_t n, float* scratch);
void LrnGradient(const LrnSpec& spec, const float* x, const float* scale, const float* y,
                 const float* dy, float* dx, int64_t n, float* scratch);

}  // namespace lockstep::kernels

#endif  // LOCKSTEP_CORE_OPS_CPU_IMAGE_KERNELS_H_
