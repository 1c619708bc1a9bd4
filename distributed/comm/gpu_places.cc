#include "distributed/comm/gpu_places.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_format.h"
#include "distributed/comm/gather.h"

namespace lockstep {
namespace {

constexpr const char* kHowToShare =
    "--oversubscribe, by which ranks share GPUs and reduce through the host";

}  // namespace

StatusOr<int> ChooseGpuRanks(int requested, int gpus, int64_t most, bool may_share) {
  if (requested == 0) return static_cast<int>(std::min<int64_t>(gpus, most));
  if (requested <= gpus || may_share) return requested;
  return UsageError(absl::StrFormat("%d ranks, but this machine shows %d GPU%s: use at most that "
                                    "many ranks, or %s",
                                    requested, gpus, gpus == 1 ? "" : "s", kHowToShare));
}

int GpuOfLocalRank(int local_rank, int gpus) { return local_rank % gpus; }

StatusOr<ReducePath> ChooseReducePath(std::span<const std::string> identities, bool may_share) {
  if (identities.size() == 1) return ReducePath::kHost;
  std::map<std::string, size_t> first_rank;
  size_t one = 0, other = 0;
  for (size_t rank = 0; rank < identities.size(); ++rank) {
    const auto [place, is_new] = first_rank.try_emplace(identities[rank], rank);
    if (is_new || other > 0) continue;
    one = place->second;
    other = rank;
  }
  if (other == 0) return ReducePath::kNccl;
  if (may_share) return ReducePath::kHost;
  return UsageError(absl::StrFormat(
      "%d ranks have %d GPU%s: ranks %d and %d share %s; start one rank per GPU, or use %s",
      identities.size(), first_rank.size(), first_rank.size() == 1 ? "" : "s", one, other,
      identities[other], kHowToShare));
}

StatusOr<ReducePath> AgreeOnReducePath(Communicator* communicator,
                                       const StatusOr<std::string>& identity, bool may_share) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> identities,
                            GatherOrFirstError(communicator, identity));
  return ChooseReducePath(identities, may_share);
}

}  // namespace lockstep
