// The commands of lockstep: one function each, in a file of its own. A command adds its flags to
// `app` and returns what runs once they are parsed. tools/lockstep.cc holds the table.
#ifndef LOCKSTEP_TOOLS_COMMAND_H_
#define LOCKSTEP_TOOLS_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>

#include "core/base/status.h"

namespace lockstep {

using CommandBody = std::function<Status()>;

CommandBody AddTrainCommand(CLI::App* app);
CommandBody AddEvaluateCommand(CLI::App* app);
CommandBody AddPredictCommand(CLI::App* app);
CommandBody AddSummaryCommand(CLI::App* app);
CommandBody AddCrossvalCommand(CLI::App* app);
CommandBody AddDataCommand(CLI::App* app);
CommandBody AddReportCommand(CLI::App* app);
CommandBody AddExportCommand(CLI::App* app);
CommandBody AddScaleCommand(CLI::App* app);
CommandBody AddReplayCommand(CLI::App* app);
CommandBody AddSimulateCommand(CLI::App* app);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_COMMAND_H_
