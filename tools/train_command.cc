#include <memory>

#include "core/config/load_config.h"
#include "core/data/build_dataset.h"
#include "core/device/gpu.h"
#include "tools/command.h"
#include "tools/flags.h"
#include "tools/run_folder.h"
#include "tools/training_run.h"

namespace lockstep {
namespace {

struct TrainFlags {
  std::string config_path;
  std::vector<std::string> sets;
  std::string device = "auto";
  std::string resume_folder;
  TrainingRunOptions options;
};

Status TrainFromFlags(TrainFlags flags) {
  const bool resume = !flags.resume_folder.empty();
  if (resume == !flags.config_path.empty()) {
    return UsageError("train needs a config file, or --resume RUN_DIR, and not both");
  }
  if (resume && !flags.options.run_folder.empty()) {
    return UsageError("--resume goes on in the folder it names; leave --run-dir out, or copy the "
                      "run folder and resume the copy");
  }
  if (flags.device == "cuda") {
    LOCKSTEP_RETURN_IF_ERROR(Annotate(CountGpus().status(), "--device cuda"));
    return DeviceError("--device cuda: training on GPUs is not there yet; use --device cpu");
  }
  const std::string path =
      resume ? flags.resume_folder + "/config.textproto" : flags.config_path;
  Launcher launcher;
  flags.options.launcher = &launcher;
  const StatusOr<Config> loaded = LoadConfig(path, flags.sets);
  LOCKSTEP_RETURN_IF_ERROR(launcher.Agree(loaded.status()));
  const Config& config = *loaded;
  flags.options.resume = resume;
  if (resume) flags.options.run_folder = flags.resume_folder;
  if (flags.options.run_folder.empty()) {
    flags.options.run_folder = DefaultRunFolder(config.name());
  }
  const bool with_test = config.data().validation().test();
  LOCKSTEP_RETURN_IF_ERROR(launcher.Agree(ChooseRanks(config, flags.options.ranks).status()));
  const StatusOr<DatasetSplits> data =
      BuildDatasets(config, {.train = true, .test = with_test});
  LOCKSTEP_RETURN_IF_ERROR(launcher.Agree(data.status()));
  for (const std::string& note : data->notes) {
    if (!flags.options.quiet && PrintsForAllRanks()) std::printf("%s\n", note.c_str());
  }
  return RunTraining(config, *data, flags.options).status();
}

}  // namespace

CommandBody AddTrainCommand(CLI::App* app) {
  auto flags = std::make_shared<TrainFlags>();
  app->add_option("CONFIG", flags->config_path, "Config file, as examples/mnist.textproto");
  app->add_option("--run-dir", flags->options.run_folder,
                  "Folder for logs, checkpoints and results (default: runs/NAME-TIME)")
      ->option_text("DIR");
  AddRanksFlag(app, &flags->options.ranks);
  app->add_option("--device", flags->device,
                  "Device of every rank: auto, cpu or cuda (default: auto)")
      ->option_text("DEVICE")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  AddSetFlag(app, &flags->sets);
  app->add_option("--resume", flags->resume_folder,
                  "Go on with the run of this folder, with its config")
      ->option_text("DIR");
  app->add_option("--trace", flags->options.trace_file,
                  "Write a Chrome trace of the first steps of all ranks, for ui.perfetto.dev")
      ->option_text("FILE");
  app->add_flag_callback(
      "--no-checkpoints", [flags] { flags->options.checkpoints = false; },
      "Write no checkpoint: the run cannot be resumed or evaluated");
  app->add_flag("--quiet", flags->options.quiet, "Print nothing but errors");
  return [flags] { return TrainFromFlags(*flags); };
}

}  // namespace lockstep
