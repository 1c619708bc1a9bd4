#include <cstdio>
#include <memory>

#include "core/base/file.h"
#include "core/io/weights_file.h"
#include "tools/command.h"
#include "tools/run_folder.h"

namespace lockstep {
namespace {

struct ExportFlags {
  std::string run_folder;
  std::string format = "npz";
  std::string out;
};

Status Export(const ExportFlags& flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(const OpenedWeights run, OpenWeights(flags.run_folder));
  LOCKSTEP_RETURN_IF_ERROR(WriteWeights(flags.out, run.layout, run.weights.data()));
  if (IsStandardOutput(flags.out)) return OkStatus();
  std::printf("wrote %lld parameters to %s\n",
              static_cast<long long>(run.layout.parameter_count()), flags.out.c_str());
  return OkStatus();
}

}  // namespace

CommandBody AddExportCommand(CLI::App* app) {
  auto flags = std::make_shared<ExportFlags>();
  app->add_option("RUN_DIR", flags->run_folder, "Folder of a run, as train names it")->required();
  app->add_option("--format", flags->format, "npz: float32 arrays with Keras' names (default: npz)")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"npz"}));
  app->add_option("--out", flags->out, "File to write; required")->option_text("FILE")->required();
  return [flags] { return Export(*flags); };
}

}  // namespace lockstep
