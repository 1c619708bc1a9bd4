#include "tools/launch.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_format.h"
#include "distributed/comm/local_communicator.h"
#include "distributed/comm/mpi_communicator.h"
#include "distributed/comm/mpirun_environment.h"

namespace lockstep {
namespace {

// Errors that every rank finds at the same place, from the same gathered values.
bool IsOfAllRanks(const Status& status) {
  switch (ExitCodeOf(status)) {
    case ExitCode::kStopped:
    case ExitCode::kMismatch:
    case ExitCode::kNotFinite:
    case ExitCode::kReplicasDiffer: return true;
    default: return false;
  }
}

Status RunThreads(int ranks, const std::function<Status(Communicator*)>& body) {
  auto communicators = MakeLocalCommunicators(ranks);
  if (ranks == 1) return body(communicators[0].get());
  std::vector<Status> results(static_cast<size_t>(ranks));
  std::vector<std::thread> threads;
  for (size_t r = 0; r < results.size(); ++r) {
    threads.emplace_back([&, r] {
      results[r] = body(communicators[r].get());
      if (results[r].ok() || IsOfAllRanks(results[r])) return;  // the others find it themselves
      communicators[r]->Abort(results[r]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Status& result : results) LOCKSTEP_RETURN_IF_ERROR(result);
  return OkStatus();
}

constexpr const char* kReportedByRankZero = "lockstep/reported by rank 0";

// `status`, marked on all ranks but 0.
Status Shared(Status status, int rank) {
  if (rank != 0) status.SetPayload(kReportedByRankZero, absl::Cord());
  return status;
}

}  // namespace

bool IsReportedByRankZero(const Status& status) {
  return status.GetPayload(kReportedByRankZero).has_value();
}

bool PrintsForAllRanks() {
  const auto place = PlaceUnderMpirun();
  return !place || place->rank == 0;
}

StatusOr<int> ChooseRanks(const Config& config, int requested) {
  const TrainingConfig& training = config.training();
  const int64_t most =
      training.has_microbatches() ? training.microbatches() : training.batch_size();
  const auto place = PlaceUnderMpirun();
  if (place && requested > 0) {
    return UsageError("--ranks is for threads of one process; under mpirun -n says how many");
  }
  int64_t ranks = place ? place->size : requested;
  if (ranks == 0) {
    const int64_t cores = std::max(1u, std::thread::hardware_concurrency());
    const int64_t useful = std::min<int64_t>(most, training.batch_size());
    ranks = training.has_microbatches() ? std::min(cores, useful) : 1;
  }
  if (ranks > most) {
    return UsageError(absl::StrFormat(
        "%d ranks, but a batch has %d %s: use at most that many ranks, or raise training.%s", ranks,
        most, training.has_microbatches() ? "micro-batches" : "samples",
        training.has_microbatches() ? "microbatches" : "batch_size"));
  }
  return static_cast<int>(ranks);
}

Status Launcher::StartMpi() {
  if (mpi_ != nullptr) return OkStatus();
  LOCKSTEP_ASSIGN_OR_RETURN(mpi_, MakeMpiCommunicator());
  return OkStatus();
}

Status Launcher::Agree(const Status& mine) {
  if (!PlaceUnderMpirun()) return mine;
  LOCKSTEP_RETURN_IF_ERROR(StartMpi());
  // Sent as one letter of exit code and the message.
  std::string text(1, static_cast<char>(ExitCodeOf(mine)));
  text.append(mine.message().data(), mine.message().size());
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> all, mpi_->AllGather(text));
  for (size_t rank = 0; rank < all.size(); ++rank) {
    const auto code = static_cast<ExitCode>(all[rank][0]);
    if (code == ExitCode::kOk) continue;
    const std::string where = rank == 0 ? "" : "rank " + std::to_string(rank) + ": ";
    return Shared(ErrorWithCode(code, where + all[rank].substr(1)), mpi_->rank());
  }
  return OkStatus();
}

Status Launcher::Run(int ranks, const std::function<Status(Communicator*)>& body) {
  if (!PlaceUnderMpirun()) return RunThreads(ranks, body);
  LOCKSTEP_RETURN_IF_ERROR(StartMpi());
  const Status status = body(mpi_.get());
  if (IsOfAllRanks(status)) return Shared(status, mpi_->rank());
  if (!status.ok()) mpi_->Abort(status);
  return status;
}

}  // namespace lockstep
