// lockstep: the command line. Each row of the table is a command; its code is in
// tools/NAME_command.cc.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/out_of_memory.h"
#include "core/base/printable.h"
#include "core/base/status.h"
#include "distributed/train/build_info.h"
#include "tools/command.h"
#include "tools/flags.h"
#include "tools/launch.h"

namespace lockstep {
namespace {

struct Command {
  const char* name;
  const char* summary;
  CommandBody (*add)(CLI::App* app);
  bool on_all_ranks;  // under mpirun; the others run on rank 0 alone
};

constexpr Command kCommands[] = {
    {"train", "Train the network of a config file", AddTrainCommand, true},
    {"evaluate", "Loss and metrics of a run's network on the test set", AddEvaluateCommand, false},
    {"predict", "A run's predictions for samples of the test set", AddPredictCommand, false},
    {"summary", "Layers, shapes and parameters; memory and bytes per step", AddSummaryCommand,
     false},
    {"crossval", "K-fold cross-validation: one training per fold, the mean curve",
     AddCrossvalCommand, true},
    {"data", "List, download, verify and show the data sets that are known", AddDataCommand,
     false},
    {"report", "One self-contained report.html of one run or several", AddReportCommand, false},
    {"export", "A run's weights as a file for other programs", AddExportCommand, false},
    {"scale", "Measure what more ranks bring and why, predict further ones; ends with a page",
     AddScaleCommand, false},
    {"simulate", "What more GPUs would bring, by a hardware sheet", AddSimulateCommand, false},
    {"replay", "Predict published scaling measurements and score the predictions",
     AddReplayCommand, false},
};

// CLI11 reports by exceptions; this is the one place that meets them.
Status ParseFlags(CLI::App* app, int argc, char** argv, bool* done) {
  try {
    app->parse(argc, argv);
  } catch (const CLI::Success& help) {  // --help, --version
    if (PrintsForAllRanks()) app->exit(help);
    *done = true;
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    for (char& c : message) c = c == '\n' ? ' ' : c;
    const std::string command = argc > 1 && argv[1][0] != '-' ? std::string(argv[1]) + " " : "";
    return UsageError(message + "; see lockstep " + command + "--help");
  }
  return OkStatus();
}

// CLI11 would only say that a subcommand is missing.
Status CheckCommandName(int argc, char** argv) {
  if (argc > 1 && argv[1][0] == '-') return OkStatus();
  const std::string found = argc > 1 ? argv[1] : "";
  std::string names;
  for (const Command& command : kCommands) {
    if (found == command.name) return OkStatus();
    names += (names.empty() ? "" : ", ") + std::string(command.name);
  }
  if (argc < 2) return UsageError("expected a command: " + names + "; see lockstep --help");
  return UsageError("no command is named \"" + found + "\"; expected one of " + names);
}

Status Run(int argc, char** argv) {
  LOCKSTEP_RETURN_IF_ERROR(CheckCommandName(argc, argv));
  CLI::App app("lockstep trains neural networks on many ranks at once, with the same\n"
               "bits for any number of them.",
               "lockstep");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer("lockstep COMMAND --help tells more.");
  app.set_version_flag("--version", "lockstep " + LockstepVersion());
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, CommandBody>> bodies;
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->footer("");
    sub->group("Commands");
    bodies.emplace_back(sub, command.add(sub));
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckNames(app, argc, argv));
  bool done = false;
  LOCKSTEP_RETURN_IF_ERROR(ParseFlags(&app, argc, argv, &done));
  if (done) return OkStatus();
  for (size_t i = 0; i < bodies.size(); ++i) {
    const auto& [sub, body] = bodies[i];
    if (!sub->parsed()) continue;
    return kCommands[i].on_all_ranks || PrintsForAllRanks() ? body() : OkStatus();
  }
  return OkStatus();
}

// What was printed may still be on its way, to a disk that is full.
Status FlushOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return OkStatus();
  return IoError("standard output took only a part of what was printed; is its disk full?");
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  lockstep::EndWhenOutOfMemory();
  lockstep::Status status = lockstep::Run(argc, argv);
  if (status.ok()) status = lockstep::FlushOutput();
  if (lockstep::IsReportedByRankZero(status)) return 0;
  if (!status.ok() && lockstep::PrintsForAllRanks()) {
    const std::string message(status.message());
    std::fprintf(stderr, "lockstep: %s\n", lockstep::Printable(message, SIZE_MAX).c_str());
  }
  return static_cast<int>(lockstep::ExitCodeOf(status));
}
