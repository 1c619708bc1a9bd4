// Dense layers too small for a call of dnnl_sgemm: register tiles of a few rows by a few vectors.
// A row's result does not depend on the rows beside it.
#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_vector.h"

namespace lockstep::kernels {
namespace {

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

// y [kRows, kVectors * kLanes] = x w + b. Each sum is taken one k after another, as most libraries
// do.
template <int kRows, int kVectors>
LOCKSTEP_INLINE void ForwardTile(const float* x, const float* w, const float* b, float* y,
                                 const DenseSpec& spec) {
  Vector sum[kRows][kVectors];
  for (int v = 0; v < kVectors; ++v) {
    const Vector bias = b == nullptr ? Vector{} : Load(b + v * kLanes);
    for (int r = 0; r < kRows; ++r) sum[r][v] = bias;
  }
  for (int64_t k = 0; k < spec.in; ++k) {
    for (int v = 0; v < kVectors; ++v) {
      const Vector row = Load(w + k * spec.out + v * kLanes);
      for (int r = 0; r < kRows; ++r) sum[r][v] += x[r * spec.in + k] * row;
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) Store(sum[r][v], y + r * spec.out + v * kLanes);
  }
}

// kRows rows of y.
template <int kRows>
LOCKSTEP_INLINE void ForwardRows(const float* x, const float* w, const float* b, float* y,
                                 const DenseSpec& spec) {
  const auto bias = [b](int64_t j) { return b == nullptr ? nullptr : b + j; };
  int64_t j = 0;
  for (; j + 4 * kLanes <= spec.out; j += 4 * kLanes) {
    ForwardTile<kRows, 4>(x, w + j, bias(j), y + j, spec);
  }
  for (; j + kLanes <= spec.out; j += kLanes) {
    ForwardTile<kRows, 1>(x, w + j, bias(j), y + j, spec);
  }
  for (; j < spec.out; ++j) {
    for (int r = 0; r < kRows; ++r) {
      float sum = b == nullptr ? 0.0f : b[j];
      for (int64_t k = 0; k < spec.in; ++k) sum += x[r * spec.in + k] * w[k * spec.out + j];
      y[r * spec.out + j] = sum;
    }
  }
}

// Where lane `lane` of Fold's first operand comes from; lanes of b count from 16.
constexpr int32_t FoldSource(int32_t half, int32_t lane) {
  const int32_t group = lane / half;
  return (group % 2) * 16 + (group / 2) * 2 * half + lane % half;
}

// Halves each group of 2 * kHalf lanes of a and b by adding its second half to its first, and puts
// the groups of a and b side by side, in turns.
template <int32_t kHalf>
LOCKSTEP_INLINE Vector Fold(Vector a, Vector b) {
  const IntVector low = {FoldSource(kHalf, 0),  FoldSource(kHalf, 1),  FoldSource(kHalf, 2),
                         FoldSource(kHalf, 3),  FoldSource(kHalf, 4),  FoldSource(kHalf, 5),
                         FoldSource(kHalf, 6),  FoldSource(kHalf, 7),  FoldSource(kHalf, 8),
                         FoldSource(kHalf, 9),  FoldSource(kHalf, 10), FoldSource(kHalf, 11),
                         FoldSource(kHalf, 12), FoldSource(kHalf, 13), FoldSource(kHalf, 14),
                         FoldSource(kHalf, 15)};
  return __builtin_shuffle(a, b, low) + __builtin_shuffle(a, b, low + kHalf);
}

// Lane k of the result is SumOfLanes(v[k]), to the same bits, for all 16 at once.
LOCKSTEP_INLINE Vector SumsOfLanes(Vector v[kLanes]) {
  for (int i = 0; i < 8; ++i) v[i] = Fold<8>(v[i], v[i + 8]);
  for (int i = 0; i < 4; ++i) v[i] = Fold<4>(v[i], v[i + 4]);
  for (int i = 0; i < 2; ++i) v[i] = Fold<2>(v[i], v[i + 2]);
  return Fold<1>(v[0], v[1]);
}

// dx[k .. k + kLanes) of one sample: 16 dot products of dy with rows of w. REQUIRES: out is a
// multiple of kLanes.
LOCKSTEP_INLINE void InputGradientLanes(const float* dy, const float* w, float* dx, int64_t out) {
  Vector lanes[kLanes] = {};
  for (int64_t j = 0; j < out; j += kLanes) {
    const Vector gradient = Load(dy + j);
    for (int64_t k = 0; k < kLanes; ++k) lanes[k] += gradient * Load(w + k * out + j);
  }
  Store(SumsOfLanes(lanes), dx);
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

// dw = x^T dy of one sample, written front to back.
LOCKSTEP_INLINE void OuterProduct(const float* x, const float* dy, float* dw,
                                  const DenseSpec& spec) {
  for (int64_t k = 0; k < spec.in; ++k) Scale(x[k], dy, dw + k * spec.out, spec.out);
}

// dw [in] of a layer with one output: dw^T = dy^T x, the same sums with lanes over the inputs.
LOCKSTEP_INLINE void WeightGradientOfOne(const float* x, const float* dy, float* dw, int64_t in,
                                         int64_t n) {
  int64_t k = 0;
  for (; k + kLanes <= in; k += kLanes) {
    Vector sum = {};
    for (int64_t i = 0; i < n; ++i) sum += dy[i] * Load(x + i * in + k);
    Store(sum, dw + k);
  }
  for (; k < in; ++k) {
    float sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += dy[i] * x[i * in + k];
    dw[k] = sum;
  }
}

}  // namespace

LOCKSTEP_KERNEL void SmallForward(const float* x, const float* w, const float* b, float* y,
                                  DenseSpec spec, int64_t n) {
  constexpr int kRows = 4;
  if (spec.out == 1) {
    for (int64_t i = 0; i < n; ++i) {
      y[i] = Dot(x + i * spec.in, w, spec.in) + (b == nullptr ? 0.0f : b[0]);
    }
    return;
  }
  int64_t i = 0;
  for (; i + kRows <= n; i += kRows) {
    ForwardRows<kRows>(x + i * spec.in, w, b, y + i * spec.out, spec);
  }
  for (; i < n; ++i) ForwardRows<1>(x + i * spec.in, w, b, y + i * spec.out, spec);
}

LOCKSTEP_KERNEL void SmallInputGradient(const float* dy, const float* w, float* dx,
                                        DenseSpec spec, int64_t n) {
  const int64_t in = spec.in, out = spec.out;
  for (int64_t i = 0; i < n; ++i) {
    const float* from = dy + i * out;
    float* to = dx + i * in;
    if (out == 1) {
      Scale(from[0], w, to, in);
      continue;
    }
    int64_t k = 0;
    if (out % kLanes == 0) {
      for (; k + kLanes <= in; k += kLanes) InputGradientLanes(from, w + k * out, to + k, out);
    }
    for (; k < in; ++k) to[k] = Dot(from, w + k * out, out);
  }
}

LOCKSTEP_KERNEL void SmallWeightGradient(const float* x, const float* dy, float* dw,
                                         DenseSpec spec, int64_t n) {
  constexpr int kRows = 8;
  const int64_t in = spec.in, out = spec.out;
  if (out == 1) return WeightGradientOfOne(x, dy, dw, in, n);
  if (n == 1) return OuterProduct(x, dy, dw, spec);
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

}  // namespace lockstep::kernels
