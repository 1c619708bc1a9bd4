#include "tools/cluster_sheet.h"

#include <vector>

#include "core/base/file.h"
#include "core/base/nearest_name.h"
#include "distributed/scaling/cluster.h"
#include "distributed/scaling/shipped_data.h"

namespace lockstep {
namespace {

// "clusters/dgx-a100.textproto" is called "dgx-a100".
std::string SheetName(std::string_view file) {
  const size_t from = file.rfind('/') + 1;
  return std::string(file.substr(from, file.rfind('.') - from));
}

StatusOr<std::string> SheetText(const std::string& name) {
  if (FileExists(name)) return ReadFile(name);
  std::vector<std::string> names;
  for (const ShippedFile& file : ShippedClusters()) {
    names.push_back(SheetName(file.name));
    if (names.back() == name) return std::string(file.text);
  }
  return MissingInputError("--cluster: no file and no shipped sheet is called \"" + name + "\"" +
                           DidYouMean(name, names) + "; clusters/ has examples");
}

}  // namespace

StatusOr<Cluster> FindCluster(const std::string& name, const std::string& change) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, SheetText(name));
  LOCKSTEP_ASSIGN_OR_RETURN(Cluster cluster, ParseCluster(text, name));
  if (!change.empty()) LOCKSTEP_RETURN_IF_ERROR(MergeCluster(change, "--change", &cluster));
  return cluster;
}

}  // namespace lockstep
