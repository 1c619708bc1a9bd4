// Config texts: up to the first zero byte the file, after it a --set. What is accepted is written
// as a text that gives the same config.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "core/base/status.h"
#include "core/config/load_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\0'), input.size());
  std::vector<std::string> sets;
  if (end < input.size()) sets.emplace_back(input.substr(end + 1));
  const StatusOr<Config> config = ParseConfig(input.substr(0, end), "a.textproto", "/a", sets);
  if (!config.ok()) {
    const std::string message(config.status().message());
    LOCKSTEP_CHECK(ExitCodeOf(config.status()) == ExitCode::kUsage, "%s", message.c_str());
    LOCKSTEP_CHECK(message.starts_with("a.textproto:") || message.starts_with("--set:"), "%s",
                   message.c_str());
    for (const char c : message) {
      LOCKSTEP_CHECK(static_cast<uint8_t>(c) >= ' ', "not one line: %s", message.c_str());
    }
    return 0;
  }
  const std::string text = ConfigText(*config);
  const StatusOr<Config> again = ParseConfig(text, "b.textproto", "/b", {});
  LOCKSTEP_CHECK(again.ok(), "%s", std::string(again.status().message()).c_str());
  LOCKSTEP_CHECK(ConfigText(*again) == text, "%s", text.c_str());
  return 0;
}
