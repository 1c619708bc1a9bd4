// The optimizers' steps: one pass over the flat buffers.
//
// An element costs 12 to 20 bytes of traffic and some ten operations, so what dominates on small
// networks is the square root and the division. Both become one reciprocal square root: an
// estimate, then Newton's method, to one or two units in the last place.
#include <array>
#include <cstring>

#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_vector.h"
#include "core/ops/update_element.h"

namespace lockstep::kernels {
namespace {

// Estimates of 1 / sqrt(x) and 1 / x, for x > 0. Of 0 they are large and finite, so that
// x * InverseSqrt(x) is 0 and 0 * Inverse(0) is 0.
struct PortableEstimates {
  // From the exponent's bits, then two of Newton's steps: 2^-17.
  // Blinn, "Floating-point tricks", IEEE CG&A 17(4), 1997.
  static LOCKSTEP_INLINE Vector InverseSqrt(Vector x) {
    Vector y = reinterpret_cast<Vector>(0x5f375a86 - (reinterpret_cast<IntVector>(x) >> 1));
    const Vector half = 0.5f * x;
    for (int i = 0; i < 2; ++i) y *= 1.5f - half * y * y;
    return y;
  }
  static LOCKSTEP_INLINE Vector Quotient(Vector a, Vector b) { return a / b; }
};

// The processor's own, 2^-14. Assembly, because an intrinsic cannot be inlined into a template that
// is compiled for plain x86-64 as well.
struct Avx512Estimates {
  static LOCKSTEP_INLINE Vector InverseSqrt(Vector x) {
    Vector y;
    asm("vrsqrt14ps %1, %0" : "=v"(y) : "v"(Normal(x)));
    return y;
  }
  // b > 0: one of Newton's steps on the reciprocal, one on the quotient.
  static LOCKSTEP_INLINE Vector Quotient(Vector a, Vector b) {
    const Vector divisor = Normal(b);
    Vector y;
    asm("vrcp14ps %1, %0" : "=v"(y) : "v"(divisor));
    y += y * (1.0f - divisor * y);
    const Vector q = a * y;
    return q + y * (a - divisor * q);
  }

 private:
  // x >= 0 as a normal number: the estimate of a smaller one is infinite. NaN stays NaN.
  static LOCKSTEP_INLINE Vector Normal(Vector x) {
    const Vector smallest = Broadcast(1.17549435e-38f);
    return x < smallest ? smallest : x;
  }
};

// One step of Newton's method in the form that keeps the last bits of y.
LOCKSTEP_INLINE Vector Sharpen(Vector y, Vector x) {
  const Vector half = 0.5f * x;
  return y + y * (0.5f - (half * y) * y);
}

// What UpdateElement calculates with.
template <typename Estimates>
struct VectorMath {
  static LOCKSTEP_INLINE Vector InverseRoot(Vector x) {
    return Sharpen(Estimates::InverseSqrt(x), x);
  }
  static LOCKSTEP_INLINE Vector Root(Vector x) { return x * InverseRoot(x); }
  static LOCKSTEP_INLINE Vector Quotient(Vector a, Vector b) { return Estimates::Quotient(a, b); }
  static LOCKSTEP_INLINE Vector OverRoot(Vector a, Vector x) { return a * InverseRoot(x); }
};

// One vector of a step. g is the gradient, scaled and with L2 added; w are the weights after decay;
// the slots are read and written from `i` on.
template <typename Estimates, UpdateKind kKind, bool kMomentum>
LOCKSTEP_INLINE void UpdateVector(const UpdateScalars& scalars, Vector g, Vector w,
                                  const UpdateBuffers& u, int64_t i) {
  constexpr bool kFirst = kKind != UpdateKind::kSgd || kMomentum;
  constexpr bool kSecond =
      kKind == UpdateKind::kAdam || (kKind == UpdateKind::kRmsprop && kMomentum);
  Vector slot_0 = {}, slot_1 = {};
  if constexpr (kFirst) slot_0 = Load(u.slot_0 + i);
  if constexpr (kSecond) slot_1 = Load(u.slot_1 + i);
  UpdateElement<VectorMath<Estimates>, kKind, kMomentum>(scalars, g, &w, &slot_0, &slot_1);
  if constexpr (kFirst) Store(slot_0, u.slot_0 + i);
  if constexpr (kSecond) Store(slot_1, u.slot_1 + i);
  Store(w, u.weights + i);
}

// Whether gradients and weights are taken as they are: no L2, decay or clipping.
bool IsPlain(const UpdateSpec& s) {
  const std::array<float, 2> none = {0, 0};
  return s.gradient_scale == 1 && s.l2 == none && s.decay == none;
}

template <typename Estimates, UpdateKind kKind, bool kMomentum>
LOCKSTEP_INLINE void UpdateAll(const UpdateSpec& spec, const UpdateBuffers& buffers) {
  constexpr int64_t kBlock = 64;
  // Copies, so that no store can change them.
  const UpdateScalars scalars = ScalarsOf(spec);
  const UpdateSpec s = spec;
  const UpdateBuffers u = buffers;
  if (IsPlain(spec)) {
    for (int64_t i = 0; i < u.elems; i += kLanes) {
      UpdateVector<Estimates, kKind, kMomentum>(scalars, Load(u.gradients + i),
                                                Load(u.weights + i), u, i);
    }
    return;
  }
  for (int64_t begin = 0; begin < u.elems; begin += kBlock) {
    const size_t group = u.block_groups[begin / kBlock];
    const float l2 = s.l2[group], decay = s.decay[group];
    for (int64_t i = begin; i < begin + kBlock; i += kLanes) {
      const Vector w = Load(u.weights + i);
      const Vector g = Load(u.gradients + i) * s.gradient_scale + l2 * w;
      UpdateVector<Estimates, kKind, kMomentum>(scalars, g, w - decay * w, u, i);
    }
  }
}

template <typename Estimates>
LOCKSTEP_INLINE void UpdateByKind(const UpdateSpec& spec, const UpdateBuffers& buffers) {
  ForUpdateKind(spec, [&]<UpdateKind kKind, bool kMomentum>() __attribute__((always_inline)) {
    UpdateAll<Estimates, kKind, kMomentum>(spec, buffers);
  });
}

__attribute__((target("arch=x86-64-v4"))) void UpdateAvx512(const UpdateSpec& spec,
                                                            const UpdateBuffers& buffers) {
  UpdateByKind<Avx512Estimates>(spec, buffers);
}

LOCKSTEP_KERNEL_BELOW_AVX512 void UpdatePortable(const UpdateSpec& spec,
                                                 const UpdateBuffers& buffers) {
  UpdateByKind<PortableEstimates>(spec, buffers);
}

}  // namespace

void UpdateBlocks(const UpdateSpec& spec, const UpdateBuffers& buffers) {
  static const bool has_avx512 = std::strcmp(InstructionSet(), "avx512") == 0;
  return has_avx512 ? UpdateAvx512(spec, buffers) : UpdatePortable(spec, buffers);
}

}  // namespace lockstep::kernels
