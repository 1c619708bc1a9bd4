#include "core/data/batch.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/base/check.h"

namespace lockstep {
namespace {

constexpr size_t kLineBytes = 64;
// A shuffled epoch has each sample come from main memory: it is asked for so many samples before.
constexpr size_t kAhead = 4;

void Prefetch(const void* begin, size_t bytes) {
  const char* at = static_cast<const char*>(begin);
  for (size_t i = 0; i < bytes; i += kLineBytes) __builtin_prefetch(at + i);
}

}  // namespace

BatchBuffer::BatchBuffer(const Dataset* data, int64_t max_rows)
    : data_(data), max_rows_(max_rows) {
  const SampleFormat& format = data->format;
  const size_t rows = static_cast<size_t>(max_rows);
  ids_ = Buffer<uint32_t>(rows);
  if (format.encoding == Encoding::kSparse) {
    ones_.resize(rows);
    batch_.sparse = true;
    batch_.sparse_rows = {ones_.data(), 0, format.shape[0]};
  } else if (format.encoding == Encoding::kUint8) {
    bytes_ = Buffer<uint8_t>(rows * static_cast<size_t>(format.features()));
    batch_.bytes = bytes_.data();
    batch_.scale = {.divide_by = format.divide_by,
                    .channels = format.shape.back(),
                    .mean = format.mean.empty() ? nullptr : format.mean.data(),
                    .std = format.std.empty() ? nullptr : format.std.data()};
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

void BatchBuffer::Begin(std::span<const uint32_t> ids) {
  LOCKSTEP_CHECK(static_cast<int64_t>(ids.size()) <= max_rows_, "%zu rows", ids.size());
  batch_.rows = static_cast<int64_t>(ids.size());
  batch_.dense.rows = batch_.rows;
  batch_.sparse_rows.rows = batch_.rows;
  std::copy(ids.begin(), ids.end(), ids_.data());
  const size_t targets = static_cast<size_t>(data_->format.targets);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (batch_.labels != nullptr) {
      labels_[i] = data_->labels[ids[i]];
    } else {
      std::copy_n(data_->targets.data() + ids[i] * targets, targets,
                  targets_.data() + i * targets);
    }
  }
}

const Batch& BatchBuffer::GatherAllButPixels(std::span<const uint32_t> ids) {
  LOCKSTEP_CHECK(batch_.bytes != nullptr, "not a set of bytes");
  Begin(ids);
  return batch_;
}

const Batch& BatchBuffer::Gather(std::span<const uint32_t> ids) {
  Begin(ids);
  if (batch_.sparse) {
    PointAtSparse(ids);
  } else if (batch_.bytes != nullptr) {
    GatherBytes(ids);
  } else {
    GatherDense(ids);
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
  LOCKSTEP_CHECK(data_->reader == nullptr, "pictures in files come through a Loader");
  const size_t features = static_cast<size_t>(data_->format.features());
  for (size_t i = 0; i < ids.size(); ++i) {
    const uint32_t next = ids[std::min(i + kAhead, ids.size() - 1)];
    Prefetch(data_->bytes.data() + next * features, features);
    std::memcpy(bytes_.data() + i * features, data_->bytes.data() + ids[i] * features, features);
  }
}

void BatchBuffer::PointAtSparse(std::span<const uint32_t> ids) {
  for (size_t i = 0; i < ids.size(); ++i) {
    const uint64_t begin = data_->row_offsets[ids[i]], end = data_->row_offsets[ids[i] + 1];
    ones_[i] = {data_->indices.data() + begin, static_cast<size_t>(end - begin)};
    Prefetch(ones_[i].data(), ones_[i].size_bytes());
  }
}

}  // namespace lockstep
