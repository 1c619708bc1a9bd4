// ParameterLayout says where each parameter lies in the flat buffers (weights, gradients, optimizer
// slots). A pure value: it holds no memory and no rank count.
#ifndef LOCKSTEP_CORE_PARAMS_PARAMETER_LAYOUT_H_
#define LOCKSTEP_CORE_PARAMS_PARAMETER_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/summation_tree.h"
#include "core/device/tensor.h"

namespace lockstep {

// Parameters of a group share optimizer settings.
enum class ParameterGroup : uint8_t {
  kKernel = 0,
  kBias = 1,
  // Not learnt by gradient: batch normalisation's moving mean and variance. In the gradient buffer
  // its place holds the micro-batch's statistic, which is summed over the batch like a gradient.
  kMovingStatistic = 2,
};

// One parameter as a layer declares it.
struct ParameterSpec {
  std::string name;  // "dense/kernel"
  Shape shape;
  ParameterGroup group = ParameterGroup::kKernel;
  int final_step =
      0;  // the backward step (0 is the first to run) after which its gradient is final
  float momentum = 0;  // of kMovingStatistic
};

// One parameter and its place.
struct ParameterEntry {
  std::string name;
  Shape shape;
  ParameterGroup group = ParameterGroup::kKernel;
  int final_step = 0;
  int64_t offset_elems = 0;
  float momentum = 0;
};

class ParameterLayout {
 public:
  // Each tensor starts on a multiple of this many elements; one group id covers one block.
  static constexpr int64_t kBlockElems = 64;

  ParameterLayout() = default;
  // Trainable parameters first, so that the optimizer sees one piece; then by final_step (so that
  // buckets fill front to back), then by the order given.
  explicit ParameterLayout(std::vector<ParameterSpec> parameters);

  const std::vector<ParameterEntry>& entries() const { return entries_; }
  // Of a flat buffer, padding included (padding stays zero for ever).
  int64_t size_elems() const { return size_elems_; }
  // The part of a flat buffer, from its start, that the optimizer updates.
  int64_t trainable_elems() const { return trainable_elems_; }
  // Without padding: what `summary` calls parameters.
  int64_t parameter_count() const;
  int64_t trainable_count() const;
  const ParameterEntry* Find(std::string_view name) const;  // nullptr if absent
  // One ParameterGroup per block.
  std::vector<uint8_t> BlockGroups() const;
  // Equal for equal layouts; compared across ranks at start.
  uint64_t fingerprint() const;

 private:
  std::vector<ParameterEntry> entries_;
  int64_t size_elems_ = 0;
  int64_t trainable_elems_ = 0;
};

// A contiguous piece of the gradient buffer that is reduced in one call.
struct Bucket {
  Range elems;
  int final_step = 0;  // ready after this backward step
  bool operator==(const Bucket&) const = default;
};

// Cuts the layout into buckets at parameter boundaries: the first closes at `end_bytes`, so that
// communication starts early, those behind it at `middle_bytes`. Nothing hides the last one, which
// is ready when Backward ends: it has at most `end_bytes`, where that many are left at a boundary
// and the one before it is not tiny itself. A parameter larger than that is a bucket of its own.
std::vector<Bucket> MakeBuckets(const ParameterLayout& layout, int64_t end_bytes = 1 << 20,
                                int64_t middle_bytes = 4 << 20);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_PARAMS_PARAMETER_LAYOUT_H_
