#include "core/data/show.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/file.h"
#include "core/data/build_dataset.h"
#include "core/data/data_files.h"
#include "core/data/picture_reader.h"
#include "core/data/read_pixels.h"
#include "core/data/text_sets.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

constexpr size_t kColumns = 80;

Status CheckIndex(const ShowOptions& options, int64_t size) {
  if (options.index >= 0 && options.index < size) return OkStatus();
  if (size == 0) return UsageError("this data has no test set");
  return UsageError(absl::StrFormat("--index %d: expected 0 to %d, the %s set has %d samples",
                                    options.index, size - 1, options.test ? "test" : "training",
                                    size));
}

// `what`: "label 3 (coat)".
std::string Title(const ShowOptions& options, const std::string& what) {
  return absl::StrFormat("%s sample %d, %s\n", options.test ? "test" : "training", options.index,
                         what);
}

std::string LabelText(int64_t label, const std::vector<std::string>& names) {
  const size_t i = static_cast<size_t>(label);
  return i < names.size() ? absl::StrFormat("label %d (%s)", label, names[i])
                          : absl::StrFormat("label %d", label);
}

std::string TargetText(const Dataset& data, size_t index) {
  constexpr size_t kShown = 8;
  const size_t targets = static_cast<size_t>(data.format.targets);
  std::string text = targets == 1 ? "target" : "targets";
  for (size_t j = 0; j < std::min(targets, kShown); ++j) {
    absl::StrAppendFormat(&text, " %g", data.targets[index * targets + j]);
  }
  return targets > kShown ? text + absl::StrFormat(" ... (%d)", targets) : text;
}

// Words by their number in the file; the number itself where the index lacks it.
StatusOr<std::vector<std::string>> ReadWordIndex(const std::string& set) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string path, FindDataFile(set + "_word_index.json"));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const auto index = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!index.is_object()) return BadDataError(path + ": expected a JSON object of words");
  std::vector<std::string> words;
  constexpr uint64_t kMaxWords = 1 << 24;
  for (const auto& [word, number] : index.items()) {
    if (!number.is_number_unsigned() || number.get<uint64_t>() >= kMaxWords) {
      return BadDataError(path + ": expected a number below 16777216 for \"" + word + "\"");
    }
    const size_t i = number.get<size_t>();
    if (i >= words.size()) words.resize(i + 1);
    words[i] = word;
  }
  return words;
}

// A picture that is looked at in squares of pixels.
struct PictureGrid {
  std::span<const uint8_t> pixels;
  int64_t height = 0, width = 0, channels = 0;

  // The mean over channels [first, end) of the square of `side` at (top, left), cut at the rim.
  int64_t Mean(int64_t top, int64_t left, int64_t side, int64_t first, int64_t end) const {
    int64_t sum = 0, count = 0;
    for (int64_t y = top; y < std::min(top + side, height); ++y) {
      for (int64_t x = left; x < std::min(left + side, width); ++x) {
        for (int64_t c = first; c < end; ++c, ++count) {
          sum += pixels[static_cast<size_t>((y * width + x) * channels + c)];
        }
      }
    }
    return count == 0 ? 0 : sum / count;
  }
  // The side of the squares of which `most` make a line.
  int64_t Side(int64_t most) const { return std::max<int64_t>((width + most - 1) / most, 1); }
};

// Two characters for each square.
std::string InShades(const PictureGrid& grid) {
  static constexpr const char* kShades[] = {" ", "░", "▒", "▓", "█"};
  const int64_t side = grid.Side(static_cast<int64_t>(kColumns) / 2);
  std::string picture;
  for (int64_t top = 0; top < grid.height; top += side) {
    for (int64_t left = 0; left < grid.width; left += side) {
      const int64_t shade = (grid.Mean(top, left, side, 0, grid.channels) + 31) / 63;
      picture += kShades[std::min<int64_t>(shade, 4)];
      picture += kShades[std::min<int64_t>(shade, 4)];
    }
    picture += "\n";
  }
  return picture;
}

// One character for two squares: the upper half block has the upper one's colour, its background
// the lower one's.
std::string InColours(const PictureGrid& grid) {
  const int64_t side = grid.Side(static_cast<int64_t>(kColumns));
  const auto colour = [&](int64_t top, int64_t left) {
    return absl::StrFormat("%d;%d;%d", grid.Mean(top, left, side, 0, 1),
                           grid.Mean(top, left, side, 1, 2), grid.Mean(top, left, side, 2, 3));
  };
  std::string picture;
  for (int64_t top = 0; top < grid.height; top += 2 * side) {
    for (int64_t left = 0; left < grid.width; left += side) {
      absl::StrAppendFormat(&picture, "\x1b[38;2;%sm", colour(top, left));
      if (top + side < grid.height) {
        absl::StrAppendFormat(&picture, "\x1b[48;2;%sm", colour(top + side, left));
      }
      picture += "▀";
    }
    picture += "\x1b[0m\n";
  }
  return picture;
}

// Characters, not bytes.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

// `words` in lines of at most kColumns.
std::string Wrapped(const std::vector<std::string>& words) {
  std::string text;
  size_t column = 0;
  for (const std::string& word : words) {
    const size_t width = Width(word);
    if (column > 0 && column + 1 + width > kColumns) {
      text += "\n";
      column = 0;
    }
    text += (column > 0 ? " " : "") + word;
    column += width + (column > 0 ? 1 : 0);
  }
  return text + "\n";
}

// The words of text `sample`, "?" for those from `words` on.
std::vector<std::string> WordsOf(const TextSet& texts, int64_t sample, uint32_t words,
                                 const std::vector<std::string>& index) {
  constexpr uint32_t kIndexFrom = 3;
  std::vector<std::string> shown;
  for (const uint32_t word : KerasWords(texts, sample, words)) {
    if (word == 1) continue;  // the start mark
    const size_t i = word - kIndexFrom;
    const bool known = word >= kIndexFrom && i < index.size() && !index[i].empty();
    shown.push_back(known ? index[i] : "?");
  }
  return shown;
}

StatusOr<std::string> ShowText(const TextSet& texts, const std::string& set, uint32_t words,
                               const ShowOptions& options) {
  LOCKSTEP_RETURN_IF_ERROR(CheckIndex(options, static_cast<int64_t>(texts.order.size())));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> index, ReadWordIndex(set));
  const std::vector<std::string> shown = WordsOf(texts, options.index, words, index);
  const uint32_t sample = texts.order[static_cast<size_t>(options.index)];
  return Title(options, LabelText(texts.labels[sample], texts.class_names)) + Wrapped(shown);
}

std::string Numbers(std::span<const float> values) {
  constexpr size_t kShown = 64;
  std::vector<std::string> words;
  for (const float value : values.first(std::min(values.size(), kShown))) {
    words.push_back(absl::StrFormat("%g", value));
  }
  if (values.size() > kShown) {
    words.push_back(absl::StrFormat("... (%d values)", values.size()));
  }
  return Wrapped(words);
}

StatusOr<std::string> ShowFeatures(const Dataset& data, size_t index, bool colour) {
  const size_t features = static_cast<size_t>(data.format.features());
  if (data.format.encoding == Encoding::kDense) {
    return Numbers(std::span(data.dense).subspan(index * features, features));
  }
  std::vector<uint8_t> pixels(features);
  PictureScratch scratch;
  LOCKSTEP_RETURN_IF_ERROR(
      ReadPixels(data, static_cast<uint32_t>(index), /*epoch=*/0, &scratch, pixels.data()));
  const std::vector<int64_t>& shape = data.format.shape;
  if (shape.size() == 2 || shape.size() == 3) {  // an image may lack the axis of channels
    const int64_t image[] = {shape[0], shape[1], shape.size() == 3 ? shape[2] : 1};
    return RenderImage(pixels, image, colour);
  }
  return Numbers(std::vector<float>(pixels.begin(), pixels.end()));
}

}  // namespace

std::string RenderImage(std::span<const uint8_t> pixels, std::span<const int64_t> shape,
                        bool colour) {
  LOCKSTEP_CHECK(shape.size() == 3, "%zu extents", shape.size());
  const PictureGrid grid = {pixels, shape[0], shape[1], shape[2]};
  return colour && shape[2] == 3 ? InColours(grid) : InShades(grid);
}

StatusOr<std::vector<std::string>> SampleTexts(const DataConfig& data, bool test,
                                               std::span<const int64_t> indices, size_t max_words) {
  std::vector<std::string> shown;
  if (!data.has_imdb() && !data.has_reuters()) return shown;
  const bool imdb = data.has_imdb();
  LOCKSTEP_ASSIGN_OR_RETURN(const TextSet texts, imdb ? ReadImdb(test) : ReadReuters(test));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> index,
                            ReadWordIndex(imdb ? "imdb" : "reuters"));
  const uint32_t words = imdb ? data.imdb().words() : data.reuters().words();
  for (const int64_t sample : indices) {
    LOCKSTEP_RETURN_IF_ERROR(
        CheckIndex({.index = sample, .test = test}, static_cast<int64_t>(texts.order.size())));
    std::string text;
    size_t count = 0;
    for (const std::string& word : WordsOf(texts, sample, words, index)) {
      if (count++ == max_words) {
        text += " ...";
        break;
      }
      text += (text.empty() ? "" : " ") + word;
    }
    shown.push_back(std::move(text));
  }
  return shown;
}

StatusOr<std::string> ShowSample(const Config& config, const ShowOptions& options) {
  const DataConfig& data = config.data();
  if (data.has_imdb()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const TextSet texts, ReadImdb(options.test));
    return ShowText(texts, "imdb", data.imdb().words(), options);
  }
  if (data.has_reuters()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const TextSet texts, ReadReuters(options.test));
    return ShowText(texts, "reuters", data.reuters().words(), options);
  }
  Config plain = config;
  for (const char* field : {"take", "validation", "standardize", "divide_by", "normalize", "augment"}) {
    const auto* descriptor = DataConfig::descriptor()->FindFieldByName(field);
    plain.mutable_data()->GetReflection()->ClearField(plain.mutable_data(), descriptor);
  }
  const DatasetNeeds needs = {.train = !options.test, .test = options.test, .decode = false};
  LOCKSTEP_ASSIGN_OR_RETURN(const DatasetSplits splits, BuildDatasets(plain, needs));
  const Dataset& set = options.test ? splits.test : splits.train;
  LOCKSTEP_RETURN_IF_ERROR(CheckIndex(options, set.size));
  const size_t index = static_cast<size_t>(options.index);
  const std::string what = set.format.classes > 0 ? LabelText(set.labels[index], splits.class_names)
                                                  : TargetText(set, index);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string shown, ShowFeatures(set, index, options.colour));
  return Title(options, what) + shown;
}

}  // namespace lockstep
