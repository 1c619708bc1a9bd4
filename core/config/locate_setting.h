// Where a config's texts say something, for what is found wrong only after they were parsed.
#ifndef LOCKSTEP_CORE_CONFIG_LOCATE_SETTING_H_
#define LOCKSTEP_CORE_CONFIG_LOCATE_SETTING_H_

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

// A config file's text, or one of those merged over it.
struct SettingText {
  std::string name;  // the file's path, or "--set"
  std::string text;  // parses as a part of a Config
};

// "FILE:LINE:COLUMN" of the setting that `message` begins with, as CheckConfig's do: its path
// ("optimizer.adam.beta_1: ...") or a layer's name ("layer dense_1: ..."). The last text that has
// the setting, or the innermost block around it, counts; "" if none has.
std::string LocateSetting(std::string_view message, const std::vector<SettingText>& texts);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_LOCATE_SETTING_H_
