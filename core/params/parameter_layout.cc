#include "core/params/parameter_layout.h"

#include <algorithm>
#include <utility>

#include "core/base/hash.h"

namespace lockstep {
namespace {

bool IsMoving(const auto& parameter) {
  return parameter.group == ParameterGroup::kMovingStatistic;
}

}  // namespace

ParameterLayout::ParameterLayout(std::vector<ParameterSpec> parameters) {
  std::stable_sort(parameters.begin(), parameters.end(),
                   [](const auto& a, const auto& b) {
                     return std::pair(IsMoving(a), a.final_step) <
                            std::pair(IsMoving(b), b.final_step);
                   });
  for (ParameterSpec& spec : parameters) {
    const int64_t elems = spec.shape.elems();
    entries_.push_back(
        {std::move(spec.name), spec.shape, spec.group, spec.final_step, size_elems_,
         spec.momentum});
    size_elems_ += (elems + kBlockElems - 1) / kBlockElems * kBlockElems;
    if (!IsMoving(spec)) trainable_elems_ = size_elems_;
  }
}

int64_t ParameterLayout::parameter_count() const {
  int64_t count = 0;
  for (const ParameterEntry& entry : entries_) count += entry.shape.elems();
  return count;
}

int64_t ParameterLayout::trainable_count() const {
  int64_t count = 0;
  for (const ParameterEntry& entry : entries_) count += IsMoving(entry) ? 0 : entry.shape.elems();
  return count;
}

const ParameterEntry* ParameterLayout::Find(std::string_view name) const {
  for (const ParameterEntry& entry : entries_) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::vector<uint8_t> ParameterLayout::BlockGroups() const {
  std::vector<uint8_t> groups(static_cast<size_t>(size_elems_ / kBlockElems));
  for (const ParameterEntry& entry : entries_) {
    const int64_t first = entry.offset_elems / kBlockElems;
    const int64_t blocks = (entry.shape.elems() + kBlockElems - 1) / kBlockElems;
    std::fill_n(groups.begin() + first, blocks, static_cast<uint8_t>(entry.group));
  }
  return groups;
}

uint64_t ParameterLayout::fingerprint() const {
  uint64_t hash = 0;
  for (const ParameterEntry& entry : entries_) {
    const std::string text =
        entry.name + entry.shape.ToString() + std::to_string(static_cast<int>(entry.group)) +
        "/" + std::to_string(entry.final_step) + "@" + std::to_string(entry.offset_elems) + "*" +
        std::to_string(entry.momentum);
    hash = HashBytes(text.data(), text.size(), hash);
  }
  return hash;
}

std::vector<Bucket> MakeBuckets(const ParameterLayout& layout, int64_t end_bytes,
                                int64_t middle_bytes) {
  constexpr auto kElemBytes = static_cast<int64_t>(sizeof(float));
  std::vector<Bucket> buckets;
  const auto& entries = layout.entries();
  int64_t begin = 0;
  int final_step = 0;  // moving statistics come last, however early they are final
  for (size_t i = 0; i < entries.size(); ++i) {
    const int64_t end = i + 1 < entries.size() ? entries[i + 1].offset_elems : layout.size_elems();
    final_step = std::max(final_step, entries[i].final_step);
    const int64_t limit = buckets.empty() ? end_bytes : middle_bytes;
    const bool full = (end - begin) * kElemBytes >= limit;
    // What is left is small enough to be the last one, and what came before was not.
    const bool tail = (layout.size_elems() - end) * kElemBytes <= end_bytes &&
                      (layout.size_elems() - begin) * kElemBytes > middle_bytes / 4;
    if (full || tail || i + 1 == entries.size()) {
      buckets.push_back({{begin, end}, final_step});
      begin = end;
    }
  }
  return buckets;
}

}  // namespace lockstep
