#include <cstdio>
#include <memory>

#include "core/base/file.h"
#include "core/config/load_config.h"
#include "core/data/build_dataset.h"
#include "nlohmann/json.hpp"
#include "tools/command.h"
#include "tools/flags.h"
#include "tools/launch.h"
#include "tools/run_folder.h"
#include "tools/training_run.h"

namespace lockstep {
namespace {

struct CrossvalFlags {
  std::string config_path;
  std::vector<std::string> sets;
  uint32_t folds = 4;
  TrainingRunOptions options;
};

using FoldCurves = std::map<std::string, std::vector<std::vector<double>>>;

// The mean over folds, epoch by epoch.
std::vector<double> MeanCurve(const std::vector<std::vector<double>>& folds) {
  std::vector<double> mean(folds.front().size());
  for (const std::vector<double>& fold : folds) {
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += fold[i];
  }
  for (double& value : mean) value /= static_cast<double>(folds.size());
  return mean;
}

Status WriteCrossval(const std::string& folder, uint32_t folds, const FoldCurves& curves) {
  nlohmann::ordered_json page;
  page["folds"] = folds;
  for (const auto& [name, per_fold] : curves) {
    if (name == "seconds" || name == "learning_rate") continue;
    page["per_fold"][name] = per_fold;
    page["mean"][name] = MeanCurve(per_fold);
    if (name.rfind("val_", 0) == 0) {
      std::printf("mean over %u folds: %s %.4f\n", folds, name.c_str(),
                  MeanCurve(per_fold).back());
      if (name != "val_loss") page["metric"] = name;
    }
  }
  LOCKSTEP_RETURN_IF_ERROR(
      WriteFileAtomically(JoinPath(folder, "crossval.json"), page.dump(1) + "\n"));
  std::printf("cross-validation folder: %s\n", folder.c_str());
  return OkStatus();
}

Status Crossval(const CrossvalFlags& flags) {
  Launcher launcher;
  StatusOr<Config> loaded = LoadConfig(flags.config_path, flags.sets);
  LOCKSTEP_RETURN_IF_ERROR(launcher.Agree(loaded.status()));
  Config& config = *loaded;
  const std::string folder = flags.options.run_folder.empty()
                                 ? DefaultRunFolder(config.name() + "-crossval")
                                 : flags.options.run_folder;
  FoldCurves curves;
  for (uint32_t fold = 0; fold < flags.folds; ++fold) {
    config.mutable_data()->mutable_validation()->set_fold(fold);
    config.mutable_data()->mutable_validation()->set_folds(flags.folds);
    const StatusOr<DatasetSplits> data = BuildDatasets(config, {.train = true, .test = false});
    LOCKSTEP_RETURN_IF_ERROR(launcher.Agree(data.status()));
    TrainingRunOptions options = flags.options;
    options.launcher = &launcher;
    options.run_folder = JoinPath(folder, "fold-" + std::to_string(fold));
    if (!options.quiet && PrintsForAllRanks()) std::printf("fold %u of %u\n", fold, flags.folds);
    LOCKSTEP_ASSIGN_OR_RETURN(const History history, RunTraining(config, *data, options));
    for (const auto& [name, values] : history) curves[name].push_back(values);
  }
  return PrintsForAllRanks() ? WriteCrossval(folder, flags.folds, curves) : OkStatus();
}

}  // namespace

CommandBody AddCrossvalCommand(CLI::App* app) {
  auto flags = std::make_shared<CrossvalFlags>();
  app->add_option("CONFIG", flags->config_path, "Config file, as examples/boston.textproto")
      ->required();
  app->add_option("--folds", flags->folds, "Number of folds (default: 4)")
      ->option_text("K")
      ->check(CLI::Range(2, 1000));
  app->add_option("--run-dir", flags->options.run_folder,
                  "Folder for crossval.json and one run per fold (default: "
                  "runs/NAME-crossval-TIME)")
      ->option_text("DIR");
  AddRanksFlag(app, &flags->options.ranks);
  AddSetFlag(app, &flags->sets);
  app->add_flag("--quiet", flags->options.quiet, "Print only the mean and errors");
  return [flags] { return Crossval(*flags); };
}

}  // namespace lockstep
