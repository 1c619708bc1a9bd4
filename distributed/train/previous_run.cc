#include "distributed/train/previous_run.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/base/file.h"

namespace lockstep {
namespace {

// Those without which a folder holds no run. They are moved last, so that a folder whose move was
// cut short still holds one.
constexpr const char* kResults[] = {"checkpoints", "history.json", "summary.json"};
constexpr const char* kOthers[] = {"config.textproto", "data.json", "steps.jsonl", "report.html"};

}  // namespace

StatusOr<std::string> SetPreviousRunAside(const std::string& folder) {
  std::vector<std::string> names, results;
  for (const char* name : kResults) {
    if (FileExists(JoinPath(folder, name))) results.push_back(name);
  }
  if (results.empty()) return std::string();
  for (const char* name : kOthers) {
    if (FileExists(JoinPath(folder, name))) names.push_back(name);
  }
  names.insert(names.end(), results.begin(), results.end());
  std::string aside;
  for (int n = 1; aside.empty() || FileExists(aside); ++n) {
    aside = JoinPath(folder, "previous-" + std::to_string(n));
  }
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(aside));
  for (const std::string& name : names) {
    const std::string from = JoinPath(folder, name), to = JoinPath(aside, name);
    if (std::rename(from.c_str(), to.c_str()) != 0) {
      return CannotWriteError("cannot move " + from + " of an earlier run to " + aside + ": " +
                              std::strerror(errno) + "; name another folder with --run-dir");
    }
  }
  return aside;
}

}  // namespace lockstep
