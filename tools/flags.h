// What the flags of all commands share: how help is printed, and the flags that several have.
#ifndef LOCKSTEP_TOOLS_FLAGS_H_
#define LOCKSTEP_TOOLS_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// Help in 80 columns: names at the left, descriptions wrapped beside them. A flag's value is called
// what its option_text() says.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_usage(const CLI::Option* option) const override;
  std::string make_subcommand(const CLI::App* command) const override;
};

// The error for a command that is not named, and for a flag that the command does not have, with
// the nearest that it has; CLI11 would name it together with arguments that it only displaced.
Status CheckNames(const CLI::App& app, int argc, char** argv);

// --set TEXT, as often as one likes, each with one text.
void AddSetFlag(CLI::App* app, std::vector<std::string>* sets);

// --ranks N of the commands that train.
void AddRanksFlag(CLI::App* app, int* ranks);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_FLAGS_H_
