// Kernels without a sum: one index, one or a few elements (kernel.h).
#ifndef LOCKSTEP_CORE_OPS_CUDA_ELEMENT_KERNELS_H_
#define LOCKSTEP_CORE_OPS_CUDA_ELEMENT_KERNELS_H_

#include <array>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/base/philox.h"
#include "core/ops/cuda/kernel.h"
#include "core/ops/element.h"
#include "core/ops/specs.h"
#include "core/ops/update_element.h"

namespace lockstep::cuda {

struct FillKernel {
  float* x;
  float value;
  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    x[i] = value;
  }
};

struct AddKernel {
  const float* x;
  float* y;
  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    y[i] += x[i];
  }
};

struct MovingAverageKernel {
  const float* x;
  float* y;
  float momentum, rest;
  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    y[i] = MovingAverageOf(y[i], x[i], momentum, rest);
  }
};

// i runs over the elements of all blocks.
struct CopyBlocksKernel {
  BlockCopy blocks;
  const float* source;
  float* target;
  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const I block = i / static_cast<I>(blocks.block), k = i % static_cast<I>(blocks.block);
    const I outer = block / static_cast<I>(blocks.inner), j = block % static_cast<I>(blocks.inner);
    target[outer * blocks.target_outer + j * blocks.target_inner + k] =
        source[outer * blocks.source_outer + j * blocks.source_inner + k];
  }
};

struct BytesToFloatKernel {
  const uint8_t* x;
  ImageScale scale;
  float* y;
  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const I channel = i % static_cast<I>(scale.channels);
    const float mean = scale.mean == nullptr ? 0.0f : scale.mean[channel];
    const float std = scale.std == nullptr ? 1.0f : scale.std[channel];
    y[i] = ScaledByte(x[i], scale.divide_by, mean, std);
  }
};

struct ActivateKernel {
  ActivationKind kind;
  const float* x;
  float* y;
  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    y[i] = Activated(kind, x[i]);
  }
};

// x is read for kGelu, y for the others but kLinear.
struct ActivationGradientKernel {
  ActivationKind kind;
  const float* x;
  const float* y;
  const float* dy;
  float* dx;
  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const bool reads_x = kind == ActivationKind::kGelu;
    const bool reads_y = !reads_x && kind != ActivationKind::kLinear;
    dx[i] = ActivationGradient(kind, reads_x ? x[i] : 0.0f, reads_y ? y[i] : 0.0f, dy[i]);
  }
};

// i runs over the groups of four elements of all rows: a draw of the stream gives four.
struct DropoutKernel {
  DropoutSpec spec;
  const float* x;
  float* y;
  int64_t cols;

  LOCKSTEP_ELEMENT static int64_t GroupsOf(int64_t cols) { return CeilingOfQuotient(cols, 4); }

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const I groups = static_cast<I>(GroupsOf(cols)), row = i / groups, group = i % groups;
    const RandomKey key = DropoutKey(spec.seed, spec.layer, spec.step, spec.sample_ids[row]);
    const std::array<uint32_t, 4> bits = PhiloxBlock(key, static_cast<uint32_t>(group));
    for (int k = 0; k < 4; ++k) {
      const int64_t col = static_cast<int64_t>(group) * 4 + k, at = row * cols + col;
      if (col < cols) y[at] = DroppedOut(x[at], bits[static_cast<size_t>(k)], spec.rate);
    }
  }
};

// One optimizer step. Slots that the kind does not have are not touched.
template <UpdateKind kKind, bool kMomentum>
struct UpdateKernel {
  UpdateScalars scalars;
  float gradient_scale;
  std::array<float, 2> l2, decay;
  UpdateBuffers u;

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    constexpr bool kFirst = kKind != UpdateKind::kSgd || kMomentum;
    constexpr bool kSecond =
        kKind == UpdateKind::kAdam || (kKind == UpdateKind::kRmsprop && kMomentum);
    // Two selections: an index into the arrays would move them from parameters to local memory.
    const bool first = u.block_groups[i / 64] == 0;
    float w = u.weights[i], slot_0 = 0, slot_1 = 0;
    const float g = u.gradients[i] * gradient_scale + (first ? l2[0] : l2[1]) * w;
    w -= (first ? decay[0] : decay[1]) * w;
    if constexpr (kFirst) slot_0 = u.slot_0[i];
    if constexpr (kSecond) slot_1 = u.slot_1[i];
    UpdateElement<PlainMath, kKind, kMomentum>(scalars, g, &w, &slot_0, &slot_1);
    u.weights[i] = w;
    if constexpr (kFirst) u.slot_0[i] = slot_0;
    if constexpr (kSecond) u.slot_1[i] = slot_1;
  }
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_ELEMENT_KERNELS_H_
