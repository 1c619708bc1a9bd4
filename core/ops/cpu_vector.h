// What the CPU's kernels are written with: vectors of 16 floats that the compiler splits where
// registers are smaller, and a mark that compiles a kernel for three instruction sets.
//
// Sums keep one order in every variant: vectors run over outputs, and where one number is summed by
// several lanes, the lanes are added in a fixed order.
#ifndef LOCKSTEP_CORE_OPS_CPU_VECTOR_H_
#define LOCKSTEP_CORE_OPS_CPU_VECTOR_H_

#include <cstdint>

#define LOCKSTEP_INLINE inline __attribute__((always_inline))
// AVX-512, AVX2 with FMA, or plain x86-64: the loader picks one when the program starts. That is
// before ThreadSanitizer can run, so under it there is one alone.
#if defined(__SANITIZE_THREAD__)
#define LOCKSTEP_KERNEL
#define LOCKSTEP_KERNEL_BELOW_AVX512
#else
#define LOCKSTEP_KERNEL \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define LOCKSTEP_KERNEL_BELOW_AVX512 __attribute__((target_clones("arch=x86-64-v3", "default")))
#endif

namespace lockstep::kernels {

typedef float Vector __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t IntVector __attribute__((vector_size(64), aligned(4), may_alias));
inline constexpr int64_t kLanes = 16;

LOCKSTEP_INLINE Vector Load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
LOCKSTEP_INLINE void Store(Vector v, float* p) { *reinterpret_cast<Vector*>(p) = v; }
LOCKSTEP_INLINE Vector Broadcast(float x) { return Vector{} + x; }

// The first `count` lanes from p, `rest` in the others. REQUIRES: count <= kLanes.
LOCKSTEP_INLINE Vector LoadPart(const float* p, int64_t count, float rest) {
  float lanes[kLanes];
  for (int64_t i = 0; i < kLanes; ++i) lanes[i] = i < count ? p[i] : rest;
  return Load(lanes);
}
LOCKSTEP_INLINE void StorePart(Vector v, float* p, int64_t count) {
  float lanes[kLanes];
  Store(v, lanes);
  for (int64_t i = 0; i < kLanes; ++i) {
    if (i < count) p[i] = lanes[i];
  }
}

// GCC 12 compares vectors number by number under target_clones, so comparisons are made by
// arithmetic on bits. Masks have all bits set where true. T is IntVector or int32_t.
typedef uint32_t UnsignedVector __attribute__((vector_size(64), aligned(4), may_alias));
LOCKSTEP_INLINE IntVector Bits(Vector v) { return reinterpret_cast<IntVector>(v); }
LOCKSTEP_INLINE Vector FromBits(IntVector bits) { return reinterpret_cast<Vector>(bits); }
LOCKSTEP_INLINE int32_t Bits(float v) { return __builtin_bit_cast(int32_t, v); }
LOCKSTEP_INLINE float FromBits(int32_t bits) { return __builtin_bit_cast(float, bits); }
template <typename T>
LOCKSTEP_INLINE T IsNegative(T a) {
  return a >> 31;
}
// a - b, modulo 2^32.
LOCKSTEP_INLINE IntVector Difference(IntVector a, IntVector b) {
  return reinterpret_cast<IntVector>(reinterpret_cast<UnsignedVector>(a) -
                                     reinterpret_cast<UnsignedVector>(b));
}
LOCKSTEP_INLINE int32_t Difference(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}
template <typename T>
LOCKSTEP_INLINE T Above(T a, T b) {
  const T difference = Difference(b, a);
  return IsNegative(difference ^ ((b ^ a) & (difference ^ b)));
}
template <typename T>
LOCKSTEP_INLINE T Equal(T a, T b) {
  const T difference = a ^ b;
  return ~IsNegative(difference | Difference(T{}, difference));
}
template <typename T>
LOCKSTEP_INLINE T IsNan(T bits) {
  return IsNegative(0x7f800000 - (bits & 0x7fffffff));
}
// Of floats: false where one is NaN. Adding 0 makes -0, the difference of -0 and 0, positive.
LOCKSTEP_INLINE IntVector Less(Vector a, Vector b) {
  const IntVector difference = Bits(a - b + 0.0f);
  return IsNegative(difference) & ~IsNan(difference);
}
LOCKSTEP_INLINE Vector Select(IntVector mask, Vector a, Vector b) {
  return FromBits((Bits(a) & mask) | (Bits(b) & ~mask));
}
LOCKSTEP_INLINE Vector Larger(Vector a, Vector b) { return Select(Less(b, a), a, b); }
LOCKSTEP_INLINE Vector Absolute(Vector v) { return FromBits(Bits(v) & 0x7fffffff); }

// Lane i of v and lane i + half of v change places, for all i below half.
template <int32_t kHalf>
LOCKSTEP_INLINE IntVector HalvesSwapped() {
  return IntVector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} ^ kHalf;
}

// v where v > 0 or NaN, else 0.
template <typename V>
LOCKSTEP_INLINE V ReluOf(V v) {
  const auto bits = Bits(v);
  return FromBits(bits & (~IsNegative(bits) | IsNan(bits)));
}
// v where y > 0, else 0.
template <typename V>
LOCKSTEP_INLINE V WherePositive(V y, V v) {
  const auto bits = Bits(y);
  return FromBits(Bits(v) & IsNegative(~bits & Difference(decltype(bits){}, bits)));
}
// Integers in the order of the floats; a NaN is the largest, -0 lies below 0.
template <typename T>
LOCKSTEP_INLINE T OrderOf(T bits) {
  const auto ordered = bits ^ ((bits >> 31) & 0x7fffffff);
  const auto nan = IsNan(bits);
  return (ordered & ~nan) | (nan & 0x7fffffff);
}

// What a kernel over channels is written with, once: vectors of channels, or one for the rest. A
// template cannot take Vector itself, which would lose its alignment of 4.
struct VectorLanes {
  using Values = Vector;
  using Integers = IntVector;
  static constexpr int64_t kCount = kLanes;
  static LOCKSTEP_INLINE Vector Get(const float* p) { return Load(p); }
  static LOCKSTEP_INLINE void Put(Vector v, float* p) { Store(v, p); }
};
struct OneLane {
  using Values = float;
  using Integers = int32_t;
  static constexpr int64_t kCount = 1;
  static LOCKSTEP_INLINE float Get(const float* p) { return *p; }
  static LOCKSTEP_INLINE void Put(float v, float* p) { *p = v; }
};

// All lanes into one: halves onto each other.
LOCKSTEP_INLINE float SumOfLanes(Vector v) {
  v += __builtin_shuffle(v, HalvesSwapped<8>());
  v += __builtin_shuffle(v, HalvesSwapped<4>());
  v += __builtin_shuffle(v, HalvesSwapped<2>());
  return v[0] + v[1];
}
LOCKSTEP_INLINE float LargestLane(Vector v) {
  v = Larger(v, __builtin_shuffle(v, HalvesSwapped<8>()));
  v = Larger(v, __builtin_shuffle(v, HalvesSwapped<4>()));
  v = Larger(v, __builtin_shuffle(v, HalvesSwapped<2>()));
  return v[0] > v[1] ? v[0] : v[1];
}
// How many lanes of a comparison are true.
LOCKSTEP_INLINE int64_t Count(IntVector is_true) {
  is_true += __builtin_shuffle(is_true, HalvesSwapped<8>());
  is_true += __builtin_shuffle(is_true, HalvesSwapped<4>());
  is_true += __builtin_shuffle(is_true, HalvesSwapped<2>());
  return -(is_true[0] + is_true[1]);
}

// exp(x) to about 1e-7 relative for x in [-87, 88]; 0 below, infinity above, NaN for NaN. x = k ln
// 2 + r, 2^k goes into the exponent's bits, exp(r) is its Taylor polynomial of degree 7 on |r| <=
// ln 2 / 2, whose remainder is below 2^-27; ln 2 has two parts so that r keeps its last bits (Cody
// and Waite).
LOCKSTEP_INLINE Vector Exp(Vector x) {
  constexpr float kInvLn2 = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  const Vector low = Broadcast(-87.0f), high = Broadcast(88.0f);
  const IntVector below = Less(x, low), above = Less(high, x);
  const Vector in = Select(below, low, Select(above, high, x));
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  const Vector shifted = in * kInvLn2 + kRound;
  const Vector k = shifted - kRound;
  const Vector r = (in - k * kLn2High) - k * kLn2Low;
  Vector p = Broadcast(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const IntVector exponent = (reinterpret_cast<IntVector>(shifted) + 127) << 23;
  const Vector result = p * reinterpret_cast<Vector>(exponent);
  const Vector infinity = Broadcast(__builtin_inff());
  return Select(IsNan(Bits(x)), x, FromBits(Bits(Select(above, infinity, result)) & ~below));
}

}  // namespace lockstep::kernels

#endif  // LOCKSTEP_CORE_OPS_CPU_VECTOR_H_
