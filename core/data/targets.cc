#include "core/data/targets.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "core/base/printable.h"

namespace lockstep {
namespace {

constexpr double kMaxClasses = 1 << 20;

Status WrongValue(const RawTargets& raw, size_t i, std::string_view expected) {
  const int64_t sample = static_cast<int64_t>(i) / raw.width;
  return BadDataError(
      absl::StrFormat("%s: found %g, expected %s", raw.place(sample), raw.values[i], expected));
}

Status SetLabels(const RawTargets& raw, LossFunction::Kind loss, Dataset* data) {
  const bool binary = loss == LossFunction::BINARY_CROSSENTROPY;
  data->format.classes = 2;
  for (size_t i = 0; i < raw.values.size(); ++i) {
    const double value = raw.values[i];
    if (!(value >= 0 && value < kMaxClasses) || value != std::floor(value)) {
      return WrongValue(
          raw, i, binary ? "label 0 or 1" : "a label: a whole number from 0 on, below 1048576");
    }
    const int32_t label = static_cast<int32_t>(value);
    if (binary && label > 1) {
      return UsageError(
          absl::StrFormat("%s: found label %d, but BINARY_CROSSENTROPY takes 0 and 1: use "
                          "CATEGORICAL_CROSSENTROPY",
                          raw.place(static_cast<int64_t>(i)), label));
    }
    data->labels.push_back(label);
    data->format.classes = std::max<int64_t>(data->format.classes, label + 1);
  }
  return OkStatus();
}

Status SetOneHot(const RawTargets& raw, Dataset* data) {
  const size_t classes = static_cast<size_t>(raw.width);
  data->format.classes = raw.width;
  for (size_t row = 0; row < raw.values.size(); row += classes) {
    int32_t label = -1;
    for (size_t j = 0; j < classes; ++j) {
      const double value = raw.values[row + j];
      if (value != 0 && value != 1) return WrongValue(raw, row + j, "0 or 1 in a one-hot row");
      if (value == 0) continue;
      if (label >= 0) return WrongValue(raw, row + j, "a single 1 in a one-hot row, not a second");
      label = static_cast<int32_t>(j);
    }
    if (label < 0) return WrongValue(raw, row, "a 1 somewhere in a one-hot row, not zeros alone");
    data->labels.push_back(label);
  }
  return OkStatus();
}

Status SetRegression(const RawTargets& raw, Dataset* data) {
  data->format.targets = raw.width;
  data->targets.reserve(raw.values.size());
  for (size_t i = 0; i < raw.values.size(); ++i) {
    const float target = static_cast<float>(raw.values[i]);
    if (!std::isfinite(target)) return WrongValue(raw, i, "a finite number of float32's range");
    data->targets.push_back(target);
  }
  return OkStatus();
}

void LabelByName(const std::vector<std::string>& classes, const std::vector<std::string>& names,
                 Dataset* data) {
  data->format.classes = static_cast<int64_t>(classes.size());
  for (const std::string& name : names) {
    const auto at = std::lower_bound(classes.begin(), classes.end(), name);
    data->labels.push_back(static_cast<int32_t>(at - classes.begin()));
  }
}

}  // namespace

bool TakesLabels(LossFunction::Kind loss) {
  return loss == LossFunction::BINARY_CROSSENTROPY ||
         loss == LossFunction::CATEGORICAL_CROSSENTROPY;
}

Status SetTargets(const RawTargets& raw, LossFunction::Kind loss, Dataset* data) {
  if (!TakesLabels(loss)) return SetRegression(raw, data);
  if (raw.width == 1) return SetLabels(raw, loss, data);
  if (loss == LossFunction::CATEGORICAL_CROSSENTROPY) return SetOneHot(raw, data);
  return UsageError(absl::StrFormat(
      "%s: found %d values a sample, but BINARY_CROSSENTROPY takes one label, 0 or 1; for one-hot "
      "rows use CATEGORICAL_CROSSENTROPY",
      raw.place(0), raw.width));
}

Status SetClassNames(const std::vector<std::string>& train, const std::vector<std::string>& test,
                     const std::string& where, LossFunction::Kind loss, TrainAndTest* sets) {
  std::vector<std::string> classes = train;
  classes.insert(classes.end(), test.begin(), test.end());
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  if (classes.size() < 2) {
    return BadDataError(
        absl::StrFormat("%s: every sample is of class \"%s\"; expected at least two "
                        "classes",
                        where, Printable(classes.empty() ? "" : classes.front())));
  }
  if (loss == LossFunction::BINARY_CROSSENTROPY && classes.size() > 2) {
    return UsageError(absl::StrFormat(
        "%s: found %d classes (\"%s\", \"%s\", \"%s\" ...), but BINARY_CROSSENTROPY takes two: use "
        "CATEGORICAL_CROSSENTROPY",
        where, classes.size(), Printable(classes[0]), Printable(classes[1]),
        Printable(classes[2])));
  }
  LabelByName(classes, train, &sets->train);
  if (!test.empty()) LabelByName(classes, test, &sets->test);
  sets->class_names = std::move(classes);
  return OkStatus();
}

Status MatchFormats(const std::string& where, TrainAndTest* sets) {
  if (sets->test.size == 0) return OkStatus();
  SampleFormat& train = sets->train.format;
  SampleFormat& test = sets->test.format;
  if (test.shape != train.shape) {
    const auto text = [](const std::vector<int64_t>& shape) {
      std::string extents;
      for (const int64_t extent : shape) {
        extents += (extents.empty() ? "" : ",") + std::to_string(extent);
      }
      return "[" + extents + "]";
    };
    return BadDataError(where + ": test samples are " + text(test.shape) + ", training samples " +
                        text(train.shape) + "; expected one shape");
  }
  if (test.targets != train.targets) {
    return BadDataError(
        absl::StrFormat("%s: %d targets a test sample, %d a training sample; expected as many",
                        where, test.targets, train.targets));
  }
  if (train.encoding != test.encoding) {  // a network is made for one of them
    BytesToDense(&sets->train);
    BytesToDense(&sets->test);
  }
  train.classes = test.classes = std::max(train.classes, test.classes);
  return OkStatus();
}

}  // namespace lockstep
