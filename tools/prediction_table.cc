#include "tools/prediction_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "absl/strings/str_format.h"
#include "core/base/csv_field.h"
#include "core/data/class_label.h"

namespace lockstep {
namespace {

std::string NameOf(const PredictedSamples& predictions, int64_t label) {
  return ClassLabel(*predictions.class_names, label);
}

size_t ClassesOf(const PredictedSamples& predictions) {
  return predictions.width == 1 ? 2 : predictions.width;
}

// ",NAME_0,NAME_1", or ",NAME" of one.
std::string NumberedColumns(const char* name, size_t count) {
  if (count == 1) return std::string(",") + name;
  std::string columns;
  for (size_t i = 0; i < count; ++i) absl::StrAppendFormat(&columns, ",%s_%d", name, i);
  return columns;
}

std::string Header(const PredictedSamples& predictions, bool full) {
  if (predictions.samples->format.classes == 0) {
    const size_t columns = full ? predictions.width : 1;
    return "sample" + NumberedColumns("target", columns) + NumberedColumns("predicted", columns);
  }
  std::string header = "sample,label,predicted,probability";
  if (!full) return header;
  const size_t classes = ClassesOf(predictions);
  for (size_t i = 1; classes > kToldClasses && i <= kToldClasses; ++i) {
    absl::StrAppendFormat(&header, ",top_%d", i);
  }
  for (size_t label = 0; label < classes; ++label) {
    header += "," + CsvField("probability_" + NameOf(predictions, static_cast<int64_t>(label)));
  }
  return header;
}

void AddClasses(const PredictedSamples& predictions, size_t row, bool full, std::string* line) {
  const std::vector<float> probabilities =
      ClassProbabilities(predictions.outputs.subspan(row * predictions.width, predictions.width));
  const auto add_class = [&](size_t label) {
    *line += "," + CsvField(NameOf(predictions, static_cast<int64_t>(label)));
  };
  const std::vector<size_t> best = MostProbable(probabilities, kToldClasses);
  add_class(static_cast<size_t>(predictions.samples->labels[row]));
  add_class(best[0]);
  if (!full) {
    absl::StrAppendFormat(line, ",%.6f", probabilities[best[0]]);
    return;
  }
  absl::StrAppendFormat(line, ",%.9g", probabilities[best[0]]);
  if (probabilities.size() > kToldClasses) std::for_each(best.begin(), best.end(), add_class);
  for (const float probability : probabilities) absl::StrAppendFormat(line, ",%.9g", probability);
}

void AddAmounts(const PredictedSamples& predictions, size_t row, bool full, std::string* line) {
  const size_t begin = row * predictions.width;
  const auto add = [&](std::span<const float> amounts) {
    for (size_t i = 0; i < amounts.size(); ++i) {
      *line += full || i == 0 ? ',' : ' ';
      absl::StrAppendFormat(line, "%.*g", full ? 9 : 6, amounts[i]);
    }
  };
  add(std::span(predictions.samples->targets).subspan(begin, predictions.width));
  add(predictions.outputs.subspan(begin, predictions.width));
}

std::string Table(const PredictedSamples& predictions, bool full) {
  const bool classes = predictions.samples->format.classes > 0;
  std::string table = Header(predictions, full) + "\n";
  for (size_t row = 0; row < predictions.outputs.size() / predictions.width; ++row) {
    table += std::to_string(row);
    (classes ? AddClasses : AddAmounts)(predictions, row, full, &table);
    table += '\n';
  }
  return table;
}

}  // namespace

std::string ShortTable(const PredictedSamples& predictions) { return Table(predictions, false); }

std::string FullTable(const PredictedSamples& predictions) { return Table(predictions, true); }

std::vector<float> ClassProbabilities(std::span<const float> output) {
  if (output.size() == 1) return {1 - output[0], output[0]};
  return {output.begin(), output.end()};
}

std::vector<size_t> MostProbable(std::span<const float> probabilities, size_t count) {
  const auto rank = [&](size_t label) {
    const float probability = probabilities[label];
    return std::isnan(probability) ? -std::numeric_limits<float>::infinity() : probability;
  };
  std::vector<size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t kept = std::min(count, order.size());
  std::partial_sort(
      order.begin(), order.begin() + static_cast<ptrdiff_t>(kept), order.end(),
      [&](size_t a, size_t b) { return rank(a) != rank(b) ? rank(a) > rank(b) : a < b; });
  order.resize(kept);
  return order;
}

}  // namespace lockstep
