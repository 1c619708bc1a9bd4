#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/data/class_label.h"
#include "distributed/comm/local_communicator.h"
#include "distributed/train/evaluator.h"
#include "tools/command.h"
#include "tools/predict_pictures.h"
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

// `text` as one field of a CSV file (RFC 4180).
std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? "\"\"" : std::string(1, c);
  return field + "\"";
}

std::string ClassField(const OpenedRun& run, int64_t label) {
  return CsvField(ClassLabel(run.data.class_names, label));
}

// "label,predicted,probability" of a class prediction, "target,predicted" of a regression; several
// outputs of a regression are separated by blanks.
std::string Row(const OpenedRun& run, size_t sample, std::span<const float> output) {
  if (run.data.test.format.classes == 0) {
    std::string targets, values;
    for (size_t i = 0; i < output.size(); ++i) {
      absl::StrAppendFormat(&targets, "%s%.6g", i == 0 ? "" : " ",
                            run.data.test.targets[sample * output.size() + i]);
      absl::StrAppendFormat(&values, "%s%.6g", i == 0 ? "" : " ", output[i]);
    }
    return targets + "," + values;
  }
  const bool binary = output.size() == 1;
  const int64_t best = binary ? (output[0] > 0.5f ? 1 : 0)
                              : std::max_element(output.begin(), output.end()) - output.begin();
  const float chosen = binary ? (best == 1 ? output[0] : 1 - output[0])
                              : output[static_cast<size_t>(best)];
  return absl::StrFormat("%s,%s,%.6f", ClassField(run, run.data.test.labels[sample]),
                         ClassField(run, best), chosen);
}

std::string Header(const OpenedRun& run) {
  return run.data.test.format.classes == 0 ? "sample,target,predicted\n"
                                           : "sample,label,predicted,probability\n";
}

Status Predict(const PredictFlags& flags) {
  if (!flags.images.empty()) {
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
  const size_t outputs = predictions.size() / ids.size();
  std::string table = Header(run);
  for (size_t i = 0; i < ids.size(); ++i) {
    absl::StrAppendFormat(&table, "%d,%s\n", i,
                          Row(run, i, std::span(predictions).subspan(i * outputs, outputs)));
  }
  if (flags.out.empty()) {
    std::fputs(table.c_str(), stdout);
    return OkStatus();
  }
  LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(flags.out, table));
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
  app->add_option("--out", flags->out, "CSV file to write instead of the terminal")
      ->option_text("FILE");
  app->add_option("--data", flags->data_config, "Use the data of this config file instead")
      ->option_text("CONFIG");
  auto* images = app->add_option("--image", flags->images,
                                 "Pictures (JPEG, PNG) to classify instead of test samples");
  images->option_text("FILE...");
  app->add_flag("--invert", flags->invert,
                "Dark on light becomes light on dark, as MNIST's digits are")
      ->needs(images);
  return [flags] { return Predict(*flags); };
}

}  // namespace lockstep
