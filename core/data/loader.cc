#include "core/data/loader.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/data/read_pixels.h"

namespace lockstep {
namespace {

// A claim is worth a lock: one picture to decode, or some small ones that are in memory.
int64_t RowsPerClaim(const Dataset& data) {
  constexpr int64_t kBytes = 64 << 10;
  if (data.reader != nullptr) return 1;
  return std::max<int64_t>(kBytes / std::max<int64_t>(data.format.features(), 1), 1);
}

// The one that the caller holds, one to come, and enough for all threads to be busy.
int64_t Slots(const Loader::Options& options) {
  constexpr int64_t kRowsPerThread = 4;
  return 2 + (options.threads * kRowsPerThread + options.max_rows - 1) / options.max_rows;
}

}  // namespace

Loader::Loader(const Dataset* data, const Options& options, LoadOrder order)
    : data_(data),
      gathered_(data, ReadsAhead(*data) ? 0 : options.max_rows),
      order_(std::move(order)),
      rows_per_claim_(RowsPerClaim(*data)) {
  if (!ReadsAhead(*data)) return;
  slots_.resize(static_cast<size_t>(Slots(options)));
  for (Slot& slot : slots_) slot.buffer = std::make_unique<BatchBuffer>(data, options.max_rows);
  for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { RunThread(); });
}

Loader::~Loader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// Begins the next micro-batch, if there is one and a slot for it.
bool Loader::OpenSlot() {
  const int64_t held = std::max<int64_t>(given_ - 1, 0);  // all before are free again
  if (ended_ || opened_ - held >= static_cast<int64_t>(slots_.size())) return false;
  LoadRequest request;
  if (!order_(&request)) {
    ended_ = true;
    return false;
  }
  Slot* next = slot(opened_++);
  next->batch = &next->buffer->GatherAllButPixels(request.ids);
  next->epoch = request.epoch;
  next->claimed_rows = next->finished_rows = 0;
  next->status = OkStatus();
  return true;
}

// Takes the next rows that nobody makes yet.
bool Loader::Claim(Work* work) {
  for (;;) {
    Slot* last = opened_ == 0 ? nullptr : slot(opened_ - 1);
    if (last != nullptr && last->claimed_rows < last->batch->rows) {
      work->slot = last;
      work->begin = last->claimed_rows;
      work->end = std::min(work->begin + rows_per_claim_, last->batch->rows);
      last->claimed_rows = work->end;
      return true;
    }
    if (!OpenSlot()) return false;
    if (slot(opened_ - 1)->batch->rows > 1) work_.notify_all();
  }
}

void Loader::Do(const Work& work, PictureScratch* scratch, std::unique_lock<std::mutex>* lock) {
  Slot* slot = work.slot;
  lock->unlock();
  Status status;
  int64_t row = work.begin;
  for (; row < work.end; ++row) {
    status = ReadPixels(*data_, slot->batch->sample_ids[row], slot->epoch, scratch,
                        slot->buffer->pixels(row));
    if (!status.ok()) break;
  }
  lock->lock();
  if (!status.ok() && (slot->status.ok() || row < slot->failed_row)) {
    slot->status = std::move(status);
    slot->failed_row = row;
  }
  slot->finished_rows += work.end - work.begin;
  if (slot->finished()) finished_.notify_one();
}

void Loader::RunThread() {
  PictureScratch scratch;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (Work work; Claim(&work)) {
      Do(work, &scratch, &lock);
    } else {
      work_.wait(lock);
    }
  }
}

StatusOr<const Batch*> Loader::Next(std::span<const uint32_t> ids) {
  if (slots_.empty()) return &gathered_.Gather(ids);
  std::unique_lock lock(mutex_);
  const int64_t number = given_++;
  work_.notify_all();  // the slot before is free
  Slot* next = slot(number);
  for (Work work; opened_ <= number || !next->finished();) {
    // Help with this one, but begin none beyond it.
    const bool all_claimed = opened_ > number && next->claimed_rows == next->batch->rows;
    if (!all_claimed && Claim(&work)) {
      Do(work, &scratch_, &lock);
      continue;
    }
    LOCKSTEP_CHECK(opened_ > number, "micro-batch %lld is beyond the order", (long long)number);
    finished_.wait(lock);
  }
  LOCKSTEP_CHECK(std::equal(ids.begin(), ids.end(), next->batch->sample_ids,
                            next->batch->sample_ids + next->batch->rows),
                 "micro-batch %lld is not what the order said", (long long)number);
  LOCKSTEP_RETURN_IF_ERROR(next->status);
  return next->batch;
}

}  // namespace lockstep
