#include "distributed/report/page_data.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "core/base/number_text.h"
#include "core/data/class_label.h"
#include "distributed/report/config_diff.h"
#include "distributed/report/confusion.h"
#include "distributed/report/curves.h"
#include "distributed/report/headline.h"
#include "distributed/report/png.h"
#include "distributed/report/read_timing.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// A regression's plot shows no more points than this.
constexpr int64_t kMaxScatterPoints = 2000;

// Six significant digits are more than a screen shows, and halve the page.
Json Number(double value) {
  if (!std::isfinite(value)) return nullptr;
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%.6g", value);
  return std::strtod(digits, nullptr);
}

Json Numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(Number(value));
  return list;
}

Json CurvesJson(const Curves& curves) {
  Json object = Json::object();
  for (const auto& [name, values] : curves) object[name] = Numbers(values);
  return object;
}

Json PhasesJson(const std::vector<std::pair<std::string, double>>& phases) {
  Json object = Json::object();
  for (const auto& [name, ms] : phases) object[name] = Number(ms);
  return object;
}

Json StepsJson(const StepCurve& curve) {
  Json steps = {{"step", Json::array()}, {"loss", Json::array()}, {"rate", Json::array()}};
  for (const StepPoint& point : curve.points) {
    steps["step"].push_back(point.step);
    steps["loss"].push_back(Number(point.loss));
    steps["rate"].push_back(Number(point.learning_rate));
  }
  steps["stepsPerPoint"] = curve.steps_per_point;
  steps["rank0Ms"] = PhasesJson(curve.rank_0_ms);
  steps["slowestMs"] = PhasesJson(curve.slowest_ms);
  return steps;
}

// The verdict and the mean step of each epoch; of the last one also each rank's.
Json TimingJson(const std::vector<EpochTime>& timing) {
  Json json = {{"epochs", Json::array()}, {"ranks", Json::array()}};
  for (const EpochTime& epoch : timing) {
    json["epochs"].push_back({{"epoch", epoch.epoch},
                              {"verdict", epoch.verdict},
                              {"ms", PhasesJson(MeanOverRanks(epoch))}});
  }
  if (timing.empty()) return json;
  for (const PartsMs& rank : timing.back().ranks_ms) json["ranks"].push_back(PhasesJson(rank));
  return json;
}

Json CrossvalJson(const CrossValidation& crossval) {
  Json per_fold = Json::object();
  for (const auto& [name, folds] : crossval.per_fold) {
    for (const auto& fold : folds) per_fold[name].push_back(Numbers(fold));
  }
  return {{"folds", crossval.folds},
          {"metric", crossval.metric},
          {"perFold", std::move(per_fold)},
          {"mean", CurvesJson(crossval.mean)}};
}

// Of numbers that stand below each other: as many decimals for each.
std::string ColumnText(double value) {
  const double size = std::abs(value);
  const bool wide = size < 0.001 || size >= 1e6 || !std::isfinite(value);
  if (value != 0 && wide) return NumberText(value);
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%.4f", value);
  return digits;
}

// What stands below a shown sample's picture.
Json SampleJson(const Predictions& predictions, const ShownSample& sample) {
  Json json = {{"index", sample.index}, {"text", sample.text}};
  if (IsDrawable(sample.picture)) {
    json["image"] = PngDataUri(sample.picture);
    json["width"] = sample.picture.width;
    json["height"] = sample.picture.height;
  }
  if (predictions.classes > 0) {
    const PredictedClass predicted = ClassOf(predictions, sample.index);
    const int64_t label = predictions.labels[static_cast<size_t>(sample.index)];
    json["truth"] = ClassLabel(predictions.class_names, label);
    json["predicted"] = ClassLabel(predictions.class_names, predicted.label);
    json["confidence"] = Number(predicted.confidence);
    json["wrong"] = predicted.label != label;
    return json;
  }
  const auto text = [&](const std::vector<float>& values) {
    std::string list;
    for (int64_t i = 0; i < predictions.outputs; ++i) {
      if (i > 0) list += ' ';
      list += ColumnText(values[static_cast<size_t>(sample.index * predictions.outputs + i)]);
    }
    return list;
  };
  json["truth"] = text(predictions.targets);
  json["predicted"] = text(predictions.values);
  if (predictions.outputs == 1) {
    const size_t at = static_cast<size_t>(sample.index);
    json["error"] = ColumnText(double{predictions.values[at]} - double{predictions.targets[at]});
  }
  return json;
}

Json SamplesJson(const Predictions& predictions, const std::vector<ShownSample>& samples) {
  Json list = Json::array();
  for (const ShownSample& sample : samples) list.push_back(SampleJson(predictions, sample));
  return list;
}

// Pairs of target and prediction, evenly chosen from all.
Json ScatterJson(const Predictions& predictions) {
  const int64_t total = predictions.count * predictions.outputs;
  const int64_t shown = std::min(total, kMaxScatterPoints);
  Json points = Json::array();
  for (int64_t i = 0; i < shown; ++i) {
    const size_t at = static_cast<size_t>(i * total / shown);
    points.push_back({Number(predictions.targets[at]), Number(predictions.values[at])});
  }
  return points;
}

Json PredictionsJson(const Predictions& predictions) {
  Json json = {{"count", predictions.count}, {"classes", predictions.classes}};
  if (predictions.classes > 0) {
    for (int64_t i = 0; i < predictions.classes; ++i) {
      json["classNames"].push_back(ClassLabel(predictions.class_names, i));
    }
    json["confusions"] = CountConfusions(predictions);
  } else {
    json["points"] = ScatterJson(predictions);
  }
  json["samples"] = SamplesJson(predictions, predictions.samples);
  json["mistakes"] = SamplesJson(predictions, predictions.mistakes);
  return json;
}

Json RunJson(const RunReport& run, const std::string& label) {
  Json json = {{"label", label}, {"folder", run.folder}};
  json["finished"] = !run.summary.empty() || run.crossval.has_value();
  json["headline"] = Json::array();
  for (const HeadlineItem& item : Headline(run)) {
    json["headline"].push_back({item.label, item.value, item.note});
  }
  json["facts"] = Json::array();
  for (const Fact& fact : run.summary) json["facts"].push_back({fact.name, fact.text});
  json["config"] = run.config_text;
  json["history"] = CurvesJson(run.history);
  json["steps"] = StepsJson(run.steps);
  json["timing"] = TimingJson(run.timing);
  json["crossval"] = run.crossval ? CrossvalJson(*run.crossval) : Json();
  json["predictions"] = run.predictions ? PredictionsJson(*run.predictions) : Json();
  return json;
}

Json DifferencesJson(const std::vector<RunReport>& runs) {
  std::vector<std::string> configs;
  for (const RunReport& run : runs) configs.push_back(run.config_text);
  Json list = Json::array();
  for (const SettingDifference& setting : DifferingSettings(configs)) {
    list.push_back({{"path", setting.path}, {"values", setting.values}});
  }
  return list;
}

}  // namespace

std::string PageJson(const std::vector<RunReport>& runs) {
  const std::vector<std::string> labels = RunLabels(runs);
  Json page = {{"smoothing", {{"factor", kSmoothing}, {"start", kSmoothedStart}}},
               {"differences", DifferencesJson(runs)},
               {"runs", Json::array()}};
  for (size_t i = 0; i < runs.size(); ++i) page["runs"].push_back(RunJson(runs[i], labels[i]));
  return page.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

}  // namespace lockstep
