#include "distributed/train/fit_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "absl/strings/str_format.h"
#include "core/optim/optimizer.h"
#include "distributed/train/gradient_reducer.h"
#include "distributed/train/replica.h"

namespace lockstep {
namespace {

constexpr int64_t kMib = int64_t{1} << 20;

// What Linux thinks new processes can have without swapping; 0 where it does not say.
int64_t AvailableBytes() {
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  int64_t kib = 0;
  while (file >> name >> kib && std::getline(file, unit)) {
    if (name == "MemAvailable:") return kib * 1024;
  }
  return 0;
}

int64_t InMib(int64_t bytes) { return (bytes + kMib - 1) / kMib; }

}  // namespace

RankMemory MeasureRank(const Config& config, int ranks, const Graph& graph) {
  const int64_t flat = graph.layout().size_elems() * static_cast<int64_t>(sizeof(float));
  const int64_t leaves = MicrobatchCount(config, ranks, config.training().batch_size());
  int buffers = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    buffers = std::max(buffers, GradientReducer::Buffers({leaves}, ranks, rank));
  }
  return {.weights = flat,
          .gradients = buffers * flat,
          .optimizer = Optimizer::SlotElems(config.optimizer(), graph.layout()) *
                       static_cast<int64_t>(sizeof(float)),
          .graph = graph.memory()};
}

int64_t MemoryLimit(const TrainingConfig& training, int local_ranks) {
  if (training.has_memory_limit_mib()) {
    return static_cast<int64_t>(training.memory_limit_mib()) * kMib;
  }
  const int64_t available = AvailableBytes();
  return available == 0 ? std::numeric_limits<int64_t>::max() : available / local_ranks;
}

Status FitMemory(const Config& config, int ranks, int64_t limit_bytes, Graph* graph) {
  const Recompute recompute = config.training().recompute();
  const RankMemory before = MeasureRank(config, ranks, *graph);
  const int64_t others = before.total() - before.graph.arena_bytes;
  graph->ChooseRecompute(recompute, std::max<int64_t>(limit_bytes - others, 0));
  const RankMemory after = MeasureRank(config, ranks, *graph);
  if (recompute != AUTO || after.total() <= limit_bytes) return OkStatus();
  return OutOfMemoryError(absl::StrFormat(
      "training.recompute: a rank needs %d MiB even where it computes outputs again (%d MiB for "
      "weights, gradients and optimizer), but may use %d MiB (%s): use a smaller batch_size or "
      "more microbatches",
      InMib(after.total()), InMib(after.weights + after.gradients + after.optimizer),
      limit_bytes / kMib,
      config.training().has_memory_limit_mib() ? "memory_limit_mib"
                                               : "its share of this host's free memory"));
}

}  // namespace lockstep
