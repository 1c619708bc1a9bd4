#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <utility>

#include "core/base/file.h"
#include "distributed/comm/local_communicator.h"
#include "distributed/report/read_run.h"
#include "distributed/report/report_page.h"
#include "distributed/train/evaluator.h"
#include "tools/command.h"
#include "tools/run_folder.h"

namespace lockstep {
namespace {

struct ReportFlags {
  std::vector<std::string> folders;
  std::string out;
};

// The sample's picture if the set holds images.
Picture PictureOf(const Dataset& data, uint32_t sample) {
  const auto& shape = data.format.shape;
  if (data.format.encoding != Encoding::kUint8 || shape.size() != 3) return {};
  const size_t features = static_cast<size_t>(data.format.features());
  const auto begin = data.bytes.begin() + static_cast<int64_t>(sample * features);
  return {shape[0], shape[1], shape[2], {begin, begin + static_cast<int64_t>(features)}};
}

// Predictions of the whole test set, with the pictures of its first samples and first mistakes.
Predictions Predict(OpenedRun* run) {
  const Dataset& test = run->data.test;
  std::vector<uint32_t> ids(static_cast<size_t>(test.size));
  std::iota(ids.begin(), ids.end(), 0u);
  const auto communicators = MakeLocalCommunicators(1);
  Evaluator evaluator(run->replica.graph.get(), &test, communicators[0].get(), run->max_rows);
  Predictions predictions;
  predictions.count = test.size;
  predictions.outputs = run->replica.graph->outputs();
  predictions.classes = test.format.classes;
  predictions.class_names = run->data.class_names;
  predictions.values = evaluator.Predict(run->replica.weights.data(), ids);
  predictions.labels = test.labels;
  predictions.targets = test.targets;
  constexpr uint32_t kShown = 24;
  for (uint32_t i = 0; i < std::min<int64_t>(kShown, test.size); ++i) {
    predictions.samples.push_back({i, PictureOf(test, i), ""});
  }
  const size_t outputs = static_cast<size_t>(predictions.outputs);
  for (uint32_t i = 0; test.format.classes > 0 && outputs > 1 && i < test.size; ++i) {
    if (predictions.mistakes.size() == kShown) break;
    const float* row = predictions.values.data() + i * outputs;
    if (std::max_element(row, row + outputs) - row == test.labels[i]) continue;
    predictions.mistakes.push_back({i, PictureOf(test, i), ""});
  }
  return predictions;
}

Status Report(const ReportFlags& flags) {
  std::vector<RunReport> runs;
  for (const std::string& folder : flags.folders) {
    LOCKSTEP_ASSIGN_OR_RETURN(RunReport report, ReadRun(folder));
    if (!report.crossval) {
      StatusOr<OpenedRun> run = OpenRun(folder, {}, "");
      if (run.ok()) {
        report.predictions = Predict(&*run);
      } else {  // the curves are worth a page without predictions
        std::printf("without predictions: %s\n", std::string(run.status().message()).c_str());
      }
    }
    runs.push_back(std::move(report));
  }
  const std::string out =
      flags.out.empty() ? JoinPath(flags.folders.front(), "report.html") : flags.out;
  LOCKSTEP_RETURN_IF_ERROR(WriteReport(runs, out));
  std::printf("wrote %s\n", out.c_str());
  return OkStatus();
}

}  // namespace

CommandBody AddReportCommand(CLI::App* app) {
  auto flags = std::make_shared<ReportFlags>();
  app->add_option("RUN_DIR", flags->folders, "Folders of runs; several are compared")->required();
  app->add_option("--out", flags->out, "File to write (default: report.html in the first folder)");
  return [flags] { return Report(*flags); };
}

}  // namespace lockstep
