// The text sets of Keras as numbered words, sample for sample as keras.datasets loads them:
// shuffled by RandomState(113), with 1 at the start of each text, 2 for words that are left out,
// and word w as w + 3.
#ifndef LOCKSTEP_CORE_DATA_TEXT_SETS_H_
#define LOCKSTEP_CORE_DATA_TEXT_SETS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/formats/pickle_lists.h"
#include "core/data/source.h"

namespace lockstep {

// The texts of one set, or of both. Text i is lists[order[i]], as the file numbers words.
struct TextSet {
  RaggedLists lists;
  std::vector<int32_t> labels;  // of lists
  std::vector<uint32_t> order;
  std::vector<std::string> class_names;
};

// imdb.npz, the training or the test reviews. Errors: MissingInputError, BadDataError.
StatusOr<TextSet> ReadImdb(bool test);
// reuters.npz, the training or the test newswires (a fifth). Errors: as ReadImdb.
StatusOr<TextSet> ReadReuters(bool test);

// Text `index` as Keras numbers its words; those from `words` on are 2. REQUIRES: index in order.
std::vector<uint32_t> KerasWords(const TextSet& texts, int64_t index, uint32_t words);

// load_data(num_words = words), then each text as a multi-hot vector. Errors: as ReadImdb.
StatusOr<TrainAndTest> LoadImdb(uint32_t words, DatasetNeeds needs);
StatusOr<TrainAndTest> LoadReuters(uint32_t words, DatasetNeeds needs);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_TEXT_SETS_H_
