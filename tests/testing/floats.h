// Arrays of float32 for tests of ops: guarded, at a chosen misalignment, filled reproducibly.
#ifndef LOCKSTEP_TESTS_TESTING_FLOATS_H_
#define LOCKSTEP_TESTS_TESTING_FLOATS_H_

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

#include "core/base/rng.h"
#include "core/device/buffer.h"
#include "core/device/tensor.h"

namespace lockstep {

// `size` floats, NaN until written, between two canaries of a cache line or more.
class Floats {
 public:
  // The first element lies `misaligned_elems` behind a multiple of 64 bytes.
  explicit Floats(int64_t size, int misaligned_elems = 0)
      : memory_(static_cast<size_t>(size + 2 * kGuard + misaligned_elems)),
        begin_(kGuard + misaligned_elems),
        size_(size) {
    for (float& x : memory_.span()) x = kCanary;
    for (float& x : span()) x = std::numeric_limits<float>::quiet_NaN();
  }

  float* data() { return memory_.data() + begin_; }
  const float* data() const { return memory_.data() + begin_; }
  int64_t size() const { return size_; }
  std::span<float> span() { return {data(), static_cast<size_t>(size_)}; }
  std::span<const float> span() const { return {data(), static_cast<size_t>(size_)}; }
  float& operator[](int64_t i) { return data()[i]; }
  const float& operator[](int64_t i) const { return data()[i]; }
  Matrix matrix(int64_t rows) { return {data(), rows, rows == 0 ? 0 : size_ / rows}; }

  // Whether nothing was written outside the elements.
  bool intact() const {
    for (int64_t i = 0; i < static_cast<int64_t>(memory_.size()); ++i) {
      const bool outside = i < begin_ || i >= begin_ + size_;
      if (outside && memory_[static_cast<size_t>(i)] != kCanary) return false;
    }
    return true;
  }
  Floats Copy(int misaligned_elems = 0) const {
    Floats copy(size_, misaligned_elems);
    if (size_ > 0) std::memcpy(copy.data(), data(), static_cast<size_t>(size_) * sizeof(float));
    return copy;
  }
  Floats Absolute() const {
    Floats absolute = Copy();
    for (float& x : absolute.span()) x = std::fabs(x);
    return absolute;
  }

 private:
  static constexpr int64_t kGuard = 64;
  static constexpr float kCanary = 12345.678f;
  Buffer<float> memory_;
  int64_t begin_;
  int64_t size_;
};

// Whether both hold the same bits.
inline bool SameBits(const Floats& a, const Floats& b) {
  if (a.size() != b.size()) return false;
  return a.size() == 0 ||
         std::memcmp(a.data(), b.data(), static_cast<size_t>(a.size()) * sizeof(float)) == 0;
}

// Uniform in [low, high), the same for the same `stream`.
inline Floats RandomFloats(int64_t size, uint32_t stream, float low = -1, float high = 1) {
  Floats values(size);
  const RandomKey key = {7, RandomUse::kSynthetic, stream, 0};
  for (int64_t i = 0; i < size; ++i) {
    values[i] = low + (high - low) * Uniform(key, static_cast<uint64_t>(i));
  }
  return values;
}

// Whole numbers in [-8, 8]: sums of up to 2^18 of their products are exact in float32 in any order.
inline Floats SmallIntegers(int64_t size, uint32_t stream) {
  Floats values = RandomFloats(size, stream, -8.5f, 8.5f);
  for (float& x : values.span()) x = std::round(x) + 0.0f;
  return values;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_FLOATS_H_
