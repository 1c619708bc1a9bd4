#include "core/data/dataset.h"

#include "core/base/check.h"

namespace lockstep {
namespace {

// Appends elements [begin, end) * width of `from`, if it has any.
template <typename T>
void AppendRows(const std::vector<T>& from, int64_t begin, int64_t end, int64_t width,
                std::vector<T>* to) {
  if (from.empty()) return;
  to->insert(to->end(), from.begin() + begin * width, from.begin() + end * width);
}

void Append(const Dataset& data, int64_t begin, int64_t end, Dataset* out) {
  const int64_t features = data.format.features();
  AppendRows(data.dense, begin, end, features, &out->dense);
  AppendRows(data.bytes, begin, end, features, &out->bytes);
  AppendRows(data.pictures, begin, end, 1, &out->pictures);
  AppendRows(data.labels, begin, end, 1, &out->labels);
  AppendRows(data.targets, begin, end, data.format.targets, &out->targets);
  if (data.format.encoding == Encoding::kSparse) {
    if (out->row_offsets.empty()) out->row_offsets.push_back(0);
    const uint64_t first = data.row_offsets[static_cast<size_t>(begin)];
    const uint64_t base = out->row_offsets.back();
    for (int64_t i = begin; i < end; ++i) {
      out->row_offsets.push_back(base + data.row_offsets[static_cast<size_t>(i) + 1] - first);
    }
    out->indices.insert(
        out->indices.end(), data.indices.begin() + static_cast<int64_t>(first),
        data.indices.begin() +
            static_cast<int64_t>(data.row_offsets[static_cast<size_t>(end)]));
  }
  out->size += end - begin;
}

}  // namespace

Dataset Slice(const Dataset& data, int64_t begin, int64_t end) {
  LOCKSTEP_CHECK(0 <= begin && begin <= end && end <= data.size, "%lld to %lld of %lld",
                 (long long)begin, (long long)end, (long long)data.size);
  Dataset out;
  out.format = data.format;
  out.reader = data.reader;
  out.augmentation = data.augmentation;
  Append(data, begin, end, &out);
  return out;
}

Dataset Concatenate(const Dataset& first, const Dataset& second) {
  LOCKSTEP_CHECK(first.format.shape == second.format.shape && first.reader == second.reader,
                 "the shapes or the files differ");
  Dataset out = first;
  Append(second, 0, second.size, &out);
  return out;
}

void BytesToDense(Dataset* data) {
  if (data->format.encoding != Encoding::kUint8) return;
  data->dense.assign(data->bytes.begin(), data->bytes.end());
  data->bytes = {};
  data->format.encoding = Encoding::kDense;
}

}  // namespace lockstep
