#include "distributed/train/run_log.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/config/load_config.h"
#include "distributed/train/build_info.h"
#include "distributed/train/previous_run.h"
#include "distributed/train/progress_text.h"
#include "distributed/train/terminal.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

// What the history has for an epoch of which a value is not known; null in JSON.
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// The most memory that this process has held, in bytes.
int64_t PeakResidentBytes() {
  rusage usage{};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? int64_t{usage.ru_maxrss} * 1024 : 0;
}

void AppendText(std::string_view text, std::string* out) { out->append(text); }

// The shortest text that reads back as the same number. JSON has no NaN or Inf: null.
template <typename T>
void AppendNumber(T value, std::string* out) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  const std::string_view text(digits, static_cast<size_t>(end - digits));
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return AppendText("null", out);
  }
  AppendText(text, out);
}

// Milliseconds with microseconds as decimals, from integers: formatting is part of short steps.
void AppendMs(int64_t ns, std::string* out) {
  const int64_t us = (ns + 500) / 1000;
  AppendNumber(us / 1000, out);
  const int64_t rest = us % 1000;
  if (rest == 0) return;
  const char decimals[4] = {'.', static_cast<char>('0' + rest / 100),
                            static_cast<char>('0' + rest / 10 % 10),
                            static_cast<char>('0' + rest % 10)};
  out->append(decimals, 4);
}

// `keys`: the text before each number, such as `,"input_ms":`.
void AppendPhases(const StepRecord& record, const std::array<std::string, kStepPhases>& keys,
                  std::string* out) {
  for (size_t phase = 0; phase < kStepPhases; ++phase) {
    AppendText(keys[phase], out);
    AppendMs(record.phase_ns[phase], out);
  }
}

std::array<std::string, kStepPhases> PhaseKeys(const std::string& prefix) {
  std::array<std::string, kStepPhases> keys;
  for (size_t phase = 0; phase < kStepPhases; ++phase) {
    keys[phase] = ",\"" + prefix + kStepPhaseNames[phase] + "_ms\":";
  }
  return keys;
}

void AppendStep(const StepSummary& step, std::string* out) {
  AppendText("{\"step\":", out);
  AppendNumber(step.step, out);
  AppendText(",\"epoch\":", out);
  AppendNumber(step.epoch, out);
  AppendText(",\"samples\":", out);
  AppendNumber(step.samples, out);
  AppendText(",\"loss\":", out);
  AppendNumber(step.sums.loss / static_cast<double>(step.samples), out);
  AppendText(",\"learning_rate\":", out);
  AppendNumber(step.learning_rate, out);
  static const auto keys = PhaseKeys(""), slowest_keys = PhaseKeys("max_");
  AppendPhases(step.rank_0, keys, out);
  AppendPhases(step.slowest, slowest_keys, out);
  AppendText("}\n", out);
}

std::string MetricName(MetricFunction::Kind metric) {
  std::string name = MetricFunction::Kind_Name(metric);
  for (char& c : name) c = static_cast<char>(std::tolower(c));
  return name;
}

double MetricSum(MetricFunction::Kind metric, const LossSums& sums) {
  switch (metric) {
    case MetricFunction::TOP_5_ACCURACY: return sums.top_5_correct;
    case MetricFunction::MEAN_ABSOLUTE_ERROR: return sums.absolute_error;
    case MetricFunction::MEAN_SQUARED_ERROR: return sums.squared_error;
    default: return sums.correct;
  }
}

}  // namespace

std::vector<std::pair<std::string, double>> NamedMetrics(const Config& config, const LossSums& sums,
                                                         int64_t samples,
                                                         const std::string& prefix) {
  const double n = static_cast<double>(samples);
  std::vector<std::pair<std::string, double>> named = {{prefix + "loss", sums.loss / n}};
  for (const int metric : config.metric()) {
    const auto kind = static_cast<MetricFunction::Kind>(metric);
    named.emplace_back(prefix + MetricName(kind), MetricSum(kind, sums) / n);
  }
  return named;
}

RunLog::RunLog(const RunLogOptions& options, const Config& config)
    : folder_(options.folder),
      config_(config),
      steps_per_epoch_((options.train_samples + config.training().batch_size() - 1) /
                       config.training().batch_size()),
      heading_(options.heading),
      data_(options.data),
      resume_(options.resume),
      resume_step_(options.resume_step),
      quiet_(options.quiet),
      columns_(TerminalColumns()),
      start_ns_(NowNs()),
      epoch_start_ns_(start_ns_),
      last_progress_ns_(start_ns_ + kSecondNs / 2) {}  // sooner, the time left would be a guess

RunLog::~RunLog() {
  ClearProgress();
  if (steps_file_ != nullptr) std::fclose(steps_file_);
  for (const std::string& folder : made_folders_) ::rmdir(folder.c_str());  // refused if not empty
}

StatusOr<std::unique_ptr<RunLog>> RunLog::Open(const RunLogOptions& options,
                                               const Config& config) {
  std::vector<std::string> made;
  for (std::filesystem::path path = options.folder; !path.empty() && !FileExists(path.string());
       path = path.parent_path()) {
    made.push_back(path.string());
  }
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(options.folder));
  LOCKSTEP_ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Take(options.folder));
  std::unique_ptr<RunLog> log(new RunLog(options, config));
  log->lock_ = std::move(lock);
  log->made_folders_ = std::move(made);
  return log;
}

Status RunLog::Start() {
  if (!resume_) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string aside, SetPreviousRunAside(folder_));
    if (!aside.empty() && !quiet_) {
      std::printf("note: %s held a run; it lies in %s now\n", folder_.c_str(), aside.c_str());
    }
  }
  LOCKSTEP_RETURN_IF_ERROR(
      WriteFileAtomically(JoinPath(folder_, "config.textproto"), ConfigText(config_)));
  if (!data_.empty()) {
    LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(JoinPath(folder_, "data.json"), data_));
  }
  if (resume_step_ > 0) LOCKSTEP_RETURN_IF_ERROR(KeepUntil(resume_step_));
  const std::string steps_path = JoinPath(folder_, "steps.jsonl");
  steps_file_ = std::fopen(steps_path.c_str(), resume_step_ > 0 ? "a" : "w");
  if (steps_file_ == nullptr) {
    return CannotWriteError("cannot write " + steps_path + ": " + std::strerror(errno));
  }
  epoch_start_ns_ = NowNs();
  return OkStatus();
}

Status RunLog::KeepUntil(int64_t step) {
  const std::string steps_path = JoinPath(folder_, "steps.jsonl");
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string lines, ReadFile(steps_path));
  size_t end = 0;
  for (int64_t kept = 0; kept < step; ++kept) {  // line k is step k
    end = lines.find('\n', end);
    if (end == std::string::npos) {
      return BadDataError(absl::StrFormat("%s has %d lines, the checkpoint is of step %d: the "
                                          "folder's files are not of one run",
                                          steps_path, kept, step));
    }
    ++end;
  }
  LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(steps_path, lines.substr(0, end)));
  const std::string history_path = JoinPath(folder_, "history.json");
  const size_t epochs = static_cast<size_t>(step / steps_per_epoch_);
  LOCKSTEP_RETURN_IF_ERROR(
      timing_.KeepUntil(JoinPath(folder_, "timing.json"), static_cast<int64_t>(epochs)));
  if (epochs == 0 || !FileExists(history_path)) return OkStatus();
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(history_path));
  const auto history = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!history.is_object()) return BadDataError(history_path + ": not a JSON object");
  for (const auto& [name, values] : history.items()) {
    if (!values.is_array()) continue;
    std::vector<double>& kept = history_[name];
    kept.assign(epochs, kUnknown);
    for (size_t i = 0; i < std::min(epochs, values.size()); ++i) {
      if (values[i].is_number()) kept[i] = values[i].get<double>();
    }
  }
  return OkStatus();
}

Status RunLog::Steps(const std::vector<StepSummary>& steps) {
  if (!quiet_ && !heading_.empty()) std::printf("%s\n", heading_.c_str());
  heading_.clear();
  line_buffer_.clear();
  for (const StepSummary& step : steps) {
    AppendStep(step, &line_buffer_);
    input_ns_ += static_cast<double>(step.rank_0.phase_ns[kInput]);
    for (const int64_t ns : step.rank_0.phase_ns) steps_ns_ += static_cast<double>(ns);
  }
  const bool written =
      std::fwrite(line_buffer_.data(), 1, line_buffer_.size(), steps_file_) == line_buffer_.size();
  if (!written || std::fflush(steps_file_) != 0) return StepsError();
  if (!steps.empty() && columns_ > 0 && !quiet_) ShowProgress(steps.back());
  return OkStatus();
}

Status RunLog::StepsError() const {
  return IoError("cannot write " + JoinPath(folder_, "steps.jsonl") + ": " + std::strerror(errno));
}

void RunLog::ShowProgress(const StepSummary& step) {
  constexpr int64_t kBetweenNs = kSecondNs / 10;
  const TrainingConfig& training = config_.training();
  const int64_t now = NowNs();
  const int64_t in_epoch = (step.step - 1) % steps_per_epoch_ + 1;
  // The epoch's own line follows its last step.
  if (in_epoch == steps_per_epoch_ || now - last_progress_ns_ < kBetweenNs) return;
  last_progress_ns_ = now;
  int64_t last_step = steps_per_epoch_ * training.epochs();
  if (training.steps() > 0) last_step = std::min<int64_t>(last_step, training.steps());
  const int64_t steps_done = step.step - resume_step_;
  const int64_t done_in_epoch = std::min(in_epoch, steps_done);
  const double epoch_seconds = static_cast<double>(now - epoch_start_ns_) / kSecondNs;
  const double epoch_samples = static_cast<double>(done_in_epoch * training.batch_size());
  const double step_seconds = static_cast<double>(now - start_ns_) / kSecondNs /
                              static_cast<double>(steps_done);
  const EpochProgress progress = {
      .epoch = step.epoch,
      .epochs = training.epochs(),
      .step = in_epoch,
      .steps = steps_per_epoch_,
      .loss = step.sums.loss / static_cast<double>(step.samples),
      .samples_per_second = epoch_samples / epoch_seconds,
      .seconds_left = step_seconds * static_cast<double>(last_step - step.step)};
  std::printf("\r\033[K%s", ProgressLine(progress, columns_).c_str());
  std::fflush(stdout);
  progress_shown_ = true;
}

void RunLog::ClearProgress() {
  if (progress_shown_) std::printf("\r\033[K");
  progress_shown_ = false;
}

void RunLog::ShowEpoch(const EpochSummary& epoch, const Verdict& verdict) {
  std::vector<EpochMetric> metrics;
  for (const auto& [name, value] : NamedMetrics(config_, epoch.sums, epoch.samples, "")) {
    metrics.push_back({name, value, {}});
  }
  if (epoch.validation_samples > 0) {
    const auto validation = NamedMetrics(config_, epoch.validation, epoch.validation_samples, "");
    for (size_t i = 0; i < metrics.size(); ++i) metrics[i].validation = validation[i].second;
  }
  ClearProgress();
  std::printf("%s\n", EpochLine(epoch.epoch, config_.training().epochs(), metrics,
                                epoch.samples_per_second, columns_)
                          .c_str());
  // Said once, not each epoch again; timing.json has them all.
  if (shown_cause_ != verdict.cause) std::printf("  %s\n", verdict.sentence.c_str());
  shown_cause_ = verdict.cause;
  std::fflush(stdout);
}

Status RunLog::Epoch(const EpochSummary& epoch, const EpochTiming& timing) {
  const Verdict verdict = Judge(timing);
  timing_.Add(timing, verdict);
  verdict_ = verdict.sentence;
  if (!quiet_) ShowEpoch(epoch, verdict);
  auto named = NamedMetrics(config_, epoch.sums, epoch.samples, "");
  if (epoch.validation_samples > 0) {
    const auto validation =
        NamedMetrics(config_, epoch.validation, epoch.validation_samples, "val_");
    named.insert(named.end(), validation.begin(), validation.end());
  }
  named.emplace_back("seconds", epoch.seconds);
  named.emplace_back("learning_rate", epoch.learning_rate);
  const size_t epochs = static_cast<size_t>(epoch.epoch);
  for (const auto& [name, value] : named) {
    history_[name].resize(epochs, kUnknown);
    history_[name].back() = value;
  }
  for (auto& [name, values] : history_) values.resize(epochs, kUnknown);  // a metric no more
  history_written_ = false;
  epoch_start_ns_ = NowNs();
  if (epoch_start_ns_ - last_history_ns_ < kSecondNs) return OkStatus();
  return WriteHistory();
}

Status RunLog::WriteHistory() {
  last_history_ns_ = NowNs();
  history_written_ = true;
  LOCKSTEP_RETURN_IF_ERROR(timing_.Write(JoinPath(folder_, "timing.json")));
  return WriteFileAtomically(JoinPath(folder_, "history.json"),
                             nlohmann::json(history_).dump(1) + "\n");
}

Status RunLog::Sync() {
  if (!history_written_) LOCKSTEP_RETURN_IF_ERROR(WriteHistory());
  return ::fsync(::fileno(steps_file_)) == 0 ? OkStatus() : StepsError();
}

Status RunLog::Finish(const RunFacts& facts) {
  LOCKSTEP_RETURN_IF_ERROR(WriteHistory());
  nlohmann::ordered_json summary;
  summary["name"] = config_.name();
  summary["parameters"] = facts.parameters;
  summary["ranks"] = facts.ranks;
  summary["communicator"] = facts.communicator;
  summary["microbatches"] = facts.microbatches;
  summary["device"] = facts.device;
  summary["epochs"] = history_.empty() ? 0 : history_.begin()->second.size();
  summary["steps"] = facts.steps;
  summary["seconds"] = facts.seconds;
  summary["samples_per_second"] = facts.samples_per_second;
  if (facts.decode_threads > 0) {
    summary["decode_threads"] = facts.decode_threads;
    summary["input_share"] = input_share();
  }
  summary["peak_resident_bytes"] = PeakResidentBytes();
  summary["weights_hash"] = HashText(facts.weights_hash);
  for (const auto& [name, values] : history_) {
    if (name != "seconds" && !values.empty()) summary["final"][name] = values.back();
  }
  summary["verdict"] = verdict_;
  for (const auto& [name, version] : BuildVersions()) summary["versions"][name] = version;
  return WriteFileAtomically(JoinPath(folder_, "summary.json"), summary.dump(1) + "\n");
}

}  // namespace lockstep
