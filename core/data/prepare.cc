#include "core/data/prepare.h"

#include <google/protobuf/repeated_field.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/summation_tree.h"

namespace lockstep {
namespace {

// Mean and standard deviation per feature, in float64.
struct Moments {
  std::vector<double> mean;
  std::vector<double> deviation;
};

std::vector<double> Widened(const Dataset& data, std::vector<double> exact) {
  return exact.empty() ? std::vector<double>(data.dense.begin(), data.dense.end())
                       : std::move(exact);
}

// Whether all of a feature's values are one value. Its mean may be off by a rounding, so its
// deviation does not tell.
bool IsConstant(const std::vector<double>& values, size_t features, size_t feature) {
  for (size_t i = feature; i < values.size(); i += features) {
    if (values[i] != values[feature]) return false;
  }
  return true;
}

Moments MomentsOf(const std::vector<double>& values, size_t features) {
  const double n = static_cast<double>(values.size() / features);
  Moments moments = {std::vector<double>(features), std::vector<double>(features)};
  for (size_t i = 0; i < values.size(); ++i) moments.mean[i % features] += values[i];
  for (double& mean : moments.mean) mean /= n;
  for (size_t i = 0; i < values.size(); ++i) {
    const double off = values[i] - moments.mean[i % features];
    moments.deviation[i % features] += off * off;
  }
  for (size_t j = 0; j < features; ++j) {
    moments.deviation[j] = std::sqrt(moments.deviation[j] / n);
    if (moments.deviation[j] > 0 && !IsConstant(values, features, j)) continue;
    moments.mean[j] = values[j];
    moments.deviation[j] = 1;
  }
  return moments;
}

void Standardise(const Moments& moments, const std::vector<double>& values, Dataset* data) {
  const size_t features = moments.mean.size();
  for (size_t i = 0; i < values.size(); ++i) {
    data->dense[i] = static_cast<float>((values[i] - moments.mean[i % features]) /
                                        moments.deviation[i % features]);
  }
  data->format.feature_mean.assign(moments.mean.begin(), moments.mean.end());
  data->format.feature_deviation.assign(moments.deviation.begin(), moments.deviation.end());
}

void Divide(float by, Dataset* data) {
  data->format.divide_by = by;  // bytes are divided when they are gathered
  for (float& value : data->dense) value /= by;
}

// `values` for each channel: one stands for all.
StatusOr<std::vector<float>> PerChannel(const std::string& where,
                                        const google::protobuf::RepeatedField<float>& values,
                                        int64_t channels) {
  if (values.size() == 1) return std::vector<float>(static_cast<size_t>(channels), values[0]);
  if (values.empty() || values.size() == channels) {
    return std::vector<float>(values.begin(), values.end());
  }
  return UsageError(absl::StrFormat("%s: found %d values, expected 1 or one for each of %d channels",
                                    where, values.size(), channels));
}

// Floats are normalised here, bytes when they become floats.
void NormaliseFloats(Dataset* data) {
  const size_t channels = static_cast<size_t>(data->format.shape.back());
  const std::vector<float> mean = std::exchange(data->format.mean, {});
  const std::vector<float> std = std::exchange(data->format.std, {});
  for (size_t i = 0; i < data->dense.size(); ++i) {
    if (!mean.empty()) data->dense[i] -= mean[i % channels];
    if (!std.empty()) data->dense[i] /= std[i % channels];
  }
}

// The training samples that are set aside.
StatusOr<Range> ValidationRange(const ValidationConfig& rule, int64_t n) {
  if (rule.has_last_fraction()) {
    const auto kept = static_cast<int64_t>(static_cast<double>(n) * (1 - rule.last_fraction()));
    return Range{kept, n};
  }
  if (rule.has_fold()) {
    const int64_t part = n / rule.folds();
    if (part == 0) {
      return UsageError(absl::StrFormat(
          "data.validation.folds: found %d, but there are %d training samples; expected at most as "
          "many folds", rule.folds(), n));
    }
    return Range{rule.fold() * part, (rule.fold() + 1) * part};
  }
  const int64_t first = static_cast<int64_t>(std::min<uint64_t>(rule.first(), INT64_MAX));
  if (first >= n) {
    return UsageError(absl::StrFormat(
        "data.validation.first: found %d, but there are %d training samples: none would be left",
        first, n));
  }
  return Range{0, first};
}

}  // namespace

Status ScaleFeatures(const DataConfig& config, TrainAndTest* sets) {
  const bool divides = config.divide_by() != 1;
  if (!config.standardize() && !divides) return OkStatus();
  if (sets->train.format.encoding == Encoding::kSparse) {
    return UsageError("data: standardize and divide_by are for numbers; this set is multi-hot");
  }
  const bool in_files = sets->train.reader != nullptr || sets->test.reader != nullptr;
  if (config.standardize() && in_files) {
    return UsageError("data.standardize: pictures stay in their files; use divide_by and normalize "
                      "instead, such as divide_by: 255 normalize { mean: 0.45 std: 0.225 }");
  }
  if (config.standardize()) {
    BytesToDense(&sets->train);
    BytesToDense(&sets->test);
    const std::vector<double> train = Widened(sets->train, std::move(sets->train_exact));
    const std::vector<double> test = Widened(sets->test, std::move(sets->test_exact));
    const Moments moments =
        MomentsOf(train, static_cast<size_t>(sets->train.format.features()));
    Standardise(moments, train, &sets->train);
    Standardise(moments, test, &sets->test);
  }
  if (divides) {
    Divide(config.divide_by(), &sets->train);
    Divide(config.divide_by(), &sets->test);
  }
  return OkStatus();
}

Status Normalise(const NormalizeConfig& config, TrainAndTest* sets) {
  for (Dataset* set : {&sets->train, &sets->test}) {
    if (set->size == 0) continue;
    if (set->format.encoding == Encoding::kSparse) {
      return UsageError("data: normalize is for images; this set is multi-hot");
    }
    const int64_t channels = set->format.shape.back();
    LOCKSTEP_ASSIGN_OR_RETURN(set->format.mean,
                              PerChannel("data.normalize.mean", config.mean(), channels));
    LOCKSTEP_ASSIGN_OR_RETURN(set->format.std,
                              PerChannel("data.normalize.std", config.std(), channels));
    if (set->format.encoding == Encoding::kDense) NormaliseFloats(set);
  }
  return OkStatus();
}

namespace {

size_t ClassesAmong(std::span<const int32_t> labels) {
  return std::unordered_set<int32_t>(labels.begin(), labels.end()).size();
}

// Sets that are in the order of their classes lose classes where only the first samples are taken.
std::string TakeNote(const std::vector<int32_t>& labels, size_t taken) {
  const size_t before = ClassesAmong(labels);
  const size_t after = ClassesAmong(std::span(labels).first(taken));
  if (2 * after > before) return "";
  return absl::StrFormat("note: data.take: the first %d samples have %d of %d classes; the data is "
                         "in the order of its classes",
                         taken, after, before);
}

}  // namespace

StatusOr<DatasetSplits> Split(const DataConfig& config, TrainAndTest sets) {
  DatasetSplits splits;
  splits.class_names = std::move(sets.class_names);
  splits.notes = std::move(sets.notes);
  splits.test = std::move(sets.test);
  int64_t n = sets.train.size;
  if (n == 0) return splits;  // the caller asked for the test set alone
  if (config.take() > 0 && static_cast<int64_t>(config.take()) < n) {
    n = static_cast<int64_t>(config.take());
    if (!sets.train.labels.empty()) {
      std::string note = TakeNote(sets.train.labels, static_cast<size_t>(n));
      if (!note.empty()) splits.notes.push_back(std::move(note));
    }
    sets.train = Slice(sets.train, 0, n);
  }
  const ValidationConfig& rule = config.validation();
  if (rule.test()) {
    if (splits.test.size == 0) {
      return UsageError("data.validation.test: the data has no test set; name its file or "
                        "folder, or take part of the training samples: data { validation { "
                        "last_fraction: 0.2 } }");
    }
    splits.validation = splits.test;
  } else if (config.has_validation()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const Range aside, ValidationRange(rule, n));
    splits.validation = Slice(sets.train, aside.begin, aside.end);
    sets.train = Concatenate(Slice(sets.train, 0, aside.begin), Slice(sets.train, aside.end, n));
  }
  if (sets.train.size == 0) return UsageError("data.validation leaves no training sample");
  splits.train = std::move(sets.train);
  return splits;
}

}  // namespace lockstep
