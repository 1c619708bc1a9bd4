// RunLog: the run folder's config.textproto, steps.jsonl, history.json and summary.json, and what
// the terminal shows. Rank 0 alone has one.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_RUN_LOG_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_RUN_LOG_H_

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/train/epoch_timing.h"
#include "distributed/train/folder_lock.h"
#include "distributed/train/step_record.h"
#include "distributed/train/timing_file.h"
#include "distributed/train/verdict.h"
#include "proto/config.pb.h"

namespace lockstep {

// What summary.json says of the run as a whole.
struct RunFacts {
  int64_t parameters = 0;
  int ranks = 1;
  std::string communicator;
  int64_t microbatches = 1;
  std::string device;
  double seconds = 0;
  double samples_per_second = 0;
  int64_t steps = 0;
  uint64_t weights_hash = 0;
  int decode_threads = 0;  // per rank; 0: samples need only be copied
};

// How to open a RunLog.
struct RunLogOptions {
  std::string folder;
  int64_t train_samples = 1;  // for the progress line
  std::string heading = "";   // a line that is shown before the first step's
  std::string data = "";      // what data.json will hold (data_description.h)
  bool quiet = false;
  bool resume = false;        // the folder holds a run, which goes on
  int64_t resume_step = 0;    // keep the folder's records up to this step and add to them
};

// One thread at a time.
class RunLog {
 public:
  // Makes the folder and locks it. A folder made so goes with this object if it stayed empty, as
  // when the training is refused before Start. Errors: CannotWriteError, also if the folder is in
  // use.
  static StatusOr<std::unique_ptr<RunLog>> Open(const RunLogOptions& options, const Config& config);
  ~RunLog();

  // Writes config.textproto and opens steps.jsonl, before the first step: a training that is
  // refused changes nothing in the folder. A run that the folder holds is set aside unless it is
  // resumed: two runs are never mixed. Errors: CannotWriteError; BadDataError if records that are
  // to be kept cannot be read.
  Status Start();
  // Appends to steps.jsonl; shows progress on a terminal.
  Status Steps(const std::vector<StepSummary>& steps);
  // Adds to history.json and timing.json (rewritten atomically at most once a second) and prints
  // the epoch's line, and its verdict below it where the cause is not that of the epoch before.
  Status Epoch(const EpochSummary& epoch, const EpochTiming& timing);
  // Brings what the folder holds up to date, on the disk: before a checkpoint, which needs it.
  Status Sync();
  // Writes the last history.json and summary.json.
  Status Finish(const RunFacts& facts);

  const std::string& folder() const { return folder_; }
  const std::map<std::string, std::vector<double>>& history() const { return history_; }

 private:
  // The part of rank 0's steps, so far, in which it waited for samples.
  double input_share() const { return steps_ns_ > 0 ? input_ns_ / steps_ns_ : 0; }
  RunLog(const RunLogOptions& options, const Config& config);

  Status StepsError() const;
  // Reads history.json and cuts it and steps.jsonl back to `step`.
  Status KeepUntil(int64_t step);

  // The line of the epoch that goes on, anew; at most ten times a second.
  void ShowProgress(const StepSummary& step);
  void ShowEpoch(const EpochSummary& epoch, const Verdict& verdict);
  void ClearProgress();
  Status WriteHistory();

  std::string folder_;
  FolderLock lock_;
  std::vector<std::string> made_folders_;  // by Open, the innermost first
  Config config_;
  int64_t steps_per_epoch_;
  std::string heading_;
  std::string data_;
  bool resume_;
  int64_t resume_step_;  // done before this process
  bool quiet_;
  int columns_;  // of the terminal, 0 if there is none
  bool progress_shown_ = false;  // a line without its end
  int64_t start_ns_;
  int64_t epoch_start_ns_;
  int64_t last_progress_ns_;
  int64_t last_history_ns_ = 0;
  bool history_written_ = true;  // as it is in history_
  double input_ns_ = 0, steps_ns_ = 0;
  std::FILE* steps_file_ = nullptr;
  std::string line_buffer_;
  std::map<std::string, std::vector<double>> history_;
  TimingFile timing_;
  std::string verdict_;  // of the last epoch
  std::optional<Cause> shown_cause_;
};

// The history's names and values of the metrics in `config`, each prefixed by `prefix`: loss,
// accuracy, mean_absolute_error ...
std::vector<std::pair<std::string, double>> NamedMetrics(const Config& config, const LossSums& sums,
                                                         int64_t samples,
                                                         const std::string& prefix);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_RUN_LOG_H_
