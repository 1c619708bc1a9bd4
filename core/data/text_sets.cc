#include "core/data/text_sets.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/data/data_files.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/npz_labels.h"
#include "core/data/random_state.h"

namespace lockstep {
namespace {

constexpr uint32_t kKerasSeed = 113;
constexpr uint32_t kStart = 1, kLeftOut = 2, kIndexFrom = 3;
constexpr int64_t kTopics = 46;

StatusOr<NpzReader> OpenSet(const std::string& set) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string path, FindDataFile(set + ".npz"));
  return NpzReader::Open(path);
}

// Arrays `x` of word lists; as many as there are labels, words not negative.
StatusOr<RaggedLists> ReadLists(const NpzReader& file, const std::string& x, size_t samples) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray array, file.Read(x));
  if (array.type != NpyType::kObject || array.shape.size() != 1) {
    return BadDataError(array.name + ": expected an object array of lists of word numbers");
  }
  if (static_cast<size_t>(array.shape[0]) != samples) {
    return BadDataError(absl::StrFormat("%s: found %d texts, but %d labels", array.name,
                                        array.shape[0], samples));
  }
  LOCKSTEP_ASSIGN_OR_RETURN(RaggedLists lists,
                            ParsePickledLists(array.data(), array.shape[0], array.name));
  const auto least = std::min_element(lists.values.begin(), lists.values.end());
  if (least != lists.values.end() && *least < 0) {
    return BadDataError(absl::StrFormat("%s: word number %d, expected 0 or more", array.name,
                                        *least));
  }
  return lists;
}

uint32_t KerasWord(int32_t word, uint32_t words) {
  const uint32_t index = static_cast<uint32_t>(word) + kIndexFrom;
  return index < words ? index : kLeftOut;
}

// Each text of `order` as the sorted, distinct positions of its ones.
Dataset MultiHot(const TextSet& texts, std::span<const uint32_t> order, uint32_t words,
                 int64_t classes) {
  Dataset data;
  data.format.shape = {words};
  data.format.encoding = Encoding::kSparse;
  data.format.classes = classes;
  data.size = static_cast<int64_t>(order.size());
  data.row_offsets.reserve(order.size() + 1);
  data.labels.reserve(order.size());
  data.indices.reserve(texts.lists.values.size() / 2);
  data.row_offsets.push_back(0);
  std::vector<uint8_t> seen(words, 0);
  for (const uint32_t sample : order) {
    const size_t begin = data.indices.size();
    const auto add = [&](uint32_t word) {
      if (!std::exchange(seen[word], uint8_t{1})) data.indices.push_back(word);
    };
    add(kStart);
    for (const int32_t word : texts.lists[sample]) add(KerasWord(word, words));
    std::sort(data.indices.begin() + static_cast<int64_t>(begin), data.indices.end());
    for (size_t i = begin; i < data.indices.size(); ++i) seen[data.indices[i]] = 0;
    data.row_offsets.push_back(data.indices.size());
    data.labels.push_back(texts.labels[sample]);
  }
  return data;
}

// All newswires, shuffled; `train` is set to the number of those in the training set.
StatusOr<TextSet> ReadAllReuters(size_t* train) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, OpenSet("reuters"));
  TextSet texts;
  LOCKSTEP_ASSIGN_OR_RETURN(texts.labels, ReadNpzLabels(file, "y", kTopics));
  LOCKSTEP_ASSIGN_OR_RETURN(texts.lists, ReadLists(file, "x", texts.labels.size()));
  RandomState random(kKerasSeed);
  texts.order = random.ShuffledOrder(texts.lists.size());
  constexpr double kTestSplit = 0.2;
  *train = static_cast<size_t>(static_cast<double>(texts.order.size()) * (1 - kTestSplit));
  texts.class_names = {
      "cocoa",    "grain",  "veg-oil", "earn",            "acq",       "wheat",    "copper",
      "housing",  "money-supply",      "coffee",          "sugar",     "trade",    "reserves",
      "ship",     "cotton", "carcass", "crude",           "nat-gas",   "cpi",      "money-fx",
      "interest", "gnp",    "meal-feed", "alum",          "oilseed",   "gold",     "tin",
      "strategic-metal",    "livestock", "retail",        "ipi",       "iron-steel", "rubber",
      "heat",     "jobs",   "lei",     "bop",             "zinc",      "orange",   "pet-chem",
      "dlr",      "gas",    "silver",  "wpi",             "hog",       "lead"};
  return texts;
}

}  // namespace

StatusOr<TextSet> ReadImdb(bool test) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, OpenSet("imdb"));
  TextSet texts;
  RandomState random(kKerasSeed);
  if (test) {  // both orders come from one generator: the training set's is drawn first
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<int32_t> train, ReadNpzLabels(file, "y_train", 2));
    random.ShuffledOrder(static_cast<int64_t>(train.size()));
  }
  const std::string part = test ? "test" : "train";
  LOCKSTEP_ASSIGN_OR_RETURN(texts.labels, ReadNpzLabels(file, "y_" + part, 2));
  LOCKSTEP_ASSIGN_OR_RETURN(texts.lists, ReadLists(file, "x_" + part, texts.labels.size()));
  texts.order = random.ShuffledOrder(texts.lists.size());
  texts.class_names = {"negative", "positive"};
  return texts;
}

StatusOr<TextSet> ReadReuters(bool test) {
  size_t train = 0;
  LOCKSTEP_ASSIGN_OR_RETURN(TextSet texts, ReadAllReuters(&train));
  const auto split = texts.order.begin() + static_cast<int64_t>(train);
  if (test) texts.order.erase(texts.order.begin(), split);
  else texts.order.erase(split, texts.order.end());
  return texts;
}

std::vector<uint32_t> KerasWords(const TextSet& texts, int64_t index, uint32_t words) {
  std::vector<uint32_t> result = {kStart};
  for (const int32_t word : texts.lists[texts.order[static_cast<size_t>(index)]]) {
    result.push_back(KerasWord(word, words));
  }
  return result;
}

StatusOr<TrainAndTest> LoadImdb(uint32_t words, DatasetNeeds needs) {
  TrainAndTest sets;
  for (const bool test : {false, true}) {
    if (!(test ? needs.test : needs.train)) continue;
    LOCKSTEP_ASSIGN_OR_RETURN(TextSet texts, ReadImdb(test));
    (test ? sets.test : sets.train) = MultiHot(texts, texts.order, words, 2);
    sets.class_names = std::move(texts.class_names);
  }
  return sets;
}

StatusOr<TrainAndTest> LoadReuters(uint32_t words, DatasetNeeds needs) {
  size_t train = 0;
  LOCKSTEP_ASSIGN_OR_RETURN(TextSet texts, ReadAllReuters(&train));
  const std::span<const uint32_t> order(texts.order);
  TrainAndTest sets;
  if (needs.train) sets.train = MultiHot(texts, order.first(train), words, kTopics);
  if (needs.test) sets.test = MultiHot(texts, order.subspan(train), words, kTopics);
  sets.class_names = std::move(texts.class_names);
  return sets;
}

}  // namespace lockstep
