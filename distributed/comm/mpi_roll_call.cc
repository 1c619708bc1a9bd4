#include "distributed/comm/mpi_roll_call.h"

#include "distributed/comm/mpi_all_reduce.h"

namespace lockstep {
namespace {

constexpr char kQuestion = '?';
constexpr char kAnswer = '!';

}  // namespace

MpiRollCall::MpiRollCall(MPI_Comm comm) : comm_(comm) {
  MPI_Comm_rank(comm, &rank_);
  MPI_Comm_size(comm, &size_);
  answered_.assign(static_cast<size_t>(size_), false);
}

MpiRollCall::~MpiRollCall() {
  if (request_ == MPI_REQUEST_NULL) return;
  MPI_Cancel(&request_);
  MPI_Wait(&request_, MPI_STATUS_IGNORE);
}

Status MpiRollCall::Receive() {
  return MpiStatus(MPI_Irecv(&received_, 1, MPI_CHAR, MPI_ANY_SOURCE, 0, comm_, &request_),
                   "MPI_Irecv");
}

Status MpiRollCall::Poll() {
  for (;;) {
    if (request_ == MPI_REQUEST_NULL) LOCKSTEP_RETURN_IF_ERROR(Receive());
    int complete = 0;
    MPI_Status from;
    LOCKSTEP_RETURN_IF_ERROR(MpiStatus(MPI_Test(&request_, &complete, &from), "MPI_Test"));
    if (complete == 0) return OkStatus();
    // Whoever asks is there, too.
    answered_[static_cast<size_t>(from.MPI_SOURCE)] = true;
    if (received_ == kQuestion) LOCKSTEP_RETURN_IF_ERROR(Send(from.MPI_SOURCE, kAnswer));
  }
}

Status MpiRollCall::Ask() {
  for (int peer = 0; peer < size_; ++peer) {
    answered_[static_cast<size_t>(peer)] = peer == rank_;
    if (peer != rank_) LOCKSTEP_RETURN_IF_ERROR(Send(peer, kQuestion));
  }
  return OkStatus();
}

std::vector<int> MpiRollCall::Ranks(bool answered) const {
  std::vector<int> ranks;
  for (int peer = 0; peer < size_; ++peer) {
    if (answered_[static_cast<size_t>(peer)] == answered) ranks.push_back(peer);
  }
  return ranks;
}

// One byte goes out at once even to a peer that does not look: nothing is waited for.
Status MpiRollCall::Send(int peer, char message) {
  MPI_Request request;
  LOCKSTEP_RETURN_IF_ERROR(
      MpiStatus(MPI_Isend(&message, 1, MPI_CHAR, peer, 0, comm_, &request), "MPI_Isend"));
  return MpiStatus(MPI_Request_free(&request), "MPI_Request_free");
}

}  // namespace lockstep
