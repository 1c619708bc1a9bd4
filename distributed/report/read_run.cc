#include "distributed/report/read_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/file.h"
#include "core/base/number_text.h"
#include "distributed/report/read_steps.h"
#include "distributed/report/read_timing.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// A curve of this many points is as long as a page can draw.
constexpr int64_t kMaxStepPoints = 1000;

StatusOr<Json> ReadObject(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (object.is_object()) return object;
  return BadDataError(path + (object.is_discarded()
                                  ? ": not valid JSON (cut short?); restore it or run again"
                                  : ": expected a JSON object, found " +
                                        std::string(object.type_name())));
}

// A list of numbers; null (how NaN and Inf are written) becomes NaN.
StatusOr<std::vector<double>> NumberList(const Json& list, const std::string& where) {
  if (!list.is_array()) {
    return BadDataError(where + ": expected a list of numbers, found " + list.type_name());
  }
  std::vector<double> values;
  for (const Json& value : list) {
    if (!value.is_number() && !value.is_null()) {
      return BadDataError(where + ": expected a list of numbers, found in it " +
                          value.type_name());
    }
    values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                     : value.get<double>());
  }
  return values;
}

StatusOr<Curves> ReadCurves(const Json& object, const std::string& where) {
  if (!object.is_object()) {
    return BadDataError(where + ": expected an object of lists, found " + object.type_name());
  }
  Curves curves;
  for (const auto& [name, list] : object.items()) {
    LOCKSTEP_ASSIGN_OR_RETURN(curves[name], NumberList(list, where + ": " + name));
  }
  return curves;
}

// Nested objects become names with dots; lists stay as their JSON text.
void AppendFacts(const Json& object, const std::string& prefix, std::vector<Fact>* facts) {
  for (const auto& [name, value] : object.items()) {
    Fact fact{.name = prefix + name, .text = {}, .number = {}};
    if (value.is_object()) {
      AppendFacts(value, fact.name + ".", facts);
      continue;
    }
    if (value.is_number()) {
      fact.number = value.get<double>();
      fact.text = NumberText(*fact.number);
    } else if (value.is_string()) {
      fact.text = value.get<std::string>();
    } else {
      fact.text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    facts->push_back(std::move(fact));
  }
}

// Every mean has as many folds as are promised, of as many epochs as it has itself.
Status CheckCurves(const CrossValidation& crossval, const std::string& path) {
  for (const auto& [name, mean] : crossval.mean) {
    const auto folds = crossval.per_fold.find(name);
    const bool sound = folds != crossval.per_fold.end() &&
                       static_cast<int64_t>(folds->second.size()) == crossval.folds &&
                       std::ranges::all_of(folds->second, [&](const std::vector<double>& fold) {
                         return fold.size() == mean.size();
                       });
    if (!sound) {
      return BadDataError(path + ": per_fold: " + name + ": expected " +
                          std::to_string(crossval.folds) + " lists as long as its mean, " +
                          std::to_string(mean.size()));
    }
  }
  if (crossval.mean.contains(crossval.metric)) return OkStatus();
  return BadDataError(path + ": has no curves of its metric \"" + crossval.metric + "\"");
}

Status ReadFolds(const Json& per_fold, const std::string& where, CrossValidation* result) {
  if (!per_fold.is_object()) return BadDataError(where + " is not an object");
  for (const auto& [name, folds] : per_fold.items()) {
    if (!folds.is_array()) return BadDataError(where + ": " + name + " is not a list");
    for (const Json& fold : folds) {
      LOCKSTEP_ASSIGN_OR_RETURN(std::vector<double> values,
                                NumberList(fold, where + ": " + name));
      result->per_fold[name].push_back(std::move(values));
    }
  }
  return OkStatus();
}

StatusOr<CrossValidation> ReadCrossval(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const Json object, ReadObject(path));
  for (const char* key : {"folds", "per_fold", "mean"}) {
    if (!object.contains(key)) return BadDataError(path + ": has no \"" + key + "\"");
  }
  CrossValidation result;
  if (!object["folds"].is_number_integer()) {
    return BadDataError(path + ": folds is not a whole number");
  }
  result.folds = object["folds"].get<int64_t>();
  LOCKSTEP_ASSIGN_OR_RETURN(result.mean, ReadCurves(object["mean"], path + ": mean"));
  LOCKSTEP_RETURN_IF_ERROR(ReadFolds(object["per_fold"], path + ": per_fold", &result));
  result.metric = "val_loss";  // unless a metric was asked for
  if (object.contains("metric") && object["metric"].is_string()) {
    result.metric = object["metric"].get<std::string>();
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckCurves(result, path));
  return result;
}

// "runs/imdb/" -> "imdb".
std::string LastComponent(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder.substr(folder.find_last_of('/', folder.size() - 2) + 1);
}

Status ReadConfigText(const std::string& folder, RunReport* run) {
  const std::string path = JoinPath(folder, "config.textproto");
  if (!FileExists(path)) return OkStatus();
  LOCKSTEP_ASSIGN_OR_RETURN(run->config_text, ReadFile(path));
  return OkStatus();
}

}  // namespace

StatusOr<RunReport> ReadRun(const std::string& folder) {
  RunReport run;
  run.folder = folder;
  run.name = LastComponent(folder);
  const std::string crossval = JoinPath(folder, "crossval.json");
  if (FileExists(crossval)) {
    LOCKSTEP_ASSIGN_OR_RETURN(run.crossval, ReadCrossval(crossval));
    LOCKSTEP_RETURN_IF_ERROR(ReadConfigText(JoinPath(folder, "fold-0"), &run));
    return run;
  }
  const std::string history = JoinPath(folder, "history.json");
  if (!FileExists(history)) {
    return MissingInputError(folder + ": found neither history.json nor crossval.json; expected "
                                      "the folder of a run that has finished an epoch");
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const Json object, ReadObject(history));
  LOCKSTEP_ASSIGN_OR_RETURN(run.history, ReadCurves(object, history));
  LOCKSTEP_RETURN_IF_ERROR(ReadConfigText(folder, &run));
  const std::string steps = JoinPath(folder, "steps.jsonl");
  if (FileExists(steps)) {
    LOCKSTEP_ASSIGN_OR_RETURN(run.steps, ReadSteps(steps, kMaxStepPoints));
  }
  const std::string timing = JoinPath(folder, "timing.json");
  if (FileExists(timing)) {
    LOCKSTEP_ASSIGN_OR_RETURN(run.timing, ReadTiming(timing));
  }
  const std::string summary = JoinPath(folder, "summary.json");
  if (FileExists(summary)) {
    LOCKSTEP_ASSIGN_OR_RETURN(const Json facts, ReadObject(summary));
    AppendFacts(facts, "", &run.summary);
  }
  return run;
}

}  // namespace lockstep
