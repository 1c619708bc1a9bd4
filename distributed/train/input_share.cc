#include "distributed/train/input_share.h"

#include <algorithm>
#include <thread>

#include "absl/strings/str_format.h"
#include "distributed/comm/mpirun_environment.h"

namespace lockstep {
namespace {

int Cores() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

}  // namespace

int DecodeThreads(uint32_t wanted, const Communicator& communicator) {
  if (wanted > 0) return static_cast<int>(wanted);
  const int ranks = RanksOnThisHost(communicator.size());
  return std::max((Cores() - ranks) / ranks, 1);
}

std::string InputVerdict(double share, int decode_threads, bool idle_cores) {
  if (decode_threads == 0 || !(share >= kInputBoundShare)) return "";
  const std::string found =
      absl::StrFormat("input-bound: %.0f %% of a step waits for pictures; ", 100 * share);
  return found + (idle_cores ? absl::StrFormat("raise data.decode_threads (%d)", decode_threads)
                             : "use smaller files or more cores");
}

bool HasIdleCores(int decode_threads, const Communicator& communicator) {
  return Cores() > RanksOnThisHost(communicator.size()) * (1 + decode_threads);
}

}  // namespace lockstep
