#include "distributed/report/headline.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "core/base/number_text.h"
#include "distributed/report/curves.h"

namespace lockstep {
namespace {

bool IsMetric(std::string_view name) { return name != "seconds" && name != "learning_rate"; }

HeadlineItem Last(const std::string& name, std::span<const double> values) {
  HeadlineItem item{name, NumberText(values.back()), ""};
  if (const auto best = BestIndex(values, LargerIsBetter(name))) {
    item.note = "best " + NumberText(values[static_cast<size_t>(*best)]) + " at epoch " +
                std::to_string(*best + 1);
  }
  return item;
}

// The metrics first, the loss after them.
void AppendCurves(const Curves& curves, bool validation, std::vector<HeadlineItem>* items) {
  const std::string loss = validation ? "val_loss" : "loss";
  for (const auto& [name, values] : curves) {
    const bool of_validation = name.starts_with("val_");
    if (of_validation != validation || name == loss || !IsMetric(name) || values.empty()) continue;
    items->push_back(Last(name, values));
  }
  const auto place = curves.find(loss);
  if (place != curves.end() && !place->second.empty()) items->push_back(Last(loss, place->second));
}

void AppendCrossval(const CrossValidation& crossval, std::vector<HeadlineItem>* items) {
  const std::vector<double>& mean = crossval.mean.at(crossval.metric);
  items->push_back({"folds", std::to_string(crossval.folds), ""});
  if (mean.empty()) return;
  items->push_back(Last(crossval.metric + ", mean of folds", mean));
  if (static_cast<int64_t>(mean.size()) <= kSmoothedStart) return;
  const auto smooth =
      ExponentialMovingAverage(std::span(mean).subspan(kSmoothedStart), kSmoothing);
  const auto best = BestIndex(smooth, LargerIsBetter(crossval.metric));
  if (!best) return;
  items->push_back({"best epoch, smoothed", std::to_string(*best + kSmoothedStart + 1),
                    "mean there " + NumberText(smooth[static_cast<size_t>(*best)])});
}

const Fact* FindFact(const RunReport& run, std::string_view name) {
  const auto place = std::ranges::find(run.summary, name, &Fact::name);
  return place == run.summary.end() ? nullptr : &*place;
}

void AppendFact(const RunReport& run, const std::string& name, const std::string& label,
                const std::string& note_name, std::vector<HeadlineItem>* items) {
  const Fact* fact = FindFact(run, name);
  if (fact == nullptr) return;
  const Fact* note = FindFact(run, note_name);
  items->push_back({label, fact->text, note == nullptr ? "" : note->text});
}

// Test metrics, the loss after the others.
void AppendTest(const RunReport& run, std::vector<HeadlineItem>* items) {
  constexpr std::string_view kTest = "test.";
  for (const bool loss : {false, true}) {
    for (const Fact& fact : run.summary) {
      if (!fact.name.starts_with(kTest) || (fact.name == "test.loss") != loss) continue;
      items->push_back({"test " + fact.name.substr(kTest.size()), fact.text, ""});
    }
  }
}

void AppendTime(const RunReport& run, std::vector<HeadlineItem>* items) {
  const Fact* seconds = FindFact(run, "seconds");
  if (seconds != nullptr && seconds->number) {
    items->push_back({"training time", DurationText(*seconds->number), ""});
  }
  const Fact* rate = FindFact(run, "samples_per_second");
  if (rate != nullptr && rate->number) {
    items->push_back({"samples/s", NumberText(std::round(*rate->number)), ""});
  }
}

// What kept the last epoch's steps from being faster.
void AppendVerdict(const RunReport& run, std::vector<HeadlineItem>* items) {
  const Fact* verdict = FindFact(run, "verdict");
  if (verdict == nullptr && !run.timing.empty()) {
    items->push_back({"verdict", run.timing.back().verdict, ""});
  } else {
    AppendFact(run, "verdict", "verdict", "", items);
  }
}

}  // namespace

std::vector<HeadlineItem> Headline(const RunReport& run) {
  std::vector<HeadlineItem> items;
  if (run.crossval) {
    AppendCrossval(*run.crossval, &items);
    return items;
  }
  AppendTest(run, &items);
  const bool validated = std::ranges::any_of(
      run.history, [](const auto& curve) { return curve.first.starts_with("val_"); });
  AppendCurves(run.history, validated, &items);
  AppendTime(run, &items);
  AppendVerdict(run, &items);
  AppendFact(run, "ranks", "ranks", "communicator", &items);
  AppendFact(run, "parameters", "parameters", "", &items);
  AppendFact(run, "device", "device", "", &items);
  AppendFact(run, "weights_hash", "weights_hash", "", &items);
  return items;
}

std::vector<std::string> RunLabels(const std::vector<RunReport>& runs) {
  std::vector<std::string> labels;
  for (const RunReport& run : runs) {
    const auto same = std::ranges::count(runs, run.name, &RunReport::name);
    labels.push_back(same > 1 ? run.folder : run.name);
  }
  return labels;
}

}  // namespace lockstep
