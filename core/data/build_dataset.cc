#include "core/data/build_dataset.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/rng.h"
#include "core/data/formats/csv.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/keras_sets.h"
#include "core/data/prepare.h"
#include "core/data/text_sets.h"

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

// Class c has mean +-1 per feature, by the bits of its own stream, and noise of deviation 1.
Dataset MakeSynthetic(const SyntheticData& config, uint64_t seed, int64_t first, int64_t size) {
  Dataset data;
  data.size = size;
  data.format.shape.assign(config.shape().begin(), config.shape().end());
  data.format.classes = config.classes();
  const size_t features = static_cast<size_t>(data.format.features());
  const uint32_t groups = std::max(config.classes(), 1u);
  for (int64_t i = 0; i < size; ++i) {
    const uint64_t sample = static_cast<uint64_t>(first + i);
    const uint32_t label = static_cast<uint32_t>(sample % groups);
    const RandomKey mean = {seed, RandomUse::kSynthetic, 1, label};
    const RandomKey noise = {seed, RandomUse::kSynthetic, 2, sample};
    double sum = 0;
    for (size_t j = 0; j < features; ++j) {
      const float value = (Uniform(mean, j) < 0.5f ? -1.0f : 1.0f) + Normal(noise, j);
      data.dense.push_back(value);
      sum += value;
    }
    if (config.classes() > 0) data.labels.push_back(static_cast<int32_t>(label));
    else data.targets.push_back(static_cast<float>(sum / static_cast<double>(features)));
  }
  return data;
}

TrainAndTest LoadSynthetic(const SyntheticData& config, uint64_t seed) {
  const int64_t samples = config.samples();
  TrainAndTest sets;
  sets.train = MakeSynthetic(config, seed, 0, samples);
  sets.test = MakeSynthetic(config, seed, samples, std::max<int64_t>(samples / 5, 1));
  return sets;
}

StatusOr<TrainAndTest> LoadSource(const Config& config, DatasetNeeds needs) {
  const DataConfig& data = config.data();
  switch (data.source_case()) {
    case DataConfig::kImdb: return LoadImdb(data.imdb().words(), needs);
    case DataConfig::kReuters: return LoadReuters(data.reuters().words(), needs);
    case DataConfig::kBostonHousing: return LoadBostonHousing(needs);
    case DataConfig::kMnist: return LoadMnist(needs);
    case DataConfig::kFashionMnist: return LoadFashionMnist(needs);
    case DataConfig::kIdx: return LoadIdx(data.idx());
    case DataConfig::kNpz: return LoadNpz(data.npz(), needs);
    case DataConfig::kCsv: return LoadCsv(data.csv(), needs);
    case DataConfig::kSynthetic: return LoadSynthetic(data.synthetic(), config.seed());
    case DataConfig::SOURCE_NOT_SET: break;
  }
  return BugError("a config without a source was not refused");
}

}  // namespace

StatusOr<DatasetSplits> BuildDatasets(const Config& config, DatasetNeeds needs) {
  DatasetNeeds load = needs;
  if (needs.train && config.data().validation().test()) load.test = true;
  if (config.data().standardize()) load.train = true;  // the test set takes its moments
  LOCKSTEP_ASSIGN_OR_RETURN(TrainAndTest sets, LoadSource(config, load));
  LOCKSTEP_RETURN_IF_ERROR(ScaleFeatures(config.data(), &sets));
  if (!needs.train) sets.train = Dataset{};
  return Split(config.data(), std::move(sets));
}

StatusOr<SampleFormat> TrainingFormat(const Config& config) {
  const DataConfig& data = config.data();
  const auto multi_hot = [](uint32_t words, int64_t classes) {
    return SampleFormat{.shape = {words}, .encoding = Encoding::kSparse, .classes = classes};
  };
  if (data.has_imdb()) return multi_hot(data.imdb().words(), 2);
  if (data.has_reuters()) return multi_hot(data.reuters().words(), 46);
  if (data.has_boston_housing()) return SampleFormat{.shape = {13}};
  if (data.has_mnist() || data.has_fashion_mnist()) {
    return SampleFormat{.shape = {28, 28, 1}, .encoding = Encoding::kUint8, .classes = 10};
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const DatasetSplits splits,
                            BuildDatasets(config, {.train = true, .test = false}));
  return splits.train.format;
}

}  // namespace lockstep
