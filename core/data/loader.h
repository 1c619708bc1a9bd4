// Loader: the micro-batches of a set in an order that is known beforehand. Sets whose samples have
// only to be copied are gathered when they are asked for. Where samples have to be decoded or
// changed, threads make the next ones meanwhile, in a ring of a few micro-batches; the caller helps
// them with the one that it waits for. What a sample becomes depends on neither.
#ifndef LOCKSTEP_CORE_DATA_LOADER_H_
#define LOCKSTEP_CORE_DATA_LOADER_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "core/base/status.h"
#include "core/data/batch.h"
#include "core/data/dataset.h"
#include "core/data/picture_reader.h"

namespace lockstep {

// A micro-batch that will be asked for.
struct LoadRequest {
  uint32_t epoch = 0;              // samples as training takes them in it; 0: as they are
  std::span<const uint32_t> ids;   // valid until the next call of the order
};

// Gives the micro-batches one after another; false after the last one. Called by one thread at a
// time, but not always the same one.
using LoadOrder = std::function<bool(LoadRequest* request)>;

// One thread at a time may call it; its own threads end with it.
class Loader {
 public:
  struct Options {
    int64_t max_rows = 0;  // of a micro-batch
    int threads = 1;       // 0: the caller does all the work
  };

  // `data` must outlive this. `order` is not called for a set that is gathered on the spot.
  Loader(const Dataset* data, const Options& options, LoadOrder order);
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader();

  // Whether samples of `data` are made ahead.
  static bool ReadsAhead(const Dataset& data) {
    return data.reader != nullptr || data.augmentation != nullptr;
  }

  // The next micro-batch; valid until the next call. Errors: that of its first sample that cannot
  // be read. REQUIRES: `ids` are what the order gives next.
  StatusOr<const Batch*> Next(std::span<const uint32_t> ids);

 private:
  // A micro-batch in the making. Its pixels belong to whoever claimed the rows, the rest to who
  // holds mutex_.
  struct Slot {
    std::unique_ptr<BatchBuffer> buffer;
    const Batch* batch = nullptr;
    uint32_t epoch = 0;
    int64_t claimed_rows = 0, finished_rows = 0;
    int64_t failed_row = 0;
    Status status;
    bool finished() const { return finished_rows == batch->rows; }
  };
  // Rows [begin, end) of a slot, to be made by one thread.
  struct Work {
    Slot* slot = nullptr;
    int64_t begin = 0, end = 0;
  };

  Slot* slot(int64_t number) { return &slots_[static_cast<size_t>(number) % slots_.size()]; }
  bool OpenSlot();
  bool Claim(Work* work);
  void Do(const Work& work, PictureScratch* scratch, std::unique_lock<std::mutex>* lock);
  void RunThread();

  const Dataset* data_;
  BatchBuffer gathered_;  // of a set that is not read ahead
  LoadOrder order_;
  int64_t rows_per_claim_;
  PictureScratch scratch_;  // the caller's

  std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::condition_variable finished_;
  std::vector<Slot> slots_;  // micro-batch n is in slot n modulo their number
  int64_t opened_ = 0;       // micro-batches that the order has given
  int64_t given_ = 0;        // those given to the caller, the last of which it still holds
  bool ended_ = false;       // the order has no more
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_LOADER_H_
