// Batch: the samples of one micro-batch in the form a network takes them, and the gathering of
// them from a Dataset.
#ifndef LOCKSTEP_CORE_DATA_BATCH_H_
#define LOCKSTEP_CORE_DATA_BATCH_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/dataset.h"
#include "core/device/buffer.h"
#include "core/device/tensor.h"
#include "core/ops/specs.h"

namespace lockstep {

// A view; valid until its BatchBuffer gathers again.
struct Batch {
  int64_t rows = 0;
  bool sparse = false;
  Matrix dense;                          // [rows, features] unless sparse or bytes
  const uint8_t* bytes = nullptr;        // [rows, features] of a byte set
  ImageScale scale;                      // what makes values of bytes
  SparseRows sparse_rows;                // if sparse; points into the data set
  const int32_t* labels = nullptr;       // [rows] when the set has classes
  const float* targets = nullptr;        // [rows, targets] otherwise
  const uint32_t* sample_ids = nullptr;  // [rows]
};

// Owns the memory of one batch; nothing is allocated after construction. One thread at a time.
class BatchBuffer {
 public:
  // For up to `max_rows` samples of `data`, which must outlive this.
  BatchBuffer(const Dataset* data, int64_t max_rows);
  // Gathers the samples with these positions, in this order. REQUIRES: ids.size() <= max_rows.
  const Batch& Gather(std::span<const uint32_t> ids);
  // The same without the bytes of pictures, which the caller puts to pixels(0), pixels(1) ...
  // REQUIRES: a set of bytes.
  const Batch& GatherAllButPixels(std::span<const uint32_t> ids);
  uint8_t* pixels(int64_t row) { return bytes_.data() + row * data_->format.features(); }

 private:
  void Begin(std::span<const uint32_t> ids);
  void GatherDense(std::span<const uint32_t> ids);
  void GatherBytes(std::span<const uint32_t> ids);
  void PointAtSparse(std::span<const uint32_t> ids);

  const Dataset* data_;
  int64_t max_rows_;
  Buffer<float> dense_;
  Buffer<uint8_t> bytes_;
  std::vector<std::span<const uint32_t>> ones_;
  Buffer<int32_t> labels_;
  Buffer<float> targets_;
  Buffer<uint32_t> ids_;
  Batch batch_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_BATCH_H_
