#include "tools/run_folder.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <utility>

#include "core/base/file.h"
#include "core/config/load_config.h"
#include "core/data/build_dataset.h"
#include "core/io/checkpoint.h"

namespace lockstep {
namespace {

StatusOr<SavedCheckpoint> NewestOrWarn(const std::string& folder) {
  std::string warning;
  StatusOr<SavedCheckpoint> newest = ReadNewestCheckpoint(CheckpointFolder(folder), &warning);
  PrintWarning(warning);
  return newest;
}

}  // namespace

void PrintWarning(const std::string& warning) {
  if (!warning.empty()) std::fprintf(stderr, "lockstep: warning: %s\n", warning.c_str());
}

std::string CheckpointFolder(const std::string& run_folder) {
  return JoinPath(run_folder, "checkpoints");
}

std::string DefaultRunFolder(const std::string& name) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char stamp[32];
  std::strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local);
  const std::string folder = "runs/" + name + "-" + stamp;
  std::string free = folder;  // two runs may start within a second
  for (int i = 2; FileExists(free); ++i) free = folder + "-" + std::to_string(i);
  return free;
}

Status ExpectRunFolder(const std::string& folder) {
  std::error_code ignored;
  const bool may_be_one = !FileExists(folder) || std::filesystem::is_directory(folder, ignored);
  if (!may_be_one || FileExists(JoinPath(folder, "config.textproto"))) return OkStatus();
  return MissingInputError(folder + ": found no config.textproto; expected the folder of a run");
}

StatusOr<OpenedWeights> OpenWeights(const std::string& folder) {
  LOCKSTEP_ASSIGN_OR_RETURN(const SavedCheckpoint checkpoint, NewestOrWarn(folder));
  std::vector<ParameterSpec> parameters;
  for (const SavedTensor& saved : checkpoint.head().weight()) {
    const std::vector<int64_t> extents(saved.shape().begin(), saved.shape().end());
    parameters.push_back({.name = saved.name(), .shape = Shape(extents)});
  }
  OpenedWeights run{ParameterLayout(std::move(parameters)), {}};
  run.weights = Buffer<float>(static_cast<size_t>(run.layout.size_elems()));
  LOCKSTEP_RETURN_IF_ERROR(GetWeights(checkpoint, run.layout, run.weights.data()));
  return run;
}

StatusOr<Replica> OpenReplica(const std::string& folder, Config config, const SampleFormat& format,
                              int64_t max_rows) {
  config.mutable_training()->clear_initial_weights();  // the checkpoint's are used
  LOCKSTEP_ASSIGN_OR_RETURN(Replica replica, MakeReplica(config, format, max_rows));
  LOCKSTEP_ASSIGN_OR_RETURN(const SavedCheckpoint checkpoint, NewestOrWarn(folder));
  LOCKSTEP_RETURN_IF_ERROR(
      GetWeights(checkpoint, replica.graph->layout(), replica.weights.data()));
  return replica;
}

StatusOr<OpenedRun> OpenRun(const std::string& folder, const std::vector<std::string>& sets,
                            const std::string& data_config) {
  LOCKSTEP_RETURN_IF_ERROR(ExpectRunFolder(folder));
  OpenedRun run;
  run.folder = folder;
  LOCKSTEP_ASSIGN_OR_RETURN(run.config, LoadConfig(JoinPath(folder, "config.textproto"), sets));
  if (!data_config.empty()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const Config other, LoadConfig(data_config, {}));
    *run.config.mutable_data() = other.data();
  }
  const DatasetNeeds needs = {.train = false, .test = true, .decode = false};  // each is read once
  LOCKSTEP_ASSIGN_OR_RETURN(run.data, BuildDatasets(run.config, needs));
  if (run.data.test.size == 0) {
    return UsageError(folder + ": the run's data has no test set; name one with --data CONFIG");
  }
  constexpr int64_t kRows = 256;  // as many samples at a time as keep activations in cache
  run.max_rows = std::min(kRows, run.data.test.size);
  LOCKSTEP_ASSIGN_OR_RETURN(
      run.replica, OpenReplica(folder, run.config, run.data.test.format, run.max_rows));
  return run;
}

}  // namespace lockstep
