#include "distributed/train/clock_sync.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/base/check.h"

namespace lockstep {
namespace {

struct Passage {
  int64_t enter_ns = 0;
  int64_t leave_ns = 0;
};

std::vector<Passage> ReadPassages(const std::string& bytes, size_t count) {
  LOCKSTEP_CHECK(bytes.size() == count * sizeof(Passage), "%zu bytes of passages", bytes.size());
  std::vector<Passage> passages(count);
  std::memcpy(passages.data(), bytes.data(), bytes.size());
  return passages;
}

}  // namespace

Status ClockSync::Measure(int rounds) {
  if (communicator_->size() == 1) return OkStatus();
  std::vector<Passage> mine(static_cast<size_t>(rounds));
  for (Passage& passage : mine) {
    passage.enter_ns = now_ns_();
    LOCKSTEP_RETURN_IF_ERROR(communicator_->Barrier());
    passage.leave_ns = now_ns_();
  }
  const std::string message(reinterpret_cast<const char*>(mine.data()),
                            mine.size() * sizeof(Passage));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> all, communicator_->AllGather(message));
  const std::vector<Passage> of_0 = ReadPassages(all[0], mine.size());
  uncertainty_ns_ = 0;
  barrier_ns_ = std::numeric_limits<int64_t>::max();
  for (size_t rank = 0; rank < all.size(); ++rank) {
    const std::vector<Passage> passages = ReadPassages(all[rank], mine.size());
    int64_t low = std::numeric_limits<int64_t>::min(), high = -low - 1;
    for (size_t i = 0; i < passages.size(); ++i) {
      low = std::max(low, passages[i].enter_ns - of_0[i].leave_ns);
      high = std::min(high, passages[i].leave_ns - of_0[i].enter_ns);
      barrier_ns_ = std::min(barrier_ns_, passages[i].leave_ns - passages[i].enter_ns);
    }
    const bool one_clock = low <= 0 && 0 <= high;
    const int64_t offset = one_clock ? 0 : low + (high - low) / 2;
    if (!one_clock) uncertainty_ns_ = std::max(uncertainty_ns_, (high - low) / 2 + 1);
    if (static_cast<int>(rank) == communicator_->rank()) offset_ns_ = offset;
  }
  return OkStatus();
}

}  // namespace lockstep
