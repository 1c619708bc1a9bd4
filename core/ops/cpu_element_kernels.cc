// Kernels that go over their values once.
#include <cstring>

#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_vector.h"

namespace lockstep::kernels {
namespace {

// x / by from by's reciprocal: where the processor fuses a product and a sum, the second line
// rounds it as the division would. Markstein, "Computation of elementary functions on the IBM RISC
// System/6000 processor", IBM J. R&D 34(1), 1990.
template <typename T>
LOCKSTEP_INLINE T Quotient(T x, float by, float reciprocal) {
  const T q = x * reciprocal;
  return q + (x - q * by) * reciprocal;
}

// Whether Quotient is the division for every byte.
LOCKSTEP_INLINE bool QuotientIsExact(float by, float reciprocal) {
  bool exact = true;
  for (int first = 0; first < 256; first += kLanes) {
    Vector x;
    for (int lane = 0; lane < kLanes; ++lane) x[lane] = static_cast<float>(first + lane);
    const Vector expected = x / by, found = Quotient(x, by, reciprocal);
    exact &= std::memcmp(&expected, &found, sizeof(found)) == 0;
  }
  return exact;
}

}  // namespace

const char* InstructionSet() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return "avx512";
  return __builtin_cpu_supports("x86-64-v3") ? "avx2" : "x86-64";
}

const char* Maker() {
  __builtin_cpu_init();
  if (__builtin_cpu_is("amd")) return " (amd)";
  return __builtin_cpu_is("intel") ? " (intel)" : "";
}

LOCKSTEP_KERNEL void ColumnSums(const float* dy, float* db, int64_t n, int64_t out) {
  int64_t j = 0;
  for (; j + kLanes <= out; j += kLanes) {
    Vector sum = {};
    for (int64_t i = 0; i < n; ++i) sum += Load(dy + i * out + j);
    Store(sum, db + j);
  }
  for (; j < out; ++j) {
    float sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += dy[i * out + j];
    db[j] = sum;
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
  const float reciprocal = 1.0f / divide_by;
  if (QuotientIsExact(divide_by, reciprocal)) {
    for (int64_t i = 0; i < elems; ++i) {
      y[i] = Quotient(static_cast<float>(x[i]), divide_by, reciprocal);
    }
  } else {
    for (int64_t i = 0; i < elems; ++i) y[i] = static_cast<float>(x[i]) / divide_by;
  }
}

LOCKSTEP_KERNEL void Standardize(const ImageScale& scale, float* y, int64_t elems) {
  // As many vectors as channels hold a whole number of pixels; then the pattern comes again.
  constexpr int64_t kMostChannels = 4;
  float mean[kMostChannels * kLanes], deviation[kMostChannels * kLanes];
  const auto mean_of = [&](int64_t i) {
    return scale.mean == nullptr ? 0.0f : scale.mean[i % scale.channels];
  };
  const auto std_of = [&](int64_t i) {
    return scale.std == nullptr ? 1.0f : scale.std[i % scale.channels];
  };
  int64_t i = 0;
  if (scale.channels <= kMostChannels) {
    const int64_t period = scale.channels * kLanes;
    for (int64_t k = 0; k < period; ++k) mean[k] = mean_of(k), deviation[k] = std_of(k);
    for (; i + period <= elems; i += period) {
      for (int64_t k = 0; k < period; k += kLanes) {
        Store((Load(y + i + k) - Load(mean + k)) / Load(deviation + k), y + i + k);
      }
    }
  }
  for (; i < elems; ++i) y[i] = (y[i] - mean_of(i)) / std_of(i);
}

LOCKSTEP_KERNEL double SumOfProducts(const float* x, const float* y, int64_t elems) {
  double lanes[8] = {};  // fixed, so that the sum has one order
  int64_t i = 0;
  for (; i + 8 <= elems; i += 8) {
    for (int64_t lane = 0; lane < 8; ++lane) {
      lanes[lane] += static_cast<double>(x[i + lane]) * static_cast<double>(y[i + lane]);
    }
  }
  for (; i < elems; ++i) lanes[i % 8] += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace lockstep::kernels
