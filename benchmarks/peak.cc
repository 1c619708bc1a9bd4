#include "benchmarks/peak.h"

#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/clock.h"

namespace lockstep {
namespace {

// Fused multiply-adds of `steps` steps on vectors that do not wait for each other.
constexpr int kChains = 12;

__attribute__((target("avx512f"), noinline)) void MultiplyAddsAvx512(int64_t steps) {
  __m512 sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  const __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 12
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(sum, a, b);
  }
#pragma GCC unroll 12
  for (__m512& sum : sums) asm volatile("" : : "x"(sum));
}

__attribute__((target("avx2,fma"), noinline)) void MultiplyAddsAvx2(int64_t steps) {
  __m256 sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = _mm256_set1_ps(static_cast<float>(i));
  const __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 12
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(sum, a, b);
  }
#pragma GCC unroll 12
  for (__m256& sum : sums) asm volatile("" : : "x"(sum));
}

}  // namespace

double PeakGflops(bool avx512) {
  constexpr int64_t kSteps = 1 << 19;
  const int64_t start_ns = NowNs();
  avx512 ? MultiplyAddsAvx512(kSteps) : MultiplyAddsAvx2(kSteps);
  return 2.0 * kChains * (avx512 ? 16 : 8) * kSteps / static_cast<double>(NowNs() - start_ns);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace lockstep
