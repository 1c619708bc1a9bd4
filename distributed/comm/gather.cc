#include "distributed/comm/gather.h"

namespace lockstep {

// Sent as one letter of exit code, and the text or the message.
StatusOr<std::vector<std::string>> GatherOrFirstError(Communicator* communicator,
                                                      const StatusOr<std::string>& mine) {
  std::string sent(1, static_cast<char>(ExitCodeOf(mine.status())));
  sent += mine.ok() ? *mine : std::string(mine.status().message());
  LOCKSTEP_ASSIGN_OR_RETURN(std::vector<std::string> all, communicator->AllGather(sent));
  for (size_t rank = 0; rank < all.size(); ++rank) {
    const auto code = static_cast<ExitCode>(all[rank][0]);
    all[rank].erase(0, 1);
    if (code == ExitCode::kOk) continue;
    return ErrorWithCode(code, "rank " + std::to_string(rank) + ": " + all[rank]);
  }
  return all;
}

}  // namespace lockstep
