#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>

#include "core/base/file.h"
#include "distributed/comm/local_communicator.h"
#include "distributed/train/evaluator.h"
#include "tools/command.h"
#include "tools/predict_pictures.h"
#include "tools/prediction_table.h"
#include "tools/run_folder.h"

namespace lockstep {
namespace {

struct PredictFlags {
  std::string run_folder;
  std::string data_config;
  std::string out;
  int64_t count = 0;  // 0: ten on the terminal, all into a file
  std::vector<std::string> images;
  bool invert = false;
};

Status Predict(const PredictFlags& flags) {
  if (!flags.images.empty()) {
    if (!flags.out.empty() || !flags.data_config.empty() || flags.count > 0) {
      return UsageError("predict: --count, --data and --out are for test samples; with --image "
                        "drop them");
    }
    return PredictPictures({flags.run_folder, flags.images, flags.invert});
  }
  LOCKSTEP_ASSIGN_OR_RETURN(OpenedRun run, OpenRun(flags.run_folder, {}, flags.data_config));
  const int64_t wanted = flags.count > 0 ? flags.count : (flags.out.empty() ? 10 : INT64_MAX);
  std::vector<uint32_t> ids(static_cast<size_t>(std::min(wanted, run.data.test.size)));
  std::iota(ids.begin(), ids.end(), 0u);
  const auto communicators = MakeLocalCommunicators(1);
  Evaluator evaluator(run.replica.graph.get(), &run.data.test, communicators[0].get(),
                      run.max_rows);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<float> predictions,
                            evaluator.Predict(run.replica.weights.data(), ids));
  const PredictedSamples predicted = {.samples = &run.data.test,
                                      .class_names = &run.data.class_names,
                                      .outputs = predictions,
                                      .width = predictions.size() / ids.size()};
  if (flags.out.empty()) {
    std::fputs(ShortTable(predicted).c_str(), stdout);
    return OkStatus();
  }
  LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(flags.out, FullTable(predicted)));
  if (IsStandardOutput(flags.out)) return OkStatus();
  std::printf("wrote %zu predictions to %s\n", ids.size(), flags.out.c_str());
  return OkStatus();
}

}  // namespace

CommandBody AddPredictCommand(CLI::App* app) {
  auto flags = std::make_shared<PredictFlags>();
  app->add_option("RUN_DIR", flags->run_folder, "Folder of a run, as train names it")->required();
  app->add_option("--count", flags->count, "The first N test samples (default: 10, all with --out)")
      ->option_text("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
  app->add_option("--out", flags->out,
                  "CSV file to write instead of the terminal, with the probability of every "
                  "class; above five, with the five best")
      ->option_text("FILE");
  app->add_option("--data", flags->data_config, "Use the data of this config file instead")
      ->option_text("CONFIG");
  auto* images = app->add_option("--image", flags->images,
                                 "Pictures (JPEG, PNG) to classify instead of test samples: the "
                                 "middle, scaled to the network's size, grey where it takes grey; "
                                 "the config divides and normalises the pixels, 0 to 255");
  images->option_text("FILE...");
  app->add_flag("--invert", flags->invert,
                "Takes 255 minus every pixel of --image: a digit drawn dark on light becomes "
                "light on dark, as MNIST's are")
      ->needs(images);
  return [flags] { return Predict(*flags); };
}

}  // namespace lockstep
