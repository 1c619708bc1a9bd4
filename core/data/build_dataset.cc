#include "core/data/build_dataset.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/config/layer_names.h"
#include "core/data/augment.h"
#include "core/data/cifar10_set.h"
#include "core/data/image_folder.h"
#include "core/data/keras_sets.h"
#include "core/data/prepare.h"
#include "core/data/synthetic_set.h"
#include "core/data/table_sets.h"
#include "core/data/text_sets.h"

namespace lockstep {
namespace {

StatusOr<TrainAndTest> LoadSource(const Config& config, DatasetNeeds needs) {
  const DataConfig& data = config.data();
  switch (data.source_case()) {
    case DataConfig::kImdb: return LoadImdb(data.imdb().words(), needs);
    case DataConfig::kReuters: return LoadReuters(data.reuters().words(), needs);
    case DataConfig::kBostonHousing: return LoadBostonHousing(needs);
    case DataConfig::kMnist: return LoadMnist(needs);
    case DataConfig::kFashionMnist: return LoadFashionMnist(needs);
    case DataConfig::kIdx: return LoadIdx(data.idx(), config.loss());
    case DataConfig::kNpz: return LoadNpz(data.npz(), config.loss());
    case DataConfig::kCsv: return LoadCsv(data.csv(), config.loss());
    case DataConfig::kSynthetic: return LoadSynthetic(data.synthetic(), config.seed());
    case DataConfig::kCifar10: return LoadCifar10(needs);
    case DataConfig::kImageFolder: return LoadImageFolder(data.image_folder(), needs);
    case DataConfig::SOURCE_NOT_SET: break;
  }
  return BugError("a config without a source was not refused");
}

// The number of outputs of the network's prediction, as its last dense layer or convolution tells
// it; 0 if none does. What is wrong with such a model, BuildGraph says.
int64_t OutputsOf(const ModelConfig& model) {
  if (model.has_zoo()) return model.classes();
  const std::vector<std::string> names = DefaultLayerNames(model);
  std::map<std::string, int> place = {{kInputName, -1}};
  for (size_t i = 0; i < names.size(); ++i) place[names[i]] = static_cast<int>(i);
  std::vector<int> first_input;  // -1: the network's input
  std::set<int> taken;
  for (int i = 0; i < model.layer_size(); ++i) {
    first_input.push_back(i - 1);
    const auto& named = model.layer(i).input();
    if (named.empty()) taken.insert(i - 1);
    for (const std::string& name : named) taken.insert(place[name]);
    if (!named.empty()) first_input.back() = place[named[0]];
  }
  int layer = 0;
  while (layer < model.layer_size() && taken.contains(layer)) ++layer;
  if (model.output_size() > 0) layer = place[model.output(0).layer()];
  for (int steps = 0; steps < model.layer_size(); ++steps) {  // there may be a cycle
    if (layer < 0 || layer >= model.layer_size()) break;
    const LayerConfig& at = model.layer(layer);
    if (at.has_dense()) return at.dense().units();
    if (at.has_conv2d()) return at.conv2d().filters();
    layer = first_input[static_cast<size_t>(layer)];
  }
  return 0;
}

// A network may tell more classes than the labels of a file happen to have: a part of a set may
// lack the last ones.
void TakeClassesOfNetwork(const Config& config, TrainAndTest* sets) {
  const DataConfig& data = config.data();
  const bool counted = data.has_idx() || data.has_npz() || data.has_csv();  // from the labels
  if (!counted || !sets->class_names.empty() ||
      config.loss() != LossFunction::CATEGORICAL_CROSSENTROPY) {
    return;
  }
  const int64_t outputs = OutputsOf(config.model());
  for (Dataset* set : {&sets->train, &sets->test}) {
    set->format.classes = std::max(set->format.classes, outputs);
  }
}

// Pictures of no more bytes are decoded once, larger sets each time they are read.
constexpr int64_t kMaxDecodedBytes = int64_t{1} << 30;

// Gives the training set its random changes.
Status Augment(const Config& config, Dataset* train) {
  if (!config.data().has_augment() || train->size == 0) return OkStatus();
  auto augmentation = std::make_shared<Augmentation>(config.data().augment(), config.seed());
  if (augmentation->empty()) return OkStatus();
  if (train->format.encoding != Encoding::kUint8 || train->format.shape.size() != 3 ||
      train->format.shape[2] > 4) {
    return UsageError("data.augment: it changes pictures of bytes [height, width, channels]; these "
                      "samples are others");
  }
  train->augmentation = std::move(augmentation);
  return OkStatus();
}

Status DecodeSmallSets(DatasetSplits* splits) {
  LOCKSTEP_RETURN_IF_ERROR(DecodeIfSmall(&splits->train, kMaxDecodedBytes));
  const bool twice = splits->validation.reader != nullptr &&
                     splits->validation.reader == splits->test.reader;  // validation { test: true }
  LOCKSTEP_RETURN_IF_ERROR(DecodeIfSmall(&splits->test, kMaxDecodedBytes));
  if (!twice) return DecodeIfSmall(&splits->validation, kMaxDecodedBytes);
  splits->validation = splits->test;
  return OkStatus();
}

// The format of pictures that are not there, as the config tells it; 0 classes if it does not.
SampleFormat DescribedPictures(const Config& config) {
  const ImageFolderData& folder = config.data().image_folder();
  int64_t classes = 0;
  if (config.loss() == LossFunction::BINARY_CROSSENTROPY) classes = 2;
  if (config.loss() == LossFunction::CATEGORICAL_CROSSENTROPY) classes = OutputsOf(config.model());
  return {.shape = {folder.height(), folder.width(), 3},
          .encoding = Encoding::kUint8,
          .classes = classes};
}

StatusOr<SampleFormat> PicturesFormat(const Config& config) {
  StatusOr<SampleFormat> found = ImageFolderFormat(config.data().image_folder());
  if (found.ok() || ExitCodeOf(found.status()) != ExitCode::kMissingInput) return found;
  SampleFormat described = DescribedPictures(config);
  return described.classes > 0 ? StatusOr<SampleFormat>(std::move(described)) : found;
}

}  // namespace

StatusOr<DatasetSplits> BuildDatasets(const Config& config, DatasetNeeds needs) {
  DatasetNeeds load = needs;
  if (needs.train && config.data().validation().test()) load.test = true;
  if (config.data().standardize()) load.train = true;  // the test set takes its moments
  LOCKSTEP_ASSIGN_OR_RETURN(TrainAndTest sets, LoadSource(config, load));
  TakeClassesOfNetwork(config, &sets);
  LOCKSTEP_RETURN_IF_ERROR(ScaleFeatures(config.data(), &sets));
  if (config.data().has_normalize()) {
    LOCKSTEP_RETURN_IF_ERROR(Normalise(config.data().normalize(), &sets));
  }
  if (!needs.train) sets.train = Dataset{};
  if (!load.test) sets.test = Dataset{};
  LOCKSTEP_ASSIGN_OR_RETURN(DatasetSplits splits, Split(config.data(), std::move(sets)));
  LOCKSTEP_RETURN_IF_ERROR(Augment(config, &splits.train));
  if (needs.decode) LOCKSTEP_RETURN_IF_ERROR(DecodeSmallSets(&splits));
  return splits;
}

StatusOr<SampleFormat> TrainingFormat(const Config& config) {
  const DataConfig& data = config.data();
  const auto multi_hot = [](uint32_t words, int64_t classes) {
    return SampleFormat{.shape = {words}, .encoding = Encoding::kSparse, .classes = classes};
  };
  if (data.has_imdb()) return multi_hot(data.imdb().words(), 2);
  if (data.has_reuters()) return multi_hot(data.reuters().words(), 46);
  if (data.has_boston_housing()) return SampleFormat{.shape = {13}};
  if (data.has_image_folder()) return PicturesFormat(config);
  if (data.has_cifar10() || data.has_mnist() || data.has_fashion_mnist()) {
    const Encoding encoding = data.standardize() ? Encoding::kDense : Encoding::kUint8;
    const std::vector<int64_t> shape =
        data.has_cifar10() ? std::vector<int64_t>{32, 32, 3} : std::vector<int64_t>{28, 28, 1};
    return SampleFormat{.shape = shape, .encoding = encoding, .classes = 10};
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const DatasetSplits splits,
                            BuildDatasets(config, {.train = true, .test = false}));
  return splits.train.format;
}

}  // namespace lockstep
