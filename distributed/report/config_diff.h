// In which settings the configs of several runs differ.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CONFIG_DIFF_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CONFIG_DIFF_H_

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

// A setting's path, as "model.layer #2.dense.units", and its text.
using Setting = std::pair<std::string, std::string>;

// The settings of a config as protobuf's text printer writes it: one field or brace per line. The
// second and later ones of a repeated field are numbered from #2. Lines of another form are
// skipped, so that no text is an error.
std::vector<Setting> FlattenConfig(std::string_view text);

// A setting that is not the same in every run.
struct SettingDifference {
  std::string path;
  std::vector<std::string> values;  // one per run, "" where the run does not set it
};

// Those of `configs`, in the order in which they first occur.
std::vector<SettingDifference> DifferingSettings(std::span<const std::string> configs);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CONFIG_DIFF_H_
