#include "core/data/keras_sets.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/data/data_files.h"
#include "core/data/formats/idx.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/npz_labels.h"
#include "core/data/random_state.h"

namespace lockstep {
namespace {

constexpr uint32_t kKerasSeed = 113;
constexpr int64_t kDigits = 10;  // classes of MNIST and of the sets made like it

StatusOr<Dataset> ImagesFromNpz(const NpzReader& file, const std::string& part) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray images, file.Read("x_" + part));
  if (images.type != NpyType::kUint8 || images.shape.size() != 3 || images.elems() == 0) {
    return BadDataError(images.name + ": expected bytes of shape [n, height, width]");
  }
  Dataset data;
  data.format = {.shape = {images.shape[1], images.shape[2], 1},
                 .encoding = Encoding::kUint8,
                 .classes = kDigits};
  data.size = images.shape[0];
  data.bytes.assign(images.data().begin(), images.data().end());
  LOCKSTEP_ASSIGN_OR_RETURN(data.labels, ReadNpzLabels(file, "y_" + part, kDigits));
  if (static_cast<int64_t>(data.labels.size()) != data.size) {
    return BadDataError(absl::StrFormat("%s: found %d images, but %d labels", images.name,
                                        data.size, data.labels.size()));
  }
  return data;
}

// Rows `order` of a float64 table with one target each.
void TakeRows(const std::vector<double>& x, const std::vector<double>& y,
              std::span<const uint32_t> order, Dataset* data, std::vector<double>* exact) {
  const size_t features = x.size() / y.size();
  data->format = {.shape = {static_cast<int64_t>(features)}};
  data->size = static_cast<int64_t>(order.size());
  for (const uint32_t row : order) {
    exact->insert(exact->end(), x.begin() + static_cast<int64_t>(row * features),
                  x.begin() + static_cast<int64_t>((row + 1) * features));
    data->targets.push_back(static_cast<float>(y[row]));
  }
  data->dense.assign(exact->begin(), exact->end());
}

// The four files of MNIST or of a set made like it, in this folder below a data folder.
StatusOr<TrainAndTest> LoadIdxSet(const std::string& folder, DatasetNeeds needs) {
  TrainAndTest sets;
  for (const bool test : {false, true}) {
    if (!(test ? needs.test : needs.train)) continue;
    const std::string stem = folder + (test ? "/t10k" : "/train");
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string images,
                              FindDataFile(stem + "-images-idx3-ubyte.gz"));
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string labels,
                              FindDataFile(stem + "-labels-idx1-ubyte.gz"));
    LOCKSTEP_ASSIGN_OR_RETURN(Dataset set, LoadIdxPair(images, labels));
    if (set.format.classes > kDigits) {
      return BadDataError(absl::StrFormat("%s: label %d, expected 0 to %d", labels,
                                          set.format.classes - 1, kDigits - 1));
    }
    set.format.classes = kDigits;
    (test ? sets.test : sets.train) = std::move(set);
  }
  return sets;
}

}  // namespace

StatusOr<TrainAndTest> LoadBostonHousing(DatasetNeeds needs) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string path, FindDataFile("boston_housing.npz"));
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, NpzReader::Open(path));
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray x_array, file.Read("x"));
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray y_array, file.Read("y"));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<double> x, NpyToDoubles(x_array));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<double> y, NpyToDoubles(y_array));
  if (x_array.shape.size() != 2 || x.empty() || y.empty() || x_array.shape[0] != y_array.elems()) {
    return BadDataError(x_array.name + ": expected a table [n, features] and n targets y");
  }
  RandomState random(kKerasSeed);
  const std::vector<uint32_t> order = random.ShuffledOrder(y_array.elems());
  const size_t train = static_cast<size_t>(static_cast<double>(y.size()) * (1 - 0.2));
  TrainAndTest sets;
  const std::span<const uint32_t> all(order);
  // The test set is scaled by the training set's moments, so both are needed for either.
  TakeRows(x, y, all.first(train), &sets.train, &sets.train_exact);
  if (needs.test) TakeRows(x, y, all.subspan(train), &sets.test, &sets.test_exact);
  return sets;
}

StatusOr<TrainAndTest> LoadMnist(DatasetNeeds needs) {
  const StatusOr<std::string> npz = FindDataFile("mnist.npz");
  if (!npz.ok()) {
    StatusOr<TrainAndTest> sets = LoadIdxSet("mnist", needs);
    const bool absent = ExitCodeOf(sets.status()) == ExitCode::kMissingInput;
    return absent ? npz.status() : std::move(sets);
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, NpzReader::Open(*npz));
  TrainAndTest sets;
  if (needs.train) {
    LOCKSTEP_ASSIGN_OR_RETURN(sets.train, ImagesFromNpz(file, "train"));
  }
  if (needs.test) {
    LOCKSTEP_ASSIGN_OR_RETURN(sets.test, ImagesFromNpz(file, "test"));
  }
  return sets;
}

StatusOr<TrainAndTest> LoadFashionMnist(DatasetNeeds needs) {
  LOCKSTEP_ASSIGN_OR_RETURN(TrainAndTest sets, LoadIdxSet("fashion-mnist", needs));
  sets.class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return sets;
}

StatusOr<Dataset> LoadIdxPair(const std::string& images_path, const std::string& labels_path) {
  Dataset data;
  if (images_path.empty()) return data;
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string images_file, ReadFile(images_path));
  LOCKSTEP_ASSIGN_OR_RETURN(IdxArray images, ParseIdx(images_file, images_path));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string labels_file, ReadFile(labels_path));
  LOCKSTEP_ASSIGN_OR_RETURN(const IdxArray labels, ParseIdx(labels_file, labels_path));
  if (images.shape.size() != 3 || labels.shape.size() != 1 || images.values.empty() ||
      images.shape[0] != labels.shape[0]) {
    return BadDataError(images_path + " and " + labels_path +
                        ": expected images [n, height, width] and as many labels [n]");
  }
  data.format = {.shape = {images.shape[1], images.shape[2], 1}, .encoding = Encoding::kUint8};
  data.size = images.shape[0];
  data.bytes = std::move(images.values);
  data.labels.assign(labels.values.begin(), labels.values.end());
  data.format.classes = 1 + *std::max_element(data.labels.begin(), data.labels.end());
  return data;
}

}  // namespace lockstep
