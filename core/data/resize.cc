#include "core/data/resize.h"

#include <emmintrin.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/check.h"

namespace lockstep {
namespace {

constexpr int kWeightBits = 14;
constexpr int kExtraBits = 6;  // of a line between the two passes: 255 << 6 is an int16
constexpr int64_t kOverrun = 16;  // elements beyond a line's end that a load may touch

// Two weights for the places of one register: w0 w1 w0 w1 ...
__m128i WeightPair(const int16_t* weights) {
  int32_t pair;
  std::memcpy(&pair, weights, sizeof(pair));
  return _mm_set1_epi32(pair);
}

// Adds weight pair times 16 bytes of two rows to four registers of sums.
void AddRowPair(__m128i a, __m128i b, __m128i pair, __m128i* sums) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i low = _mm_unpacklo_epi8(a, b), high = _mm_unpackhi_epi8(a, b);
  sums[0] = _mm_add_epi32(sums[0], _mm_madd_epi16(_mm_unpacklo_epi8(low, zero), pair));
  sums[1] = _mm_add_epi32(sums[1], _mm_madd_epi16(_mm_unpackhi_epi8(low, zero), pair));
  sums[2] = _mm_add_epi32(sums[2], _mm_madd_epi16(_mm_unpacklo_epi8(high, zero), pair));
  sums[3] = _mm_add_epi32(sums[3], _mm_madd_epi16(_mm_unpackhi_epi8(high, zero), pair));
}

}  // namespace

void Resizer::MakeFilter(int64_t source, double begin, double length, int64_t places,
                         Filter* filter) {
  const double scale = length / static_cast<double>(places);
  const double reach = std::max(scale, 1.0);
  // Of the pixels from `low` on, no more than this begin before the triangle ends; made even.
  filter->taps = (static_cast<int64_t>(std::ceil(2 * reach)) + 1) / 2 * 2;
  filter->first.assign(static_cast<size_t>(places), 0);
  filter->weights.assign(static_cast<size_t>(places * filter->taps), 0);
  std::vector<double> exact(static_cast<size_t>(filter->taps));
  for (int64_t i = 0; i < places; ++i) {
    const double centre = begin + (static_cast<double>(i) + 0.5) * scale;
    const int64_t low = std::max<int64_t>(static_cast<int64_t>(centre - reach + 0.5), 0);
    const int64_t high = std::min(static_cast<int64_t>(std::ceil(centre + reach - 0.5)), source);
    const size_t count = static_cast<size_t>(std::clamp<int64_t>(high - low, 1, filter->taps));
    double sum = 0;
    for (size_t k = 0; k < count; ++k) {
      const double away = static_cast<double>(low) + static_cast<double>(k) + 0.5 - centre;
      exact[k] = std::max(1 - std::abs(away) / reach, 0.0);
      sum += exact[k];
    }
    if (sum == 0) exact[0] = sum = 1;
    int16_t* weights = filter->weights.data() + i * filter->taps;
    int32_t left = 1 << kWeightBits;
    for (size_t k = 0; k < count; ++k) {
      weights[k] = static_cast<int16_t>(std::lround(exact[k] / sum * (1 << kWeightBits)));
      left -= weights[k];
    }
    int16_t* largest = std::max_element(weights, weights + count);
    *largest = static_cast<int16_t>(*largest + left);
    filter->first[static_cast<size_t>(i)] = static_cast<int32_t>(std::min(low, source - 1));
  }
}

// line_ = the bytes [first_byte, first_byte + bytes) of output row `row`, with kExtraBits more.
void Resizer::Columns(const PictureView& source, int64_t row, int64_t first_byte, int64_t bytes) {
  const int16_t* weights = rows_.weights.data() + row * rows_.taps;
  const int64_t first = rows_.first[static_cast<size_t>(row)];
  const auto line = [&](int64_t tap) {  // a row beyond the end has weight 0
    return source.pixels + std::min(first + tap, source.height - 1) * source.row_bytes + first_byte;
  };
  constexpr int kShift = kWeightBits - kExtraBits;
  constexpr int32_t kHalf = 1 << (kShift - 1);
  int64_t at = 0;
  for (; at + 16 <= bytes; at += 16) {
    __m128i sums[4];
    for (__m128i& sum : sums) sum = _mm_set1_epi32(kHalf);
    for (int64_t tap = 0; tap < rows_.taps; tap += 2) {
      AddRowPair(_mm_loadu_si128(reinterpret_cast<const __m128i*>(line(tap) + at)),
                 _mm_loadu_si128(reinterpret_cast<const __m128i*>(line(tap + 1) + at)),
                 WeightPair(weights + tap), sums);
    }
    for (__m128i& sum : sums) sum = _mm_srai_epi32(sum, kShift);
    auto* out = reinterpret_cast<__m128i*>(line_.data() + at);
    _mm_storeu_si128(out, _mm_packs_epi32(sums[0], sums[1]));
    _mm_storeu_si128(out + 1, _mm_packs_epi32(sums[2], sums[3]));
  }
  for (; at < bytes; ++at) {
    int32_t sum = kHalf;
    for (int64_t tap = 0; tap < rows_.taps; ++tap) sum += weights[tap] * line(tap)[at];
    line_[static_cast<size_t>(at)] = static_cast<int16_t>(sum >> kShift);
  }
}

// One output row from line_, which begins at source column `first_column`. Two taps at a time: the
// channels of a pixel and of its right neighbour are interleaved and multiplied by two weights.
template <int kChannels>
void Resizer::Row(int64_t width, int64_t first_column, uint8_t* out) const {
  constexpr int kShift = kWeightBits + kExtraBits;
  for (int64_t x = 0; x < width; ++x) {
    const int16_t* weights = columns_.weights.data() + x * columns_.taps;
    const int16_t* pixel =
        line_.data() + (columns_.first[static_cast<size_t>(x)] - first_column) * kChannels;
    __m128i sums = _mm_set1_epi32(1 << (kShift - 1));
    for (int64_t tap = 0; tap < columns_.taps; tap += 2) {
      const auto* at = reinterpret_cast<const __m128i*>(pixel + tap * kChannels);
      const __m128i here = _mm_loadu_si128(at);
      const __m128i next = _mm_srli_si128(here, 2 * kChannels);
      sums = _mm_add_epi32(
          sums, _mm_madd_epi16(_mm_unpacklo_epi16(here, next), WeightPair(weights + tap)));
    }
    sums = _mm_srai_epi32(sums, kShift);
    const __m128i halves = _mm_packs_epi32(sums, sums);
    const int32_t result = _mm_cvtsi128_si32(_mm_packus_epi16(halves, halves));
    std::memcpy(out + x * kChannels, &result, kChannels);
  }
}

void Resizer::Resize(const PictureView& source, const PictureBox& box, int64_t height,
                     int64_t width, uint8_t* out) {
  LOCKSTEP_CHECK(source.channels >= 1 && source.channels <= 4 && source.height > 0 &&
                     source.width > 0,
                 "%lld channels", (long long)source.channels);
  MakeFilter(source.height, box.top, box.height, height, &rows_);
  MakeFilter(source.width, box.left, box.width, width, &columns_);
  const int64_t first = columns_.first.front();
  const int64_t end = std::min(columns_.first.back() + columns_.taps, source.width);
  const int64_t bytes = (end - first) * source.channels;
  const size_t line_elems =
      static_cast<size_t>((columns_.first.back() + columns_.taps - first) * source.channels +
                          kOverrun);
  line_.assign(line_elems, 0);  // beyond the last column: zeros, of weight 0
  for (int64_t row = 0; row < height; ++row) {
    Columns(source, row, first * source.channels, bytes);
    uint8_t* to = out + row * width * source.channels;
    switch (source.channels) {
      case 1: Row<1>(width, first, to); break;
      case 2: Row<2>(width, first, to); break;
      case 3: Row<3>(width, first, to); break;
      default: Row<4>(width, first, to);
    }
  }
}

}  // namespace lockstep
