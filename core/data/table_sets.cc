#include "core/data/table_sets.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/data/formats/csv.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/keras_sets.h"

namespace lockstep {
namespace {

// x and y of one part of an npz: whole-numbered vectors y are class labels, all else is a target.
StatusOr<Dataset> NpzPart(const NpzReader& file, const std::string& x_name,
                          const std::string& y_name) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray x, file.Read(x_name));
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray y, file.Read(y_name));
  if (x.shape.size() < 2 || x.shape.size() > 4 || y.shape.empty() || x.elems() == 0 ||
      x.shape[0] != y.shape[0]) {
    return BadDataError(x.name + ": expected samples [n, ...] of at most 3 axes each, and " +
                        y_name + " with as many entries");
  }
  Dataset data;
  data.size = x.shape[0];
  data.format.shape.assign(x.shape.begin() + 1, x.shape.end());
  if (x.type == NpyType::kUint8) {
    data.format.encoding = Encoding::kUint8;
    data.bytes.assign(x.data().begin(), x.data().end());
  } else {
    LOCKSTEP_ASSIGN_OR_RETURN(data.dense, NpyToFloats(x));
  }
  if (y.is_floating() || y.row_elems() != 1) {
    data.format.targets = y.row_elems();
    LOCKSTEP_ASSIGN_OR_RETURN(data.targets, NpyToFloats(y));
    return data;
  }
  LOCKSTEP_ASSIGN_OR_RETURN(data.labels, NpyToInts(y));
  const auto [least, most] = std::minmax_element(data.labels.begin(), data.labels.end());
  constexpr int32_t kMaxClasses = 1 << 20;
  if (*least < 0 || *most >= kMaxClasses) {
    return BadDataError(absl::StrFormat("%s: labels from %d to %d, expected 0 to 1048575", y.name,
                                        *least, *most));
  }
  data.format.classes = *most + 1;
  return data;
}

StatusOr<Dataset> CsvPart(const std::string& path, const std::string& target,
                          std::vector<double>* exact) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  LOCKSTEP_ASSIGN_OR_RETURN(CsvTable table, ParseCsv(text, target, path));
  Dataset data;
  data.size = table.rows;
  data.format.shape = {static_cast<int64_t>(table.features.size())};
  if (table.features.empty() || table.rows == 0) {
    return BadDataError(path + ": expected at least one feature column and one row");
  }
  data.dense.assign(table.x.begin(), table.x.end());
  data.targets.assign(table.y.begin(), table.y.end());
  *exact = std::move(table.x);
  return data;
}

}  // namespace

StatusOr<TrainAndTest> LoadNpz(const NpzData& config, DatasetNeeds needs) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, NpzReader::Open(config.path()));
  TrainAndTest sets;
  LOCKSTEP_ASSIGN_OR_RETURN(sets.train, NpzPart(file, config.x(), config.y()));
  if (needs.test && file.Has(config.x_test())) {
    LOCKSTEP_ASSIGN_OR_RETURN(sets.test, NpzPart(file, config.x_test(), config.y_test()));
    if (sets.test.format.shape != sets.train.format.shape) {
      return BadDataError(config.path() + ": test and training samples differ in shape");
    }
    if (sets.test.format.classes > sets.train.format.classes) {
      return BadDataError(config.path() + ": the test set has labels the training set lacks");
    }
    sets.test.format.classes = sets.train.format.classes;
  }
  return sets;
}

StatusOr<TrainAndTest> LoadCsv(const CsvData& config, DatasetNeeds needs) {
  TrainAndTest sets;
  LOCKSTEP_ASSIGN_OR_RETURN(sets.train,
                            CsvPart(config.path(), config.target(), &sets.train_exact));
  if (needs.test && config.has_test_path()) {
    LOCKSTEP_ASSIGN_OR_RETURN(sets.test,
                              CsvPart(config.test_path(), config.target(), &sets.test_exact));
    if (sets.test.format.shape != sets.train.format.shape) {
      return BadDataError(config.test_path() + ": other columns than " + config.path());
    }
  }
  return sets;
}

StatusOr<TrainAndTest> LoadIdx(const IdxData& config) {
  TrainAndTest sets;
  LOCKSTEP_ASSIGN_OR_RETURN(sets.train, LoadIdxPair(config.images(), config.labels()));
  LOCKSTEP_ASSIGN_OR_RETURN(sets.test,
                            LoadIdxPair(config.test_images(), config.test_labels()));
  const int64_t classes = std::max(sets.train.format.classes, sets.test.format.classes);
  sets.train.format.classes = sets.test.format.classes = classes;
  return sets;
}

}  // namespace lockstep
