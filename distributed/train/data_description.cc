#include "distributed/train/data_description.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/base/file.h"

namespace lockstep {
namespace {

using nlohmann::json;

constexpr const char* kEncodings[] = {"floats", "bytes", "multi-hot"};  // as enum Encoding

// Numbers, names and sizes as ToJson writes them.
bool Fits(const json& data) {
  const auto numbers = [&](const char* name) {
    return data.contains(name) && data[name].is_array() &&
           std::all_of(data[name].begin(), data[name].end(),
                       [](const json& value) { return value.is_number(); });
  };
  const auto number = [&](const char* name) {
    return data.contains(name) && data[name].is_number();
  };
  if (!data.is_object()) return false;
  for (const char* list : {"shape", "mean", "std", "feature_mean", "feature_deviation"}) {
    if (!numbers(list)) return false;
  }
  if (!number("divide_by") || !number("classes") || !number("targets")) return false;
  if (!data.contains("encoding") || !data["encoding"].is_string()) return false;
  return data.contains("class_names") && data["class_names"].is_array() &&
         std::all_of(data["class_names"].begin(), data["class_names"].end(),
                     [](const json& name) { return name.is_string(); });
}

}  // namespace

std::string ToJson(const DataDescription& description) {
  const SampleFormat& format = description.format;
  const json data = {{"shape", format.shape},
                     {"encoding", kEncodings[static_cast<int>(format.encoding)]},
                     {"divide_by", format.divide_by},
                     {"mean", format.mean},
                     {"std", format.std},
                     {"feature_mean", format.feature_mean},
                     {"feature_deviation", format.feature_deviation},
                     {"classes", format.classes},
                     {"targets", format.targets},
                     {"class_names", description.class_names}};
  return data.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

StatusOr<DataDescription> ReadDataDescription(const std::string& folder) {
  const std::string path = JoinPath(folder, "data.json");
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const json data = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!Fits(data)) return BadDataError(path + ": not a run's description of its data");
  DataDescription description;
  SampleFormat& format = description.format;
  format.shape = data["shape"].get<std::vector<int64_t>>();
  const auto* encoding = std::find(std::begin(kEncodings), std::end(kEncodings),
                                   data["encoding"].get<std::string>());
  if (encoding == std::end(kEncodings)) {
    return BadDataError(path + ": encoding: expected floats, bytes or multi-hot, found \"" +
                        data["encoding"].get<std::string>() + "\"");
  }
  format.encoding = static_cast<Encoding>(encoding - std::begin(kEncodings));
  format.divide_by = data["divide_by"].get<float>();
  format.mean = data["mean"].get<std::vector<float>>();
  format.std = data["std"].get<std::vector<float>>();
  format.feature_mean = data["feature_mean"].get<std::vector<float>>();
  format.feature_deviation = data["feature_deviation"].get<std::vector<float>>();
  format.classes = data["classes"].get<int64_t>();
  format.targets = data["targets"].get<int64_t>();
  description.class_names = data["class_names"].get<std::vector<std::string>>();
  return description;
}

}  // namespace lockstep
