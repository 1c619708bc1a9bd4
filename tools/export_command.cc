#include <cstdio>
#include <memory>

#include "core/base/file.h"
#include "core/config/load_config.h"
#include "core/io/onnx_export.h"
#include "core/io/weights_file.h"
#include "core/nn/zoo/zoo.h"
#include "distributed/train/build_info.h"
#include "distributed/train/data_description.h"
#include "tools/command.h"
#include "tools/run_folder.h"

namespace lockstep {
namespace {

struct ExportFlags {
  std::string run_folder;
  std::string format = "npz";
  std::string out;
};

Status WriteNetwork(const ExportFlags& flags, const OpenedWeights& run) {
  LOCKSTEP_ASSIGN_OR_RETURN(
      Config config, LoadConfig(JoinPath(flags.run_folder, "config.textproto"), {}));
  LOCKSTEP_ASSIGN_OR_RETURN(const DataDescription data, ReadDataDescription(flags.run_folder));
  LOCKSTEP_ASSIGN_OR_RETURN(*config.mutable_model(),
                            ExpandModel(config.model(), data.format.classes));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string bytes,
                            ToOnnx({.config = &config,
                                    .format = &data.format,
                                    .layout = &run.layout,
                                    .weights = run.weights.data(),
                                    .version = LockstepVersion()}));
  return WriteFileAtomically(flags.out, bytes);
}

Status Export(const ExportFlags& flags) {
  LOCKSTEP_RETURN_IF_ERROR(ExpectRunFolder(flags.run_folder));
  LOCKSTEP_ASSIGN_OR_RETURN(const OpenedWeights run, OpenWeights(flags.run_folder));
  if (flags.format == "onnx") {
    LOCKSTEP_RETURN_IF_ERROR(WriteNetwork(flags, run));
  } else {
    const WeightsFormat format =
        flags.format == "npz" ? WeightsFormat::kNpz : WeightsFormat::kSafetensors;
    LOCKSTEP_RETURN_IF_ERROR(WriteWeights(flags.out, format, run.layout, run.weights.data()));
  }
  if (IsStandardOutput(flags.out)) return OkStatus();
  std::printf("wrote %lld parameters to %s\n",
              static_cast<long long>(run.layout.parameter_count()), flags.out.c_str());
  return OkStatus();
}

}  // namespace

CommandBody AddExportCommand(CLI::App* app) {
  auto flags = std::make_shared<ExportFlags>();
  app->add_option("RUN_DIR", flags->run_folder, "Folder of a run, as train names it")->required();
  app->add_option("--format", flags->format,
                  "npz (the default), safetensors: arrays with Keras' names; onnx: the network")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"npz", "onnx", "safetensors"}));
  app->add_option("--out", flags->out, "File to write; required")->option_text("FILE")->required();
  return [flags] { return Export(*flags); };
}

}  // namespace lockstep
