// One sample as a person sees it: a review in words, an image as a small picture of characters,
// a table row as numbers; with its label.
#ifndef LOCKSTEP_CORE_DATA_SHOW_H_
#define LOCKSTEP_CORE_DATA_SHOW_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// Which sample.
struct ShowOptions {
  int64_t index = 0;
  bool test = false;  // of the test set, else of the training set
  bool colour = false;  // the terminal shows 24-bit colours (ANSI escapes)
};

// Several lines of UTF-8, none wider than 80 columns. `config` gives the source; what it asks to be
// done with the samples is left out. Errors: as BuildDatasets; UsageError if there is no such
// sample.
StatusOr<std::string> ShowSample(const Config& config, const ShowOptions& options);

// The texts of samples `indices` of a text set, without the start mark, words that the network does
// not know as "?"; at most `max_words` of each. Empty if the source holds no texts. Errors: as
// ShowSample.
StatusOr<std::vector<std::string>> SampleTexts(const DataConfig& data, bool test,
                                               std::span<const int64_t> indices, size_t max_words);

// A picture of bytes [height, width, channels] in shades of grey, two characters a pixel; scaled
// down to at most 40 pixels a line. With `colour`, one of 3 channels has its colours, two pixels a
// character and at most 80 a line. REQUIRES: shape has 3 extents, their product is pixels.size().
std::string RenderImage(std::span<const uint8_t> pixels, std::span<const int64_t> shape,
                        bool colour = false);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_SHOW_H_
