#include "distributed/train/run_log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/config/load_config.h"
#include "distributed/train/build_info.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

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
      quiet_(options.quiet),
      terminal_(::isatty(STDOUT_FILENO) == 1),
      epoch_start_ns_(NowNs()) {}

RunLog::~RunLog() {
  if (steps_file_ != nullptr) std::fclose(steps_file_);
}

StatusOr<std::unique_ptr<RunLog>> RunLog::Open(const RunLogOptions& options,
                                               const Config& config) {
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(options.folder));
  LOCKSTEP_RETURN_IF_ERROR(
      WriteFileAtomically(JoinPath(options.folder, "config.textproto"), ConfigText(config)));
  std::unique_ptr<RunLog> log(new RunLog(options, config));
  if (options.resume_step > 0) LOCKSTEP_RETURN_IF_ERROR(log->KeepUntil(options.resume_step));
  const std::string steps_path = JoinPath(options.folder, "steps.jsonl");
  log->steps_file_ = std::fopen(steps_path.c_str(), options.resume_step > 0 ? "a" : "w");
  if (log->steps_file_ == nullptr) {
    return CannotWriteError("cannot write " + steps_path + ": " + std::strerror(errno));
  }
  return log;
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
  if (epochs == 0 || !FileExists(history_path)) return OkStatus();
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(history_path));
  const auto history = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!history.is_object()) return BadDataError(history_path + ": not a JSON object");
  for (const auto& [name, values] : history.items()) {
    for (size_t i = 0; values.is_array() && i < std::min(epochs, values.size()); ++i) {
      if (values[i].is_number()) history_[name].push_back(values[i].get<double>());
    }
  }
  return OkStatus();
}

Status RunLog::Steps(const std::vector<StepSummary>& steps) {
  line_buffer_.clear();
  for (const StepSummary& step : steps) AppendStep(step, &line_buffer_);
  const bool written =
      std::fwrite(line_buffer_.data(), 1, line_buffer_.size(), steps_file_) == line_buffer_.size();
  if (!written || std::fflush(steps_file_) != 0) {
    return IoError("cannot write " + JoinPath(folder_, "steps.jsonl") + ": " +
                   std::strerror(errno));
  }
  if (!steps.empty() && terminal_ && !quiet_) ShowProgress(steps.back());
  return OkStatus();
}

void RunLog::ShowProgress(const StepSummary& step) {
  const int64_t in_epoch = (step.step - 1) % steps_per_epoch_ + 1;
  if (in_epoch == steps_per_epoch_) return;  // the epoch's own line follows
  const double seconds = static_cast<double>(NowNs() - epoch_start_ns_) / kSecondNs;
  const double left = seconds / static_cast<double>(in_epoch) *
                      static_cast<double>(steps_per_epoch_ - in_epoch);
  std::printf("\r\033[Kepoch %d/%d  step %d/%d  loss %.4f  %.0f samples/s  %.0f s left", 
              static_cast<int>(step.epoch), static_cast<int>(config_.training().epochs()),
              static_cast<int>(in_epoch), static_cast<int>(steps_per_epoch_),
              step.sums.loss / static_cast<double>(step.samples),
              static_cast<double>(in_epoch * config_.training().batch_size()) / seconds, left);
  std::fflush(stdout);
}

Status RunLog::Epoch(const EpochSummary& epoch) {
  auto named = NamedMetrics(config_, epoch.sums, epoch.samples, "");
  if (epoch.validation_samples > 0) {
    const auto validation =
        NamedMetrics(config_, epoch.validation, epoch.validation_samples, "val_");
    named.insert(named.end(), validation.begin(), validation.end());
  }
  if (!quiet_) {
    std::string line = absl::StrFormat("epoch %d/%d ", epoch.epoch, config_.training().epochs());
    for (const auto& [name, value] : named) absl::StrAppendFormat(&line, " %s %.4f", name, value);
    absl::StrAppendFormat(&line, "  %.0f samples/s", epoch.samples_per_second);
    std::printf("%s%s\n", terminal_ ? "\r\033[K" : "", line.c_str());
    std::fflush(stdout);
  }
  named.emplace_back("seconds", epoch.seconds);
  named.emplace_back("learning_rate", epoch.learning_rate);
  for (const auto& [name, value] : named) history_[name].push_back(value);
  epoch_start_ns_ = NowNs();
  if (epoch_start_ns_ - last_history_ns_ < kSecondNs) return OkStatus();
  return WriteHistory();
}

Status RunLog::WriteHistory() {
  last_history_ns_ = NowNs();
  return WriteFileAtomically(JoinPath(folder_, "history.json"),
                             nlohmann::json(history_).dump(1) + "\n");
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
  summary["weights_hash"] = HashText(facts.weights_hash);
  for (const auto& [name, values] : history_) {
    if (name != "seconds" && !values.empty()) summary["final"][name] = values.back();
  }
  for (const auto& [name, version] : BuildVersions()) summary["versions"][name] = version;
  return WriteFileAtomically(JoinPath(folder_, "summary.json"), summary.dump(1) + "\n");
}

}  // namespace lockstep
