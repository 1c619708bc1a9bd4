#include "distributed/scaling/scaling_result.h"

#include <cmath>
#include <type_traits>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/printable.h"
#include "nlohmann/json.hpp"

// Each struct names its fields once, in a function that writes them into JSON and reads them from
// it alike.
namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

class Writer;
class Reader;

template <typename Visitor>
void Fields(Visitor* v, Estimate* e) {
  v->Field("value", &e->value);
  v->Field("low", &e->low);
  v->Field("high", &e->high);
}

template <typename Visitor>
void Fields(Visitor* v, StepParts* parts) {
  for (const NamedStepPart& part : kStepParts) {
    v->Field(std::string(part.name) + "_ms", &(parts->*part.ms));
  }
}

template <typename Visitor>
void Fields(Visitor* v, MeasuredRanks* m) {
  v->Field("ranks", &m->ranks);
  v->Field("hosts", &m->hosts);
  v->Field("batch", &m->batch);
  v->Field("steps", &m->steps);
  v->Field("repeat_samples_per_second", &m->repeat_samples_per_second);
  v->Field("repeat_step_ms", &m->repeat_step_ms);
  v->Field("samples_per_second", &m->samples_per_second);
  v->Field("step_ms", &m->step_ms);
  v->Field("speedup", &m->speedup);
  v->Field("efficiency", &m->efficiency);
  v->Field("rank_seconds_per_1000_samples", &m->cost);
  v->Field("parts", &m->parts);
  v->Field("overlap_bound_ms", &m->overlap_bound_ms);
  v->Field("overlap_reached_ms", &m->overlap_reached_ms);
  v->Field("cause", &m->cause);
  v->Field("verdict", &m->verdict);
}

template <typename Visitor>
void Fields(Visitor* v, FailedRun* failed) {
  v->Field("ranks", &failed->ranks);
  v->Field("repeat", &failed->repeat);
  v->Field("why", &failed->why);
}

template <typename Visitor>
void Fields(Visitor* v, FittedTerm* term) {
  v->Field("name", &term->name);
  v->Field("estimate", &term->estimate);
  v->Field("unit", &term->unit);
  v->Field("meaning", &term->meaning);
  v->Field("fitted", &term->fitted);
}

template <typename Visitor>
void Fields(Visitor* v, Residual* residual) {
  v->Field("ranks", &residual->ranks);
  v->Field("part", &residual->part);
  v->Field("measured_ms", &residual->measured_ms);
  v->Field("fitted_ms", &residual->fitted_ms);
}

template <typename Visitor>
void Fields(Visitor* v, PredictedRanks* p) {
  v->Field("ranks", &p->ranks);
  v->Field("hosts", &p->hosts);
  v->Field("batch", &p->batch);
  v->Field("measured", &p->measured);
  v->Field("samples_per_second", &p->samples_per_second);
  v->Field("step_ms", &p->step_ms);
  v->Field("speedup", &p->speedup);
  v->Field("efficiency", &p->efficiency);
  v->Field("parts", &p->parts);
  v->Field("dominant", &p->dominant);
}

template <typename Visitor>
void Fields(Visitor* v, ScalingWhatIf* what_if) {
  v->Field("change", &what_if->change);
  v->Field("ranks", &what_if->ranks);
  v->Field("step_ms", &what_if->step_ms);
  v->Field("speedup", &what_if->speedup);
  v->Field("efficiency", &what_if->efficiency);
  v->Field("dominant", &what_if->dominant);
}

template <typename Visitor>
void Fields(Visitor* v, PhaseSpanMs* span) {
  v->Field("phase", &span->phase);
  v->Field("begin_ms", &span->begin_ms);
  v->Field("end_ms", &span->end_ms);
}

template <typename Visitor>
void Fields(Visitor* v, BucketSpanMs* bucket) {
  v->Field("bytes", &bucket->bytes);
  v->Field("ready_ms", &bucket->ready_ms);
  v->Field("begin_ms", &bucket->begin_ms);
  v->Field("end_ms", &bucket->end_ms);
}

template <typename Visitor>
void Fields(Visitor* v, DrawnStep* drawn) {
  v->Field("ranks", &drawn->ranks);
  v->Field("step", &drawn->step);
  v->Field("phases", &drawn->phases);
  v->Field("buckets", &drawn->buckets);
}

template <typename Visitor>
void Fields(Visitor* v, ScalingResult* r) {
  v->Field("name", &r->name);
  v->Field("machine", &r->machine);
  v->Field("date", &r->date);
  v->Field("command", &r->command);
  v->Field("weak", &r->weak);
  v->Field("launcher", &r->launcher);
  v->Field("host_list", &r->hosts);
  v->Field("repeats", &r->repeats);
  v->Field("base_ranks", &r->base_ranks);
  v->Field("interval_level", &r->interval_level);
  v->Field("conclusion", &r->conclusion);
  v->Field("conclusive", &r->conclusive);
  v->Field("noise_share", &r->noise_share);
  v->Field("measured", &r->measured);
  v->Field("failed", &r->failed);
  v->Field("model_level", &r->model_level);
  v->Field("model_form", &r->model_form);
  v->Field("terms", &r->terms);
  v->Field("residuals", &r->residuals);
  v->Field("predicted", &r->predicted);
  v->Field("what_ifs", &r->what_ifs);
  v->Field("drawn_step", &r->drawn);
}

class Writer {
 public:
  template <typename T>
  void Field(const std::string& name, T* value) {
    json_[name] = Value(value);
  }

  template <typename T>
  static Json Value(T* value) {
    if constexpr (std::is_same_v<T, double>) {
      return std::isfinite(*value) ? Json(*value) : Json(nullptr);
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return *value;
    } else {
      Writer writer;
      Fields(&writer, value);
      return std::move(writer.json_);
    }
  }
  template <typename T>
  static Json Value(std::vector<T>* values) {
    Json json = Json::array();
    for (T& value : *values) json.push_back(Value(&value));
    return json;
  }

 private:
  Json json_ = Json::object();
};

// Keeps the first error.
class Reader {
 public:
  Reader(const Json& json, std::string where, std::string* error)
      : json_(json), where_(std::move(where)), error_(error) {
    if (!json.is_object()) Fail(json, where_, "an object");
  }

  // Fields that are not there keep their value: files of other versions have fewer.
  template <typename T>
  void Field(const std::string& name, T* value) {
    if (!json_.is_object() || !json_.contains(name)) return;
    Read(json_[name], where_.empty() ? name : where_ + "." + name, value);
  }

 private:
  template <typename T>
  void Read(const Json& json, const std::string& where, T* value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return Fail(json, where, "true or false");
      *value = json.get<bool>();
    } else if constexpr (std::is_same_v<T, double>) {
      if (!json.is_number() && !json.is_null()) return Fail(json, where, "a number or null");
      *value = json.is_null() ? kNotKnown : json.get<double>();
    } else if constexpr (std::is_integral_v<T>) {
      if (!json.is_number_integer()) return Fail(json, where, "a whole number");
      *value = json.get<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) return Fail(json, where, "text");
      *value = json.get<std::string>();
    } else {
      Reader reader(json, where, error_);
      Fields(&reader, value);
    }
  }
  template <typename T>
  void Read(const Json& json, const std::string& where, std::vector<T>* values) {
    if (!json.is_array()) return Fail(json, where, "a list");
    values->clear();
    for (const Json& item : json) {
      values->emplace_back();
      Read(item, where + "[" + std::to_string(values->size() - 1) + "]", &values->back());
    }
  }

  void Fail(const Json& json, const std::string& where, const char* expected) {
    if (!error_->empty()) return;
    *error_ = where + ": expected " + expected + ", found " + json.type_name();
  }

  const Json& json_;
  std::string where_;
  std::string* error_;
};

std::string Cells(const Estimate& estimate) {
  std::string cells;
  for (const double value : {estimate.value, estimate.low, estimate.high}) {
    cells += std::isfinite(value) ? absl::StrFormat(",%.6g", value) : ",";
  }
  return cells;
}

std::string PartCells(const StepParts& parts) {
  std::string cells;
  for (const NamedStepPart& part : kStepParts) cells += absl::StrFormat(",%.6g", parts.*part.ms);
  return cells;
}

template <typename Point>
std::string CsvRow(const char* kind, const Point& point) {
  return absl::StrFormat("%s,%d,%d,%d", kind, point.ranks, point.hosts, point.batch) +
         Cells(point.samples_per_second) + Cells(point.step_ms) + Cells(point.speedup) +
         Cells(point.efficiency) + PartCells(point.parts);
}

}  // namespace

double StepParts::total_ms() const {
  double sum = 0;
  for (const NamedStepPart& part : kStepParts) sum += this->*part.ms;
  return sum;
}

std::string ScalingJson(const ScalingResult& result) {
  ScalingResult copy = result;
  Json json = {{"format", kScalingFormat}};
  json.update(Writer::Value(&copy));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

StatusOr<ScalingResult> ParseScalingJson(std::string_view text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return BadDataError(file + ": expected JSON of lockstep scale");
  const Json format = json.is_object() ? json.value("format", Json()) : Json();
  if (json.is_object() && format != kScalingFormat) {
    return BadDataError(absl::StrFormat(
        "%s: expected \"format\": %d, found %s; it is of another version of lockstep: make it again "
        "with lockstep scale --from DIR",
        file, kScalingFormat, format.is_null() ? "none" : Printable(format.dump(), 40)));
  }
  if (!json.is_object() || !json.contains("measured")) {
    return BadDataError(file + ": expected an object with a list \"measured\", as lockstep scale "
                               "writes it");
  }
  ScalingResult result;
  std::string error;
  Reader reader(json, "", &error);
  Fields(&reader, &result);
  if (!error.empty()) return BadDataError(file + ": " + error);
  return result;
}

std::string ScalingCsv(const ScalingResult& result) {
  std::string csv = "kind,ranks,hosts,batch";
  for (const char* name : {"samples_per_second", "step_ms", "speedup", "efficiency"}) {
    csv += absl::StrFormat(",%s,%s_low,%s_high", name, name, name);
  }
  for (const NamedStepPart& part : kStepParts) csv += absl::StrFormat(",%s_ms", part.name);
  csv += ",overlap_bound_ms,overlap_reached_ms,verdict_or_dominant\n";
  for (const MeasuredRanks& measured : result.measured) {
    csv += CsvRow("measured", measured);
    for (const double ms : {measured.overlap_bound_ms, measured.overlap_reached_ms}) {
      csv += std::isfinite(ms) ? absl::StrFormat(",%.6g", ms) : ",";
    }
    csv += "," + measured.cause + "\n";
  }
  for (const PredictedRanks& predicted : result.predicted) {
    csv += CsvRow("predicted", predicted) + ",,," + predicted.dominant + "\n";
  }
  return csv;
}

}  // namespace lockstep
