#include "distributed/report/read_timing.h"

#include <array>
#include <utility>

#include "core/base/file.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// Key of a rank in timing.json, and the words of the page.
constexpr std::array<std::pair<const char*, const char*>, 6> kParts = {
    {{"input_ms", "input"},
     {"forward_ms", "forward"},
     {"backward_ms", "backward"},
     {"wait_ms", "waiting for late ranks"},
     {"transfer_ms", "exposed transfer"},
     {"optimizer_ms", "optimizer"}}};

StatusOr<PartsMs> ReadRank(const Json& rank, const std::string& where) {
  PartsMs parts;
  for (const auto& [key, words] : kParts) {
    if (!rank.is_object() || !rank.contains(key) || !rank[key].is_number()) {
      return BadDataError(where + ": expected the number " + key + " of each rank");
    }
    parts.emplace_back(words, rank[key].get<double>());
  }
  return parts;
}

StatusOr<EpochTime> ReadEpoch(const Json& json, const std::string& where) {
  const bool sound = json.is_object() && json.contains("epoch") && json["epoch"].is_number() &&
                     json.contains("verdict") && json["verdict"].is_string() &&
                     json.contains("ranks") && json["ranks"].is_array();
  if (!sound) return BadDataError(where + ": expected epoch, verdict and a list of ranks");
  EpochTime epoch;
  epoch.epoch = json["epoch"].get<int64_t>();
  epoch.verdict = json["verdict"].get<std::string>();
  for (const Json& rank : json["ranks"]) {
    LOCKSTEP_ASSIGN_OR_RETURN(PartsMs parts, ReadRank(rank, where));
    epoch.ranks_ms.push_back(std::move(parts));
  }
  return epoch;
}

}  // namespace

StatusOr<std::vector<EpochTime>> ReadTiming(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("epochs") || !json["epochs"].is_array()) {
    return BadDataError(path + ": expected an object with a list of epochs (cut short?)");
  }
  std::vector<EpochTime> epochs;
  for (const Json& epoch : json["epochs"]) {
    const std::string where = path + ": epoch #" + std::to_string(epochs.size() + 1);
    LOCKSTEP_ASSIGN_OR_RETURN(EpochTime read, ReadEpoch(epoch, where));
    epochs.push_back(std::move(read));
  }
  return epochs;
}

PartsMs MeanOverRanks(const EpochTime& epoch) {
  if (epoch.ranks_ms.empty()) return {};
  PartsMs mean = epoch.ranks_ms.front();
  for (size_t part = 0; part < mean.size(); ++part) {
    double sum = 0;
    for (const PartsMs& rank : epoch.ranks_ms) sum += rank[part].second;
    mean[part].second = sum / static_cast<double>(epoch.ranks_ms.size());
  }
  return mean;
}

}  // namespace lockstep
