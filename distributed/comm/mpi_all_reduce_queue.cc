#include "distributed/comm/mpi_all_reduce_queue.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/clock.h"

namespace lockstep {
namespace {

// Tags repeat long after their piece is over.
constexpr int64_t kTags = 1024;
// A piece has so much for each rank, that messages stay worth their latency: a window of pieces
// outlasts a round trip of some milliseconds at 10 Gb/s. Many ranks share what memory allows.
constexpr int64_t kSliceBytes = 256 << 10, kLeastBytes = 1 << 20, kMostBytes = 4 << 20;
constexpr auto kElemBytes = static_cast<int64_t>(sizeof(float));

int SizeOf(MPI_Comm comm) {
  int size = 1;
  MPI_Comm_size(comm, &size);
  return size;
}

}  // namespace

MpiAllReduceQueue::MpiAllReduceQueue(MPI_Comm comm)
    : comm_(comm),
      piece_elems_(std::clamp(SizeOf(comm) * kSliceBytes, kLeastBytes, kMostBytes) / kElemBytes) {}

void MpiAllReduceQueue::Add(const RankSum* sum, std::span<float* const> partials, float* out,
                            int64_t elems) {
  const int64_t pieces = (elems + piece_elems_ - 1) / piece_elems_;
  calls_.push_back({.sum = sum,
                    .first_partial = partials_.size(),
                    .partials = partials.size(),
                    .out = out,
                    .elems = elems,
                    .pieces = static_cast<int>(pieces)});
  partials_.insert(partials_.end(), partials.begin(), partials.end());
  times_.push_back({.ready = NowTicks()});
  pending_bytes_ += elems * kElemBytes;
}

Status MpiAllReduceQueue::Poll() {
  // The oldest first, so that its sums go out before newer partials.
  for (int64_t piece = first_piece_; piece < next_piece_; ++piece) {
    LOCKSTEP_ASSIGN_OR_RETURN(const bool over, Slot(piece).Poll());
    if (!over || piece != first_piece_) continue;
    ++first_piece_;
    ++calls_[finished_].finished_pieces;
    FinishCalls();
  }
  while (next_piece_ - first_piece_ < kWindow && PrepareNext()) {
    LOCKSTEP_RETURN_IF_ERROR(Slot(next_piece_++).Poll().status());
  }
  FinishCalls();  // those of no elements
  return OkStatus();
}

bool MpiAllReduceQueue::PrepareNext() {
  while (cutting_ < calls_.size() && next_of_call_ == calls_[cutting_].pieces) {
    ++cutting_;
    next_of_call_ = 0;
  }
  if (cutting_ == calls_.size()) return false;
  const Call& call = calls_[cutting_];
  const Range part = SliceOf(call.elems, call.pieces, next_of_call_++);
  piece_partials_.clear();
  for (size_t i = 0; i < call.partials; ++i) {
    piece_partials_.push_back(partials_[call.first_partial + i] + part.begin);
  }
  Slot(next_piece_).Prepare(comm_, call.sum, static_cast<int>(next_piece_ % kTags),
                            piece_partials_, call.out + part.begin, part.size());
  return true;
}

void MpiAllReduceQueue::FinishCalls() {
  while (!complete() && calls_[finished_].finished_pieces == calls_[finished_].pieces) {
    times_[finished_].done = NowTicks();
    pending_bytes_ -= calls_[finished_].elems * kElemBytes;
    ++finished_;
  }
}

void MpiAllReduceQueue::Clear() {
  LOCKSTEP_CHECK(complete(), "%zu of %zu all-reduces are complete", finished_, calls_.size());
  calls_.clear();
  times_.clear();
  partials_.clear();
  finished_ = cutting_ = 0;
  next_of_call_ = 0;
}

}  // namespace lockstep
