#include "tools/flags.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "core/base/nearest_name.h"

namespace lockstep {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kNameColumns = 22;

// "  NAME      words ...", the words wrapped in their own column; below NAME if that is long.
std::string Row(const std::string& name, const std::string& description) {
  std::string text = "  " + name;
  size_t column = text.size();
  if (column + 2 > kNameColumns) {
    text += "\n";
    column = 0;
  }
  text.append(kNameColumns - column, ' ');
  column = kNameColumns;
  std::istringstream words(description);
  bool first = true;
  for (std::string word; words >> word; first = false) {
    if (!first && column + 1 + word.size() > kColumns) {
      text += "\n" + std::string(kNameColumns, ' ');
      column = kNameColumns;
    } else if (!first) {
      text += " ";
      ++column;
    }
    text += word;
    column += word.size();
  }
  return text + "\n";
}

// The error where one of the commands of `app` should be named.
Status NoCommand(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands({})) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return UsageError(app.get_name() + ": expected one of " + names);
}

}  // namespace

HelpFormatter::HelpFormatter() {
  label("SUBCOMMAND", "COMMAND");
  label("Positionals", "Arguments");
  label("OPTIONS", "options");
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  return Row(make_option_name(option, is_positional) +
                 (is_positional ? "" : make_option_opts(option)),
             option->get_description());
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  return option->get_type_size() == 0 ? "" : " " + option->get_option_text();
}

std::string HelpFormatter::make_option_usage(const CLI::Option* option) const {
  std::string name = make_option_name(option, true);
  if (option->get_expected_max() > 1) name += "...";
  return option->get_required() ? name : "[" + name + "]";
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return Row(command->get_name(), command->get_description());
}

Status CheckNames(const CLI::App& app, int argc, char** argv) {
  const CLI::App* command = &app;
  int first = 1;
  for (; first < argc; ++first) {
    const auto below = command->get_subcommands(
        [name = argv[first]](const CLI::App* candidate) { return candidate->get_name() == name; });
    if (below.empty()) break;
    command = below.front();
  }
  const bool asks_for_help = first < argc && argv[first][0] == '-';
  if (!command->get_subcommands({}).empty() && !asks_for_help) return NoCommand(*command);
  std::vector<std::string> names;
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (int i = first; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (!word.starts_with("--")) continue;
    const std::string name(word.substr(0, word.find('=')));
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string nearest = NearestName(name, names);
    return UsageError(command->get_name() + " has no flag " + name +
                      (nearest.empty() ? "; --help lists them" : "; did you mean " + nearest + "?"));
  }
  return OkStatus();
}

void AddSetFlag(CLI::App* app, std::vector<std::string>* sets) {
  // Without allow_extra_args(false) it would take the arguments behind its own too.
  app->add_option("--set", *sets,
                  "Config text merged over the file, as 'seed: 2' or 'training { epochs: 3 }'; "
                  "may be given several times")
      ->option_text("TEXT")
      ->allow_extra_args(false);
}

void AddRanksFlag(CLI::App* app, int* ranks) {
  app->add_option("--ranks", *ranks,
                  "Ranks as threads of this process (default: one per core, at most one per "
                  "micro-batch; one if the config sets no micro-batches). Under mpirun its -n "
                  "says how many")
      ->option_text("N")
      ->check(CLI::Range(1, 1024));
}

}  // namespace lockstep
