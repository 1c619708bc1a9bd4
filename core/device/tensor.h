// Shape and Tensor: a view of memory that somebody else owns. Cheap to copy, never allocates.
#ifndef LOCKSTEP_CORE_DEVICE_TENSOR_H_
#define LOCKSTEP_CORE_DEVICE_TENSOR_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace lockstep {

// Up to five extents, row-major. The first one of a batch tensor is its number of samples.
class Shape {
 public:
  static constexpr int kMaxRank = 5;

  Shape() = default;
  // REQUIRES: at most kMaxRank extents, each >= 0.
  Shape(std::initializer_list<int64_t> extents)
      : Shape(std::span<const int64_t>(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const int64_t> extents);

  int rank() const { return rank_; }
  int64_t operator[](int axis) const { return extents_[static_cast<size_t>(axis)]; }
  // Product of the extents; 1 for rank 0.
  int64_t elems() const;
  // This shape with `n` in front: one sample's shape to a batch's.
  Shape Batched(int64_t n) const;
  // "[28, 28, 1]".
  std::string ToString() const;
  bool operator==(const Shape&) const = default;

 private:
  std::array<int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

// The rows of a multi-hot batch: row r has ones at ones[r], sorted and distinct, each < columns.
struct SparseRows {
  const std::span<const uint32_t>* ones = nullptr;  // [rows]; they may lie anywhere
  int64_t rows = 0;
  int64_t columns = 0;
};

// A float32 matrix view: `rows` samples of `cols` elements, row-major, contiguous. All that dense
// networks need; higher-rank data is a matrix of flattened samples beside a Shape.
struct Matrix {
  float* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t elems() const { return rows * cols; }
  std::span<float> span() const { return {data, static_cast<size_t>(elems())}; }
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_TENSOR_H_
