#include "distributed/comm/peer_lost.h"

#include <string>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

std::string RankList(const std::vector<int>& ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (size_t i = 0; i < ranks.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(ranks[i]);
  }
  return text;
}

}  // namespace

Status PeersLostError(const std::vector<int>& missing, const std::vector<int>& here,
                      std::string_view deed, std::string_view call,
                      std::chrono::milliseconds deadline) {
  const std::string deed_text(deed), call_text(call);
  return PeerLostError(absl::StrFormat(
      "%s did not %s %s within %g s%s; look at that rank's output or raise the deadline",
      RankList(missing), deed_text, call_text, static_cast<double>(deadline.count()) / 1000,
      here.empty() ? "" : "; " + RankList(here) + " did"));
}

Status NotCompleteError(std::string_view call, std::chrono::milliseconds deadline) {
  return PeerLostError(absl::StrFormat("%s is not complete after %g s, though all ranks answer",
                                       std::string(call),
                                       static_cast<double>(deadline.count()) / 1000));
}

}  // namespace lockstep
