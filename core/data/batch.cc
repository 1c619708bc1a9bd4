#include "core/data/batch.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/base/check.h"

namespace lockstep {
namespace {

// The most indices that `rows` samples of `data` can have: the sum of its longest rows.
size_t MostIndices(const Dataset& data, int64_t rows) {
  std::vector<uint64_t> lengths;
  for (size_t i = 0; i + 1 < data.row_offsets.size(); ++i) {
    lengths.push_back(data.row_offsets[i + 1] - data.row_offsets[i]);
  }
  std::sort(lengths.rbegin(), lengths.rend());
  uint64_t total = 0;
  for (size_t i = 0; i < std::min(lengths.size(), static_cast<size_t>(rows)); ++i) {
    total += lengths[i];
  }
  return total;
}

}  // namespace

BatchBuffer::BatchBuffer(const Dataset* data, int64_t max_rows)
    : data_(data), max_rows_(max_rows) {
  const SampleFormat& format = data->format;
  const size_t rows = static_cast<size_t>(max_rows);
  ids_ = Buffer<uint32_t>(rows);
  if (format.encoding == Encoding::kSparse) {
    offsets_ = Buffer<uint32_t>(rows + 1);
    indices_ = Buffer<uint32_t>(MostIndices(*data, max_rows));
    batch_.sparse = true;
    batch_.sparse_rows = {offsets_.data(), indices_.data(), 0, format.shape[0]};
  } else if (format.encoding == Encoding::kUint8) {
    bytes_ = Buffer<uint8_t>(rows * static_cast<size_t>(format.features()));
    batch_.bytes = bytes_.data();
    batch_.divide_by = format.divide_by;
  } else {
    dense_ = Buffer<float>(rows * static_cast<size_t>(format.features()));
    batch_.dense = {dense_.data(), 0, format.features()};
  }
  if (format.classes > 0) {
    labels_ = Buffer<int32_t>(rows);
    batch_.labels = labels_.data();
  } else {
    targets_ = Buffer<float>(rows * static_cast<size_t>(format.targets));
    batch_.targets = targets_.data();
  }
  batch_.sample_ids = ids_.data();
}

const Batch& BatchBuffer::Gather(std::span<const uint32_t> ids) {
  LOCKSTEP_CHECK(static_cast<int64_t>(ids.size()) <= max_rows_, "%zu rows", ids.size());
  batch_.rows = static_cast<int64_t>(ids.size());
  batch_.dense.rows = batch_.rows;
  batch_.sparse_rows.rows = batch_.rows;
  std::copy(ids.begin(), ids.end(), ids_.data());
  if (batch_.sparse) {
    GatherSparse(ids);
  } else if (batch_.bytes != nullptr) {
    GatherBytes(ids);
  } else {
    GatherDense(ids);
  }
  const size_t targets = static_cast<size_t>(data_->format.targets);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (batch_.labels != nullptr) {
      labels_[i] = data_->labels[ids[i]];
    } else {
      std::copy_n(data_->targets.data() + ids[i] * targets, targets,
                  targets_.data() + i * targets);
    }
  }
  return batch_;
}

void BatchBuffer::GatherDense(std::span<const uint32_t> ids) {
  const size_t features = static_cast<size_t>(data_->format.features());
  for (size_t i = 0; i < ids.size(); ++i) {
    std::memcpy(dense_.data() + i * features, data_->dense.data() + ids[i] * features,
                features * sizeof(float));
  }
}

void BatchBuffer::GatherBytes(std::span<const uint32_t> ids) {
  constexpr size_t kLineBytes = 64;
  constexpr size_t kAhead = 4;  // samples: a shuffled epoch has each of them come from main memory
  const size_t features = static_cast<size_t>(data_->format.features());
  for (size_t i = 0; i < ids.size(); ++i) {
    const uint32_t next = ids[std::min(i + kAhead, ids.size() - 1)];
    const uint8_t* ahead = data_->bytes.data() + next * features;
    for (size_t j = 0; j < features; j += kLineBytes) __builtin_prefetch(ahead + j);
    std::memcpy(bytes_.data() + i * features, data_->bytes.data() + ids[i] * features, features);
  }
}

void BatchBuffer::GatherSparse(std::span<const uint32_t> ids) {
  uint32_t end = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    const uint64_t begin = data_->row_offsets[ids[i]];
    const size_t count = data_->row_offsets[ids[i] + 1] - begin;
    offsets_[i] = end;
    std::memcpy(indices_.data() + end, data_->indices.data() + begin, count * sizeof(uint32_t));
    end += static_cast<uint32_t>(count);
  }
  offsets_[ids.size()] = end;
}

}  // namespace lockstep
