#include "core/ops/cpu_kernels.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "core/ops/element.h"

// Sums keep the order of the samples and of k in every variant: vectors run over outputs.
#define LOCKSTEP_INLINE inline __attribute__((always_inline))
#define LOCKSTEP_KERNEL \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

namespace lockstep::kernels {
namespace {

// A vector of 16 floats; the compiler splits it where registers are smaller. Unaligned loads.
typedef float Vector __attribute__((vector_size(64), aligned(4), may_alias));
constexpr int64_t kLanes = 16;

LOCKSTEP_INLINE Vector Load(const float* p) {
  return *reinterpret_cast<const Vector*>(p);
}
LOCKSTEP_INLINE void Store(Vector v, float* p) {
  *reinterpret_cast<Vector*>(p) = v;
}

// The sum of all lanes: halves onto each other, so that its order is one for every instruction set.
LOCKSTEP_INLINE float SumOfLanes(Vector v) {
  float lanes[kLanes];
  Store(v, lanes);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

// 1 / sqrt(x) to about one unit in the last place, for x > 0: a first guess from the exponent's
// bits, then Newton's steps. A quarter of the time of a square root and a division, which dominate
// an optimizer's step otherwise. For 0 it is large and finite, so that x * InverseSqrt(x) is 0.
// Blinn, "Floating-point tricks", IEEE CG&A 17(4), 1997.
LOCKSTEP_INLINE Vector InverseSqrt(Vector x) {
  typedef int32_t Bits __attribute__((vector_size(64)));
  Vector y = reinterpret_cast<Vector>(0x5f375a86 - (reinterpret_cast<Bits>(x) >> 1));
  const Vector half = 0.5f * x;
  for (int i = 0; i < 2; ++i) y *= 1.5f - half * y * y;
  const Vector residual = 0.5f - (half * y) * y;  // small: keeps the last bits of y
  return y + y * residual;
}

// dot(a, b) of n floats: lanes over positions, then the lanes' sum, then what is left.
LOCKSTEP_INLINE float Dot(const float* a, const float* b, int64_t n) {
  Vector lanes = {};
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) lanes += Load(a + j) * Load(b + j);
  float sum = j == 0 ? 0.0f : SumOfLanes(lanes);
  for (; j < n; ++j) sum += a[j] * b[j];
  return sum;
}

// y = a x of n floats.
LOCKSTEP_INLINE void Scale(float a, const float* x, float* y, int64_t n) {
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) Store(a * Load(x + k), y + k);
  for (; k < n; ++k) y[k] = a * x[k];
}

// kRows rows of dw from row k on, lanes j .. j + kLanes: sums over samples in their order.
template <int kRows>
LOCKSTEP_INLINE void WeightGradientRows(const float* x, const float* dy, float* dw,
                                        const DenseSpec& spec, int64_t n) {
  Vector sum[kRows] = {};
  for (int64_t i = 0; i < n; ++i) {
    const Vector gradient = Load(dy + i * spec.out);
    for (int r = 0; r < kRows; ++r) sum[r] += x[i * spec.in + r] * gradient;
  }
  for (int r = 0; r < kRows; ++r) Store(sum[r], dw + r * spec.out);
}

// y[0 .. lanes*count) of one sample, accumulators in registers.
template <int kVectors>
LOCKSTEP_INLINE void GatherColumns(const uint32_t* indices, int64_t count, const float* w,
                                   const float* b, float* y, int64_t out) {
  Vector sum[kVectors];
  for (int v = 0; v < kVectors; ++v) sum[v] = b == nullptr ? Vector{} : Load(b + v * kLanes);
  for (int64_t i = 0; i < count; ++i) {
    const float* row = w + static_cast<int64_t>(indices[i]) * out;
    for (int v = 0; v < kVectors; ++v) sum[v] += Load(row + v * kLanes);
  }
  for (int v = 0; v < kVectors; ++v) Store(sum[v], y + v * kLanes);
}

}  // namespace

const char* InstructionSet() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return "avx512";
  return __builtin_cpu_supports("x86-64-v3") ? "avx2" : "x86-64";
}

LOCKSTEP_KERNEL void SmallForward(const float* x, const float* w, const float* b, float* y,
                                  DenseSpec spec, int64_t n) {
  const int64_t in = spec.in, out = spec.out;
  if (out == 1) {
    for (int64_t i = 0; i < n; ++i) y[i] = Dot(x + i * in, w, in) + (b == nullptr ? 0.0f : b[0]);
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    const float* xi = x + i * in;
    float* yi = y + i * out;
    int64_t j = 0;
    for (; j + 4 * kLanes <= out; j += 4 * kLanes) {
      Vector sum[4];
      for (int v = 0; v < 4; ++v) {
        sum[v] = b == nullptr ? Vector{} : Load(b + j + v * kLanes);
      }
      for (int64_t k = 0; k < in; ++k) {
        const float* row = w + k * out + j;
        for (int v = 0; v < 4; ++v) sum[v] += xi[k] * Load(row + v * kLanes);
      }
      for (int v = 0; v < 4; ++v) Store(sum[v], yi + j + v * kLanes);
    }
    for (; j + kLanes <= out; j += kLanes) {
      Vector sum = b == nullptr ? Vector{} : Load(b + j);
      for (int64_t k = 0; k < in; ++k) sum += xi[k] * Load(w + k * out + j);
      Store(sum, yi + j);
    }
    for (; j < out; ++j) {
      float sum = b == nullptr ? 0.0f : b[j];
      for (int64_t k = 0; k < in; ++k) sum += xi[k] * w[k * out + j];
      yi[j] = sum;
    }
  }
}

LOCKSTEP_KERNEL void SmallInputGradient(const float* dy, const float* w, float* dx,
                                        DenseSpec spec, int64_t n) {
  const int64_t in = spec.in, out = spec.out;
  for (int64_t i = 0; i < n; ++i) {
    const float* dyi = dy + i * out;
    if (out == 1) {
      Scale(dyi[0], w, dx + i * in, in);
      continue;
    }
    for (int64_t k = 0; k < in; ++k) dx[i * in + k] = Dot(dyi, w + k * out, out);
  }
}

LOCKSTEP_KERNEL void SmallWeightGradient(const float* x, const float* dy, float* dw,
                                         DenseSpec spec, int64_t n) {
  constexpr int kRows = 8;
  const int64_t in = spec.in, out = spec.out;
  if (out == 1) {  // dw^T = dy^T x: the same sums with lanes over the inputs
    std::swap(x, dy);
    std::swap(spec.in, spec.out);
    for (int64_t k = 0; k + kLanes <= in; k += kLanes) {
      WeightGradientRows<1>(x, dy + k, dw + k, spec, n);
    }
    for (int64_t k = in / kLanes * kLanes; k < in; ++k) {
      float sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += x[i] * dy[i * in + k];
      dw[k] = sum;
    }
    return;
  }
  int64_t j = 0;
  for (; j + kLanes <= out; j += kLanes) {
    int64_t k = 0;
    for (; k + kRows <= in; k += kRows) {
      WeightGradientRows<kRows>(x + k, dy + j, dw + k * out + j, spec, n);
    }
    for (; k < in; ++k) WeightGradientRows<1>(x + k, dy + j, dw + k * out + j, spec, n);
  }
  for (; j < out; ++j) {
    for (int64_t k = 0; k < in; ++k) {
      float sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += x[i * in + k] * dy[i * out + j];
      dw[k * out + j] = sum;
    }
  }
}

LOCKSTEP_KERNEL void SparseForward(const SparseRows& x, const float* w, const float* b, float* y,
                                   int64_t out) {
  for (int64_t r = 0; r < x.rows; ++r) {
    const uint32_t* indices = x.indices + x.offsets[r];
    const int64_t count = x.offsets[r + 1] - x.offsets[r];
    float* yr = y + r * out;
    int64_t j = 0;
    for (; j + 4 * kLanes <= out; j += 4 * kLanes) {
      GatherColumns<4>(indices, count, w + j, b == nullptr ? nullptr : b + j, yr + j, out);
    }
    for (; j + kLanes <= out; j += kLanes) {
      GatherColumns<1>(indices, count, w + j, b == nullptr ? nullptr : b + j, yr + j, out);
    }
    for (; j < out; ++j) {
      float sum = b == nullptr ? 0.0f : b[j];
      for (int64_t i = 0; i < count; ++i) sum += w[static_cast<int64_t>(indices[i]) * out + j];
      yr[j] = sum;
    }
  }
}

LOCKSTEP_KERNEL void SparseWeightGradient(const SparseRows& x, const float* dy, float* dw,
                                          int64_t out) {
  std::memset(dw, 0, static_cast<size_t>(x.columns * out) * sizeof(float));
  for (int64_t r = 0; r < x.rows; ++r) {
    const float* from = dy + r * out;
    for (uint32_t i = x.offsets[r]; i < x.offsets[r + 1]; ++i) {
      float* to = dw + static_cast<int64_t>(x.indices[i]) * out;
      int64_t j = 0;
      for (; j + kLanes <= out; j += kLanes) Store(Load(to + j) + Load(from + j), to + j);
      for (; j < out; ++j) to[j] += from[j];
    }
  }
}

LOCKSTEP_KERNEL void ColumnSums(const float* dy, float* db, int64_t n, int64_t out) {
  for (int64_t j = 0; j < out; ++j) db[j] = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < out; ++j) db[j] += dy[i * out + j];
  }
}

LOCKSTEP_KERNEL void AddBias(const float* b, float* y, int64_t n, int64_t out) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < out; ++j) y[i * out + j] += b[j];
  }
}

LOCKSTEP_KERNEL void Relu(const float* x, float* y, int64_t elems) {
  for (int64_t i = 0; i < elems; ++i) y[i] = x[i] <= 0 ? 0.0f : x[i];  // NaN stays NaN
}

LOCKSTEP_KERNEL void ReluGradient(const float* y, const float* dy, float* dx, int64_t elems) {
  for (int64_t i = 0; i < elems; ++i) dx[i] = y[i] > 0 ? dy[i] : 0.0f;
}

LOCKSTEP_KERNEL void Add(const float* x, float* y, int64_t elems) {
  for (int64_t i = 0; i < elems; ++i) y[i] += x[i];
}

LOCKSTEP_KERNEL void BytesToFloat(const uint8_t* x, float divide_by, float* y, int64_t elems) {
  for (int64_t i = 0; i < elems; ++i) y[i] = static_cast<float>(x[i]) / divide_by;
}

LOCKSTEP_KERNEL double SumOfSquares(const float* x, int64_t elems) {
  double lanes[8] = {};  // fixed, so that the sum has one order
  int64_t i = 0;
  for (; i + 8 <= elems; i += 8) {
    for (int64_t lane = 0; lane < 8; ++lane) {
      lanes[lane] += static_cast<double>(x[i + lane]) * static_cast<double>(x[i + lane]);
    }
  }
  for (; i < elems; ++i) lanes[i % 8] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

namespace {

// One vector of an optimizer step: what differs between the optimizers. g is the gradient, scaled
// and with L2 added; w, a and c are the weights and the slots from `i` on.
template <UpdateKind kKind, bool kMomentum>
LOCKSTEP_INLINE void UpdateVector(const UpdateSpec& s, Vector g, Vector w, const UpdateBuffers& u,
                                  int64_t i) {
  if constexpr (kKind == UpdateKind::kAdam) {
    Vector m = Load(u.slot_0 + i), v = Load(u.slot_1 + i);
    m += (g - m) * OneMinus(s.beta_1);
    v += (g * g - v) * OneMinus(s.beta_2);
    Store(m, u.slot_0 + i);
    Store(v, u.slot_1 + i);
    w -= s.learning_rate * m / (v * InverseSqrt(v) + s.epsilon);
  } else if constexpr (kKind == UpdateKind::kRmsprop) {
    const Vector v = s.rho * Load(u.slot_0 + i) + OneMinus(s.rho) * (g * g);
    Store(v, u.slot_0 + i);
    Vector step = s.learning_rate * g * InverseSqrt(v + s.epsilon);
    if constexpr (kMomentum) {
      step += s.momentum * Load(u.slot_1 + i);
      Store(step, u.slot_1 + i);
    }
    w -= step;
  } else if constexpr (kMomentum) {
    const Vector step = s.learning_rate * g;
    const Vector velocity = s.momentum * Load(u.slot_0 + i) - step;
    Store(velocity, u.slot_0 + i);
    w += s.nesterov ? s.momentum * velocity - step : velocity;
  } else {
    w -= s.learning_rate * g;
  }
  Store(w, u.weights + i);
}

template <UpdateKind kKind, bool kMomentum>
LOCKSTEP_INLINE void UpdateAll(const UpdateSpec& given, const UpdateBuffers& buffers) {
  constexpr int64_t kBlock = 64;
  const UpdateSpec s = given;  // copies: no store below can change them
  const UpdateBuffers u = buffers;
  for (int64_t begin = 0; begin < u.elems; begin += kBlock) {
    const size_t group = u.block_groups[begin / kBlock];
    const float l2 = s.l2[group], decay = s.decay[group];
    for (int64_t i = begin; i < begin + kBlock; i += kLanes) {
      const Vector w = Load(u.weights + i);
      const Vector g = Load(u.gradients + i) * s.gradient_scale + l2 * w;
      UpdateVector<kKind, kMomentum>(s, g, w - decay * w, u, i);
    }
  }
}

}  // namespace

LOCKSTEP_KERNEL void UpdateBlocks(const UpdateSpec& spec, const UpdateBuffers& buffers) {
  switch (spec.kind) {
    case UpdateKind::kAdam:
      return UpdateAll<UpdateKind::kAdam, false>(spec, buffers);
    case UpdateKind::kRmsprop:
      if (spec.momentum == 0) return UpdateAll<UpdateKind::kRmsprop, false>(spec, buffers);
      return UpdateAll<UpdateKind::kRmsprop, true>(spec, buffers);
    case UpdateKind::kSgd:
      if (spec.momentum == 0) return UpdateAll<UpdateKind::kSgd, false>(spec, buffers);
      return UpdateAll<UpdateKind::kSgd, true>(spec, buffers);
  }
}

}  // namespace lockstep::kernels
