#include "distributed/comm/mpi_all_reduce.h"

#include <array>
#include <limits>
#include <string>

#include "core/base/check.h"

namespace lockstep {

Status MpiStatus(int code, const char* call) {
  if (code == MPI_SUCCESS) return OkStatus();
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  return PeerLostError(std::string(call) + " failed: " + text.data());
}

void MpiAllReduce::Prepare(MPI_Comm comm, const RankSum* sum, int tag,
                           std::span<float* const> partials, float* out, int64_t elems) {
  LOCKSTEP_CHECK(stage_ == Stage::kComplete, "all-reduce with tag %d is under way", tag_);
  comm_ = comm;
  sum_ = sum;
  tag_ = tag;
  MPI_Comm_rank(comm, &rank_);
  MPI_Comm_size(comm, &size_);
  partials_.assign(partials.begin(), partials.end());
  out_ = out;
  elems_ = elems;
  stage_ = Stage::kPrepared;
}

StatusOr<bool> MpiAllReduce::Poll() {
  if (stage_ == Stage::kPrepared) LOCKSTEP_RETURN_IF_ERROR(StartScatter());
  while (stage_ != Stage::kComplete) {
    int complete = 0;
    LOCKSTEP_RETURN_IF_ERROR(
        MpiStatus(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &complete,
                              MPI_STATUSES_IGNORE),
                  "MPI_Testall"));
    if (complete == 0) return false;
    requests_.clear();
    if (stage_ == Stage::kGathering) {
      stage_ = Stage::kComplete;
    } else {
      LOCKSTEP_RETURN_IF_ERROR(StartGather());
    }
  }
  return true;
}

Status MpiAllReduce::StartScatter() {
  stage_ = Stage::kScattering;
  const Range mine = Slice(rank_);
  const size_t strangers = static_cast<size_t>(sum_->total_partials() - sum_->partials(rank_));
  const size_t needed = strangers * static_cast<size_t>(mine.size());
  if (staging_.size() < needed) staging_ = Buffer<float>(needed);
  float* place = staging_.data();
  values_.clear();
  for (int peer = 0; peer < size_; ++peer) {
    for (int i = 0; i < sum_->partials(peer); ++i) {
      if (peer == rank_) {
        values_.push_back(partials_[static_cast<size_t>(i)] + mine.begin);
        continue;
      }
      LOCKSTEP_RETURN_IF_ERROR(Receive(place, mine.size(), peer));
      values_.push_back(place);
      place += mine.size();
    }
  }
  // Starting with the next rank, so that not all send to rank 0 first.
  for (int step = 1; step < size_; ++step) {
    const int peer = (rank_ + step) % size_;
    for (const float* partial : partials_) {
      LOCKSTEP_RETURN_IF_ERROR(Send(partial, Slice(peer), peer));
    }
  }
  return OkStatus();
}

// All sends of the scatter are complete: `out` may be written even where it is a partial.
Status MpiAllReduce::StartGather() {
  stage_ = Stage::kGathering;
  const Range mine = Slice(rank_);
  for (int peer = 0; peer < size_; ++peer) {
    const Range slice = Slice(peer);
    if (peer != rank_) LOCKSTEP_RETURN_IF_ERROR(Receive(out_ + slice.begin, slice.size(), peer));
  }
  std::array<float*, 1> copies = {out_ + mine.begin};
  SumPartials(sum_->additions, values_, copies, mine.size());
  for (int step = 1; step < size_; ++step) {
    LOCKSTEP_RETURN_IF_ERROR(Send(out_, mine, (rank_ + step) % size_));
  }
  return OkStatus();
}

Status MpiAllReduce::Send(const float* data, Range slice, int peer) {
  if (slice.size() == 0) return OkStatus();
  return MpiStatus(MPI_Isend(data + slice.begin, static_cast<int>(slice.size()), MPI_FLOAT, peer,
                             tag_, comm_, &requests_.emplace_back(MPI_REQUEST_NULL)),
                   "MPI_Isend");
}

Status MpiAllReduce::Receive(float* data, int64_t elems, int peer) {
  if (elems == 0) return OkStatus();
  LOCKSTEP_CHECK(elems <= std::numeric_limits<int>::max(), "a slice of %lld elements",
                 (long long)elems);
  return MpiStatus(MPI_Irecv(data, static_cast<int>(elems), MPI_FLOAT, peer, tag_, comm_,
                             &requests_.emplace_back(MPI_REQUEST_NULL)),
                   "MPI_Irecv");
}

}  // namespace lockstep
