#include "distributed/report/config_diff.h"

#include <algorithm>
#include <map>

namespace lockstep {
namespace {

// One open message: its path with a dot, and how often each field was seen in it.
struct OpenMessage {
  std::string prefix;
  std::map<std::string, int, std::less<>> seen;
};

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// The path of the next field of this name.
std::string NextPath(std::string_view name, OpenMessage* message) {
  const int number = ++message->seen[std::string(name)];
  std::string path = message->prefix + std::string(name);
  if (number > 1) path += " #" + std::to_string(number);
  return path;
}

void ReadLine(std::string_view line, std::vector<OpenMessage>* open, std::vector<Setting>* out) {
  if (line.empty() || line.front() == '#') return;
  if (line == "}") {
    if (open->size() > 1) open->pop_back();
    return;
  }
  if (line.back() == '{') {
    std::string_view name = Trimmed(line.substr(0, line.size() - 1));
    if (!name.empty() && name.back() == ':') name.remove_suffix(1);
    const std::string path = NextPath(name, &open->back());
    open->push_back({path + ".", {}});
    return;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  out->emplace_back(NextPath(Trimmed(line.substr(0, colon)), &open->back()),
                    std::string(Trimmed(line.substr(colon + 1))));
}

}  // namespace

std::vector<Setting> FlattenConfig(std::string_view text) {
  std::vector<OpenMessage> open(1);
  std::vector<Setting> settings;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    ReadLine(Trimmed(text.substr(0, end)), &open, &settings);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return settings;
}

std::vector<SettingDifference> DifferingSettings(std::span<const std::string> configs) {
  std::vector<SettingDifference> all;
  std::map<std::string, size_t> places;
  for (size_t run = 0; run < configs.size(); ++run) {
    for (auto& [path, value] : FlattenConfig(configs[run])) {
      const auto [place, is_new] = places.emplace(path, all.size());
      if (is_new) all.push_back({path, std::vector<std::string>(configs.size())});
      all[place->second].values[run] = value;
    }
  }
  std::erase_if(all, [](const SettingDifference& setting) {
    return std::ranges::all_of(setting.values,
                               [&](const auto& value) { return value == setting.values[0]; });
  });
  return all;
}

}  // namespace lockstep
