#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/config/load_config.h"
#include "core/data/catalog.h"
#include "core/data/data_files.h"
#include "core/data/fetch.h"
#include "core/data/show.h"
#include "tools/command.h"

namespace lockstep {
namespace {

struct DataFlags {
  std::string name;
  std::string folder;
  ShowOptions show;
};

// The sets that a command is about: the one named, or all.
StatusOr<std::vector<CatalogEntry>> Entries(const std::string& name) {
  if (name.empty()) return Catalog();
  LOCKSTEP_ASSIGN_OR_RETURN(CatalogEntry entry, FindCatalogEntry(name));
  return std::vector<CatalogEntry>{std::move(entry)};
}

Status List() {
  for (const CatalogEntry& entry : Catalog()) {
    std::printf("%s\n  %s\n", entry.name.c_str(), entry.description.c_str());
    for (const CatalogFile& file : entry.files) {
      const StatusOr<std::string> path = FindDataFile(file.name);
      std::printf("  %6.2f MB  %s\n", static_cast<double>(file.bytes) / 1e6,
                  path.ok() ? path->c_str() : ("absent: " + file.name).c_str());
    }
  }
  std::printf("\nlockstep data fetch NAME downloads a set that is absent;\n"
              "lockstep data show NAME shows a sample.\n");
  return OkStatus();
}

Status Verify(const DataFlags& flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<CatalogEntry> entries, Entries(flags.name));
  Status first_problem;
  for (const CatalogEntry& entry : entries) {
    for (const CatalogFile& file : entry.files) {
      const StatusOr<std::string> path = FindDataFile(file.name);
      const bool absent = !path.ok();
      const Status status = absent ? path.status() : VerifyFile(file, *path);
      std::printf("%s  %s\n", absent ? "absent" : status.ok() ? "right " : "WRONG ",
                  absent ? file.name.c_str() : path->c_str());
      if (status.ok() || !first_problem.ok() || (absent && flags.name.empty())) continue;
      first_problem = status;
    }
  }
  return first_problem;
}

// Downloads one file, showing on a terminal how far it is.
Status FetchShowingProgress(const CatalogFile& file, const std::string& folder) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const auto progress = [&](int64_t done_bytes, int64_t total_bytes) {
    if (!terminal) return;
    std::printf("\r%3d %% of %s", static_cast<int>(100 * done_bytes / total_bytes),
                file.name.c_str());
    std::fflush(stdout);
  };
  const Status status = FetchFile(file, folder, progress);
  if (terminal) std::printf("\r\x1b[K");  // the progress line gives way
  return status;
}

Status Fetch(const DataFlags& flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(const CatalogEntry entry, FindCatalogEntry(flags.name));
  std::string folder = flags.folder;
  if (folder.empty()) {
    LOCKSTEP_ASSIGN_OR_RETURN(folder, DownloadFolder());
  }
  for (const CatalogFile& file : entry.files) {
    const Status status = FetchShowingProgress(file, folder);
    if (ExitCodeOf(status) == ExitCode::kCannotWrite) {
      return CannotWriteError(std::string(status.message()) + ": name another with --folder");
    }
    LOCKSTEP_RETURN_IF_ERROR(status);
    std::printf("%s\n", JoinPath(folder, file.name).c_str());
  }
  return OkStatus();
}

// The config of a set of the catalog, with all its words.
Config ConfigOfSet(const std::string& name) {
  constexpr uint32_t kAllWords = 1 << 24;
  Config config;
  DataConfig* data = config.mutable_data();
  if (name == "imdb") data->mutable_imdb()->set_words(kAllWords);
  if (name == "reuters") data->mutable_reuters()->set_words(kAllWords);
  if (name == "boston_housing") data->mutable_boston_housing();
  if (name == "mnist") data->mutable_mnist();
  if (name == "fashion_mnist") data->mutable_fashion_mnist();
  if (name == "cifar10") data->mutable_cifar10();
  return config;
}

// Whether the output is a terminal that says so (or does not object, as NO_COLOR asks).
bool ShowsColours() {
  const char* depth = std::getenv("COLORTERM");
  const std::string_view colours = depth == nullptr ? "" : depth;
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr &&
         (colours == "truecolor" || colours == "24bit");
}

Status Show(const DataFlags& flags) {
  Config config;
  if (FindCatalogEntry(flags.name).ok()) {
    config = ConfigOfSet(flags.name);
  } else if (FileExists(flags.name) || flags.name.find_first_of("./") != std::string::npos) {
    LOCKSTEP_ASSIGN_OR_RETURN(config, LoadConfig(flags.name, {}));
  } else {
    return FindCatalogEntry(flags.name).status();
  }
  ShowOptions options = flags.show;
  options.colour = ShowsColours();
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ShowSample(config, options));
  std::fputs(text.c_str(), stdout);
  return OkStatus();
}

}  // namespace

CommandBody AddDataCommand(CLI::App* app) {
  auto flags = std::make_shared<DataFlags>();
  app->require_subcommand(1);
  CLI::App* list = app->add_subcommand("list", "The sets that are known and where their files are");
  CLI::App* fetch = app->add_subcommand("fetch", "Download a set, or go on with a download");
  fetch->add_option("NAME", flags->name, "Name of the set")->required();
  fetch->add_option("--folder", flags->folder,
                    "Where to (default: $LOCKSTEP_DATA, else ~/.cache/lockstep)")
      ->option_text("DIR");
  CLI::App* verify = app->add_subcommand("verify", "Compare files with their SHA-256");
  verify->add_option("NAME", flags->name, "Name of the set (default: all)");
  CLI::App* show = app->add_subcommand("show", "One sample as text or picture, with its label");
  show->add_option("NAME", flags->name, "Name of a set, or a config file")->required();
  show->add_option("--index", flags->show.index, "Which sample, counted from 0 (default: 0)")
      ->option_text("N");
  show->add_flag("--test", flags->show.test, "From the test set instead of the training set");
  for (CLI::App* command : {list, fetch, verify, show}) command->group("Commands");
  return [flags, list, fetch, verify] {
    if (list->parsed()) return List();
    if (fetch->parsed()) return Fetch(*flags);
    if (verify->parsed()) return Verify(*flags);
    return Show(*flags);
  };
}

}  // namespace lockstep
