#include "core/ops/cpu_kernels.h"

#include <cmath>
#include <cstring>

#include "core/ops/element.h"

// Sums keep the order of the samples and of k in every variant: vectors run over outputs.
#define LOCKSTEP_KERNEL \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

namespace lockstep::kernels {
namespace {

// A vector of 16 floats; the compiler splits it where registers are smaller. Unaligned loads.
typedef float Vector __attribute__((vector_size(64), aligned(4), may_alias));
constexpr int64_t kLanes = 16;

inline __attribute__((always_inline)) Vector Load(const float* p) {
  return *reinterpret_cast<const Vector*>(p);
}
inline __attribute__((always_inline)) void Store(Vector v, float* p) {
  *reinterpret_cast<Vector*>(p) = v;
}

// y[0 .. lanes*count) of one sample, accumulators in registers.
template <int kVectors>
inline __attribute__((always_inline)) void GatherColumns(const uint32_t* indices, int64_t count,
                                                         const float* w, const float* b, float* y,
                                                         int64_t out) {
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
    for (int64_t k = 0; k < in; ++k) {
      const float* row = w + k * out;
      Vector lanes = {};
      int64_t j = 0;
      for (; j + kLanes <= out; j += kLanes) lanes += Load(dyi + j) * Load(row + j);
      float sum = 0;
      for (int64_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
      for (; j < out; ++j) sum += dyi[j] * row[j];
      dx[i * in + k] = sum;
    }
  }
}

LOCKSTEP_KERNEL void SmallWeightGradient(const float* x, const float* dy, float* dw,
                                         DenseSpec spec, int64_t n) {
  const int64_t in = spec.in, out = spec.out;
  for (int64_t k = 0; k < in; ++k) {
    float* row = dw + k * out;
    int64_t j = 0;
    for (; j + kLanes <= out; j += kLanes) {
      Vector sum = {};
      for (int64_t i = 0; i < n; ++i) sum += x[i * in + k] * Load(dy + i * out + j);
      Store(sum, row + j);
    }
    for (; j < out; ++j) {
      float sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += x[i * in + k] * dy[i * out + j];
      row[j] = sum;
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

LOCKSTEP_KERNEL void UpdateBlocks(const UpdateSpec& s, const UpdateBuffers& u) {
  constexpr int64_t kBlock = 64;
  for (int64_t begin = 0; begin < u.elems; begin += kBlock) {
    const size_t group = u.block_groups[begin / kBlock];
    const float l2 = s.l2[group], decay = s.decay[group], scale = s.gradient_scale;
    float* __restrict w = u.weights + begin;
    const float* __restrict gradients = u.gradients + begin;
    float* __restrict a = u.slot_0 == nullptr ? nullptr : u.slot_0 + begin;
    float* __restrict c = u.slot_1 == nullptr ? nullptr : u.slot_1 + begin;
    float g[kBlock];
    for (int64_t i = 0; i < kBlock; ++i) {
      g[i] = gradients[i] * scale + l2 * w[i];
      w[i] -= decay * w[i];
    }
    if (s.kind == UpdateKind::kAdam) {
      const float keep_1 = OneMinus(s.beta_1), keep_2 = OneMinus(s.beta_2);
      for (int64_t i = 0; i < kBlock; ++i) {
        a[i] += (g[i] - a[i]) * keep_1;
        c[i] += (g[i] * g[i] - c[i]) * keep_2;
        w[i] -= s.learning_rate * a[i] / (std::sqrt(c[i]) + s.epsilon);
      }
    } else if (s.kind == UpdateKind::kRmsprop) {
      const float keep = OneMinus(s.rho);
      for (int64_t i = 0; i < kBlock; ++i) {
        a[i] = s.rho * a[i] + keep * (g[i] * g[i]);
        g[i] = s.learning_rate * g[i] / std::sqrt(a[i] + s.epsilon);
      }
      for (int64_t i = 0; c != nullptr && i < kBlock; ++i) g[i] = c[i] = s.momentum * c[i] + g[i];
      for (int64_t i = 0; i < kBlock; ++i) w[i] -= g[i];
    } else if (a == nullptr) {
      for (int64_t i = 0; i < kBlock; ++i) w[i] -= s.learning_rate * g[i];
    } else {
      for (int64_t i = 0; i < kBlock; ++i) {
        const float step = s.learning_rate * g[i];
        a[i] = s.momentum * a[i] - step;
        w[i] += s.nesterov ? s.momentum * a[i] - step : a[i];
      }
    }
  }
}

}  // namespace lockstep::kernels
