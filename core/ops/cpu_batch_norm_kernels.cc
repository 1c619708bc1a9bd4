// Batch normalisation: two passes over the pixels in either direction.
//
// Sums are taken over blocks of pixels that stay in the first-level cache, in float, and brought
// together in double. A block's moments are those around its own mean (Chan, Golub and LeVeque,
// "Algorithms for computing the sample variance", 1983), so a mean far from zero costs no digits.
// Blocks depend on sizes alone.
#include <algorithm>
#include <cmath>

#include "core/ops/cpu_image_kernels.h"
#include "core/ops/cpu_vector.h"

namespace lockstep::kernels {
namespace {

typedef double DoubleVector __attribute__((vector_size(128), aligned(8), may_alias));

constexpr int64_t kBlockElems = 4096;  // of one array

LOCKSTEP_INLINE int64_t BlockPixels(int64_t channels) {
  return std::clamp<int64_t>(kBlockElems / channels, 8, 256);
}

LOCKSTEP_INLINE DoubleVector Wide(Vector v) { return __builtin_convertvector(v, DoubleVector); }
LOCKSTEP_INLINE double Wide(float v) { return v; }
LOCKSTEP_INLINE DoubleVector& WideAt(VectorLanes, double* p) {
  return *reinterpret_cast<DoubleVector*>(p);
}
LOCKSTEP_INLINE double& WideAt(OneLane, double* p) { return *p; }

// A block is read column by column, which the processor does not foresee: asks for the next block.
LOCKSTEP_INLINE void AskForNext(const float* p, int64_t block_elems) {
  __builtin_prefetch(p + block_elems, 0, 2);
}

// Brings `pixels` more pixels into the mean and the sum of squared deviations of `before` ones.
template <typename Lanes>
LOCKSTEP_INLINE void AddMoments(const float* x, int64_t pixels, int64_t channels, int64_t before,
                                double* mean, double* squares) {
  typename Lanes::Values sum = {};
  for (int64_t i = 0; i < pixels; ++i) {
    AskForNext(x + i * channels, pixels * channels);
    sum += Lanes::Get(x + i * channels);
  }
  const auto near = sum / static_cast<float>(pixels);
  typename Lanes::Values rest = {}, square = {};
  for (int64_t i = 0; i < pixels; ++i) {
    const auto difference = Lanes::Get(x + i * channels) - near;
    rest += difference;
    square += difference * difference;
  }
  const double count = static_cast<double>(pixels);
  const double all = count + static_cast<double>(before);
  const auto correction = Wide(rest) / count;
  const auto distance = Wide(near) + correction - WideAt(Lanes{}, mean);
  WideAt(Lanes{}, squares) += Wide(square) - correction * Wide(rest) +
                        distance * distance * (static_cast<double>(before) * count / all);
  WideAt(Lanes{}, mean) += distance * (count / all);
}

// What becomes of x, before the addend.
template <typename Lanes>
LOCKSTEP_INLINE typename Lanes::Values NormalizedAt(const BatchNormPass& pass, int64_t c,
                                                    const float* x) {
  const auto scale = Lanes::Get(pass.gamma + c) * Lanes::Get(pass.inverse + c);
  return (Lanes::Get(x) - Lanes::Get(pass.mean + c)) * scale + Lanes::Get(pass.beta + c);
}

template <typename Lanes>
LOCKSTEP_INLINE void NormalizeAt(const BatchNormPass& pass, int64_t c, const float* x,
                                 const float* addend, float* y) {
  auto z = NormalizedAt<Lanes>(pass, c, x);
  if (addend != nullptr) z += Lanes::Get(addend);
  if (pass.relu) z = ReluOf(z);
  Lanes::Put(z, y);
}

// dz of channel c on.
template <typename Lanes>
LOCKSTEP_INLINE typename Lanes::Values Masked(const BatchNormPass& pass, int64_t c, const float* x,
                                              const float* y, const float* dy) {
  if (!pass.relu) return Lanes::Get(dy);
  const auto sign = y == nullptr ? NormalizedAt<Lanes>(pass, c, x) : Lanes::Get(y);
  return WherePositive(sign, Lanes::Get(dy));
}

// One block's part of the sums of channel c on.
template <typename Lanes>
LOCKSTEP_INLINE void AddSums(const BatchNormPass& pass, int64_t c, int64_t begin, int64_t end,
                             const float* x, const float* y, const float* dy, float* dz_out,
                             double* sums) {
  const auto mean = Lanes::Get(pass.mean + c), inverse = Lanes::Get(pass.inverse + c);
  typename Lanes::Values sum = {}, product = {};
  const int64_t block_elems = (end - begin) * pass.channels;
  for (int64_t i = begin; i < end; ++i) {
    const int64_t at = i * pass.channels + c;
    AskForNext(x + at, block_elems);
    AskForNext(dy + at, block_elems);
    const auto dz = Masked<Lanes>(pass, c, x + at, y == nullptr ? nullptr : y + at, dy + at);
    if (dz_out != nullptr) Lanes::Put(dz, dz_out + at);
    sum += dz;
    product += dz * (Lanes::Get(x + at) - mean);
  }
  WideAt(Lanes{}, sums + c) += Wide(sum);
  WideAt(Lanes{}, sums + pass.channels + c) += Wide(product * inverse);
}

template <typename Lanes>
LOCKSTEP_INLINE void InputGradientAt(const BatchNormPass& pass, int64_t c, const float* x,
                                     const float* y, const float* dy, const float* means,
                                     float* dx) {
  const auto inverse = Lanes::Get(pass.inverse + c);
  const auto normal = (Lanes::Get(x) - Lanes::Get(pass.mean + c)) * inverse;
  const auto dz = Masked<Lanes>(pass, c, x, y, dy);
  const auto rest = dz - Lanes::Get(means + c) - normal * Lanes::Get(means + pass.channels + c);
  Lanes::Put(Lanes::Get(pass.gamma + c) * inverse * rest, dx);
}

}  // namespace

LOCKSTEP_KERNEL void BatchMoments(const float* x, int64_t pixels, int64_t channels, double* sums,
                                  float* mean, float* variance) {
  double* squares = sums + channels;
  std::fill_n(sums, 2 * channels, 0.0);
  const int64_t block = BlockPixels(channels);
  for (int64_t begin = 0; begin < pixels; begin += block) {
    const int64_t count = std::min(block, pixels - begin);
    const float* first = x + begin * channels;
    int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes) {
      AddMoments<VectorLanes>(first + c, count, channels, begin, sums + c, squares + c);
    }
    for (; c < channels; ++c) {
      AddMoments<OneLane>(first + c, count, channels, begin, sums + c, squares + c);
    }
  }
  for (int64_t c = 0; c < channels; ++c) {
    mean[c] = static_cast<float>(sums[c]);
    variance[c] = static_cast<float>(std::max(squares[c], 0.0) / static_cast<double>(pixels));
  }
}

LOCKSTEP_KERNEL void BatchNormalize(const BatchNormPass& pass, const float* x, const float* addend,
                                    float* y) {
  for (int64_t i = 0; i < pass.pixels; ++i) {
    const int64_t at = i * pass.channels;
    const auto added = [=](int64_t c) { return addend == nullptr ? nullptr : addend + at + c; };
    int64_t c = 0;
    for (; c + kLanes <= pass.channels; c += kLanes) {
      NormalizeAt<VectorLanes>(pass, c, x + at + c, added(c), y + at + c);
    }
    for (; c < pass.channels; ++c) {
      NormalizeAt<OneLane>(pass, c, x + at + c, added(c), y + at + c);
    }
  }
}

LOCKSTEP_KERNEL void BatchNormSums(const BatchNormPass& pass, const float* x, const float* y,
                                   const float* dy, float* dz_out, double* sums) {
  std::fill_n(sums, 2 * pass.channels, 0.0);
  const int64_t block = BlockPixels(pass.channels);
  for (int64_t begin = 0; begin < pass.pixels; begin += block) {
    const int64_t end = std::min(begin + block, pass.pixels);
    int64_t c = 0;
    for (; c + kLanes <= pass.channels; c += kLanes) {
      AddSums<VectorLanes>(pass, c, begin, end, x, y, dy, dz_out, sums);
    }
    for (; c < pass.channels; ++c) AddSums<OneLane>(pass, c, begin, end, x, y, dy, dz_out, sums);
  }
}

LOCKSTEP_KERNEL void BatchNormInputGradient(const BatchNormPass& pass, const float* x,
                                            const float* y, const float* dy, const float* means,
                                            float* dx) {
  for (int64_t i = 0; i < pass.pixels; ++i) {
    const int64_t at = i * pass.channels;
    const auto mask = [=](int64_t c) { return y == nullptr ? nullptr : y + at + c; };
    int64_t c = 0;
    for (; c + kLanes <= pass.channels; c += kLanes) {
      InputGradientAt<VectorLanes>(pass, c, x + at + c, mask(c), dy + at + c, means, dx + at + c);
    }
    for (; c < pass.channels; ++c) {
      InputGradientAt<OneLane>(pass, c, x + at + c, mask(c), dy + at + c, means, dx + at + c);
    }
  }
}

}  // namespace lockstep::kernels
