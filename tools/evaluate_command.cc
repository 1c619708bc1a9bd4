#include <cstdio>
#include <memory>

#include "core/base/file.h"
#include "core/optim/l2_penalty.h"
#include "distributed/comm/local_communicator.h"
#include "distributed/train/evaluator.h"
#include "distributed/train/run_log.h"
#include "nlohmann/json.hpp"
#include "tools/command.h"
#include "tools/flags.h"
#include "tools/run_folder.h"

namespace lockstep {
namespace {

struct EvaluateFlags {
  std::string run_folder;
  std::string data_config;
  std::vector<std::string> sets;
};

using Metrics = std::vector<std::pair<std::string, double>>;

// Adds the test metrics to the run's summary.json, if the run has one.
Status AddToSummary(const std::string& folder, const Metrics& metrics) {
  const std::string path = JoinPath(folder, "summary.json");
  if (!FileExists(path)) return OkStatus();
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  auto summary = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!summary.is_object()) {
    return BadDataError(path + ": not a JSON object; remove it or restore it");
  }
  summary.erase("test");
  for (const auto& [name, value] : metrics) summary["test"][name] = value;
  return WriteFileAtomically(path, summary.dump(1) + "\n");
}

Status Evaluate(const EvaluateFlags& flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(OpenedRun run,
                            OpenRun(flags.run_folder, flags.sets, flags.data_config));
  const auto communicators = MakeLocalCommunicators(1);
  Evaluator evaluator(run.replica.graph.get(), &run.data.test, communicators[0].get(),
                      run.max_rows);
  LOCKSTEP_ASSIGN_OR_RETURN(LossSums sums, evaluator.Run(run.replica.weights.data()));
  sums.loss += static_cast<double>(run.data.test.size) *
               L2Penalty(run.config.optimizer(), run.replica.graph->layout(),
                         run.replica.weights.data(), run.replica.ops.get());
  const Metrics metrics = NamedMetrics(run.config, sums, run.data.test.size, "");
  std::printf("test samples %lld\n", static_cast<long long>(run.data.test.size));
  for (const auto& [name, value] : metrics) std::printf("test %s %.4f\n", name.c_str(), value);
  const bool of_the_run = flags.data_config.empty() && flags.sets.empty();
  return of_the_run ? AddToSummary(flags.run_folder, metrics) : OkStatus();
}

}  // namespace

CommandBody AddEvaluateCommand(CLI::App* app) {
  auto flags = std::make_shared<EvaluateFlags>();
  app->add_option("RUN_DIR", flags->run_folder, "Folder of a run, as train names it")->required();
  app->add_option("--data", flags->data_config, "Use the data of this config file instead")
      ->option_text("CONFIG");
  AddSetFlag(app, &flags->sets);
  return [flags] { return Evaluate(*flags); };
}

}  // namespace lockstep
