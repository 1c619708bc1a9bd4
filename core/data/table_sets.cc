#include "core/data/table_sets.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/printable.h"
#include "core/data/formats/csv.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/keras_sets.h"
#include "core/data/targets.h"

namespace lockstep {
namespace {

// The position of the first feature that float32 cannot hold, or the number of features.
size_t FirstNotFinite(const std::vector<float>& features) {
  const auto at = std::find_if_not(features.begin(), features.end(),
                                   [](float value) { return std::isfinite(value); });
  return static_cast<size_t>(at - features.begin());
}

Status ReadNpzFeatures(const NpyArray& x, Dataset* data, std::vector<double>* exact) {
  data->size = x.shape[0];
  data->format.shape.assign(x.shape.begin() + 1, x.shape.end());
  if (x.type == NpyType::kUint8) {
    data->format.encoding = Encoding::kUint8;
    data->bytes.assign(x.data().begin(), x.data().end());
    return OkStatus();
  }
  LOCKSTEP_ASSIGN_OR_RETURN(data->dense, NpyToFloats(x));
  if (x.type == NpyType::kFloat64) {
    LOCKSTEP_ASSIGN_OR_RETURN(*exact, NpyToDoubles(x));
  }
  const size_t bad = FirstNotFinite(data->dense);
  if (bad == data->dense.size()) return OkStatus();
  const size_t features = static_cast<size_t>(data->format.features());
  return BadDataError(absl::StrFormat(
      "%s, sample %d, feature %d: found %g, expected a finite number of float32's range", x.name,
      bad / features, bad % features, exact->empty() ? data->dense[bad] : (*exact)[bad]));
}

// x and y of one part of an .npz.
StatusOr<Dataset> NpzPart(const NpzReader& file, const std::string& x_name,
                          const std::string& y_name, LossFunction::Kind loss,
                          std::vector<double>* exact) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray x, file.Read(x_name));
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray y, file.Read(y_name));
  if (x.shape.size() < 2 || x.shape.size() > 4 || x.elems() == 0) {
    return BadDataError(x.name +
                        ": expected samples [n, ...] of 1 to 3 axes each and at least one");
  }
  if (y.shape.empty() || y.elems() == 0 || x.shape[0] != y.shape[0]) {
    return BadDataError(absl::StrFormat("%s: found %d entries, expected %d, one a sample of %s",
                                        y.name, y.shape.empty() ? 0 : y.shape[0], x.shape[0],
                                        x_name));
  }
  Dataset data;
  LOCKSTEP_RETURN_IF_ERROR(ReadNpzFeatures(x, &data, exact));
  RawTargets raw;
  raw.width = y.row_elems();
  raw.place = [&y](int64_t sample) { return absl::StrFormat("%s, sample %d", y.name, sample); };
  LOCKSTEP_ASSIGN_OR_RETURN(raw.values, NpyToDoubles(y));
  LOCKSTEP_RETURN_IF_ERROR(SetTargets(raw, loss, &data));
  return data;
}

StatusOr<CsvTable> ReadCsv(const std::string& path, const std::string& target,
                           LossFunction::Kind loss) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseCsv(text, target, path,
                  TakesLabels(loss) ? CsvTarget::kNumberOrText : CsvTarget::kNumber);
}

// Takes the features, and the targets unless they are text.
StatusOr<Dataset> FromCsv(CsvTable table, const std::string& path, const CsvData& config,
                          LossFunction::Kind loss, std::vector<double>* exact) {
  Dataset data;
  data.size = table.rows;
  data.format.shape = {static_cast<int64_t>(table.features.size())};
  data.dense.assign(table.x.begin(), table.x.end());
  *exact = std::move(table.x);
  const size_t bad = FirstNotFinite(data.dense);
  if (bad < data.dense.size()) {
    return BadDataError(
        absl::StrFormat("%s:%d, column \"%s\": found %g, expected a number of float32's range",
                        path, table.lines[bad / table.features.size()],
                        Printable(table.features[bad % table.features.size()]), (*exact)[bad]));
  }
  if (!table.y_text.empty()) return data;
  RawTargets raw;
  raw.values = std::move(table.y);
  raw.place = [&](int64_t sample) {
    return absl::StrFormat("%s:%d, column \"%s\"", path, table.lines[static_cast<size_t>(sample)],
                           Printable(config.target()));
  };
  LOCKSTEP_RETURN_IF_ERROR(SetTargets(raw, loss, &data));
  return data;
}

// Whether a test table has the training table's columns, in order, and the same kind of target.
Status CheckColumns(const CsvTable& train, const CsvTable& test, const CsvData& config) {
  const auto [a, b] = std::mismatch(train.features.begin(), train.features.end(),
                                    test.features.begin(), test.features.end());
  if (a != train.features.end() || b != test.features.end()) {
    const auto name = [](auto at, auto end) {
      return at == end ? std::string("nothing") : "\"" + Printable(*at) + "\"";
    };
    return BadDataError(absl::StrFormat(
        "%s: feature column %d is %s, but %s in %s; expected the same columns in the same order",
        config.test_path(), a - train.features.begin() + 1, name(b, test.features.end()),
        name(a, train.features.end()), config.path()));
  }
  if (train.y_text.empty() == test.y_text.empty()) return OkStatus();
  const char* kinds[] = {"numbers", "text"};
  return BadDataError(absl::StrFormat(
      "%s: column \"%s\" holds %s, but %s in %s", config.test_path(), Printable(config.target()),
      kinds[!test.y_text.empty()], kinds[!train.y_text.empty()], config.path()));
}

// The labels of an IDX pair as the loss takes them.
Status RetargetIdx(const std::string& path, LossFunction::Kind loss, Dataset* data) {
  RawTargets raw;
  raw.values.assign(data->labels.begin(), data->labels.end());
  raw.place = [&](int64_t sample) { return absl::StrFormat("%s, sample %d", path, sample); };
  data->labels.clear();
  data->format.classes = 0;
  return SetTargets(raw, loss, data);
}

}  // namespace

StatusOr<TrainAndTest> LoadNpz(const NpzData& config, LossFunction::Kind loss) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, NpzReader::Open(config.path()));
  TrainAndTest sets;
  LOCKSTEP_ASSIGN_OR_RETURN(sets.train,
                            NpzPart(file, config.x(), config.y(), loss, &sets.train_exact));
  const bool named = config.has_x_test() || config.has_y_test();
  if (named || file.Has(config.x_test())) {
    LOCKSTEP_ASSIGN_OR_RETURN(
        sets.test, NpzPart(file, config.x_test(), config.y_test(), loss, &sets.test_exact));
  }
  LOCKSTEP_RETURN_IF_ERROR(MatchFormats(config.path(), &sets));
  return sets;
}

StatusOr<TrainAndTest> LoadCsv(const CsvData& config, LossFunction::Kind loss) {
  TrainAndTest sets;
  LOCKSTEP_ASSIGN_OR_RETURN(CsvTable train, ReadCsv(config.path(), config.target(), loss));
  const std::vector<std::string> train_names = train.y_text;
  std::vector<std::string> test_names;
  if (config.has_test_path()) {
    LOCKSTEP_ASSIGN_OR_RETURN(CsvTable test, ReadCsv(config.test_path(), config.target(), loss));
    LOCKSTEP_RETURN_IF_ERROR(CheckColumns(train, test, config));
    test_names = test.y_text;
    LOCKSTEP_ASSIGN_OR_RETURN(
        sets.test, FromCsv(std::move(test), config.test_path(), config, loss, &sets.test_exact));
  }
  LOCKSTEP_ASSIGN_OR_RETURN(
      sets.train, FromCsv(std::move(train), config.path(), config, loss, &sets.train_exact));
  if (!train_names.empty()) {
    const std::string where =
        absl::StrFormat("%s, column \"%s\"", config.path(), Printable(config.target()));
    LOCKSTEP_RETURN_IF_ERROR(SetClassNames(train_names, test_names, where, loss, &sets));
  }
  LOCKSTEP_RETURN_IF_ERROR(MatchFormats(config.test_path(), &sets));
  return sets;
}

StatusOr<TrainAndTest> LoadIdx(const IdxData& config, LossFunction::Kind loss) {
  if (config.has_test_images() != config.has_test_labels()) {
    return UsageError(absl::StrFormat("data.idx.%s is missing beside %s: expected both or neither",
                                      config.has_test_images() ? "test_labels" : "test_images",
                                      config.has_test_images() ? "test_images" : "test_labels"));
  }
  TrainAndTest sets;
  LOCKSTEP_ASSIGN_OR_RETURN(sets.train, LoadIdxPair(config.images(), config.labels()));
  LOCKSTEP_RETURN_IF_ERROR(RetargetIdx(config.labels(), loss, &sets.train));
  if (config.has_test_images()) {
    LOCKSTEP_ASSIGN_OR_RETURN(sets.test, LoadIdxPair(config.test_images(), config.test_labels()));
    LOCKSTEP_RETURN_IF_ERROR(RetargetIdx(config.test_labels(), loss, &sets.test));
  }
  LOCKSTEP_RETURN_IF_ERROR(MatchFormats(config.test_images(), &sets));
  return sets;
}

}  // namespace lockstep
