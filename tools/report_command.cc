#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <utility>

#include "core/base/file.h"
#include "core/data/picture_reader.h"
#include "core/data/read_pixels.h"
#include "core/data/show.h"
#include "distributed/comm/local_communicator.h"
#include "distributed/report/confusion.h"
#include "distributed/report/read_run.h"
#include "distributed/report/report_page.h"
#include "distributed/report/scaling_page.h"
#include "distributed/scaling/scaling_result.h"
#include "distributed/train/evaluator.h"
#include "tools/command.h"
#include "tools/run_folder.h"

namespace lockstep {
namespace {

struct ReportFlags {
  std::vector<std::string> folders;
  std::string scaling;
  std::string out;
};

// The sample's picture if the set holds images. One whose file is gone by now is not shown.
Picture PictureOf(const Dataset& data, int64_t sample) {
  const auto& shape = data.format.shape;
  if (data.format.encoding != Encoding::kUint8 || shape.size() != 3) return {};
  Picture picture = {shape[0], shape[1], shape[2], {}};
  picture.pixels.resize(static_cast<size_t>(data.format.features()));
  PictureScratch scratch;
  const Status read =
      ReadPixels(data, static_cast<uint32_t>(sample), /*epoch=*/0, &scratch, picture.pixels.data());
  return read.ok() ? picture : Picture{};
}

// Predictions of the whole test set.
StatusOr<Predictions> Predict(OpenedRun* run) {
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
  LOCKSTEP_ASSIGN_OR_RETURN(predictions.values,
                            evaluator.Predict(run->replica.weights.data(), ids));
  predictions.labels = test.labels;
  predictions.targets = test.targets;
  return predictions;
}

// The samples by picture or by text. Without the file of words the page shows no texts.
std::vector<ShownSample> Shown(const OpenedRun& run, const std::vector<int64_t>& indices) {
  constexpr size_t kMaxWords = 250;
  const StatusOr<std::vector<std::string>> texts =
      SampleTexts(run.config.data(), /*test=*/true, indices, kMaxWords);
  if (!texts.ok()) {
    std::printf("without texts: %s\n", std::string(texts.status().message()).c_str());
  }
  std::vector<ShownSample> shown;
  for (size_t i = 0; i < indices.size(); ++i) {
    const std::string text = texts.ok() && i < texts->size() ? (*texts)[i] : "";
    shown.push_back({indices[i], PictureOf(run.data.test, indices[i]), text});
  }
  return shown;
}

// Adds the first samples of the test set and the worst mistakes.
void ShowSamples(const OpenedRun& run, Predictions* predictions) {
  const bool pictures = run.data.test.format.encoding == Encoding::kUint8;
  const int64_t most = pictures ? 24 : 12;
  std::vector<int64_t> indices(static_cast<size_t>(std::min(most, predictions->count)));
  std::iota(indices.begin(), indices.end(), int64_t{0});
  const std::vector<int64_t> mistakes = MostConfidentMistakes(*predictions, most);
  indices.insert(indices.end(), mistakes.begin(), mistakes.end());
  std::vector<ShownSample> shown = Shown(run, indices);
  const auto middle = shown.end() - static_cast<ptrdiff_t>(mistakes.size());
  predictions->mistakes.assign(middle, shown.end());
  shown.erase(middle, shown.end());
  predictions->samples = std::move(shown);
}

Status ReportScaling(const ReportFlags& flags) {
  if (!flags.folders.empty() || !flags.out.empty()) {
    return UsageError(
        "--scaling: expected neither RUN_DIR nor --out beside it: the page goes into "
        "the folder that it names");
  }
  const std::string path = JoinPath(flags.scaling, "scaling.json");
  if (!FileExists(path)) {
    return MissingInputError(flags.scaling +
                             ": found no scaling.json; expected a folder of lockstep scale");
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  LOCKSTEP_ASSIGN_OR_RETURN(const ScalingResult result, ParseScalingJson(text, path));
  LOCKSTEP_RETURN_IF_ERROR(WriteScalingPage(result, flags.scaling));
  std::printf("wrote %s, and its pictures as SVG and CSV\n",
              JoinPath(flags.scaling, "scaling.html").c_str());
  return OkStatus();
}

Status ReportRuns(const ReportFlags& flags) {
  if (flags.folders.empty()) {
    return UsageError("expected RUN_DIR, or --scaling DIR; see lockstep report --help");
  }
  std::vector<RunReport> runs;
  for (const std::string& folder : flags.folders) {
    LOCKSTEP_ASSIGN_OR_RETURN(RunReport report, ReadRun(folder));
    if (!report.crossval) {
      StatusOr<OpenedRun> run = OpenRun(folder, {}, "");
      if (run.ok()) {
        LOCKSTEP_ASSIGN_OR_RETURN(report.predictions, Predict(&*run));
        ShowSamples(*run, &*report.predictions);
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
  app->add_option("RUN_DIR", flags->folders,
                  "Folders of runs or cross-validations; several are compared");
  app->add_option("--scaling", flags->scaling,
                  "Instead: scaling.html and its pictures, of a folder of lockstep scale")
      ->option_text("DIR");
  app->add_option("--out", flags->out, "File to write (default: report.html in the first folder)")
      ->option_text("FILE");
  return [flags] { return flags->scaling.empty() ? ReportRuns(*flags) : ReportScaling(*flags); };
}

}  // namespace lockstep
