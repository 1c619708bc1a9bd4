// Pooling: for each window all channels at once, vector by vector.
#include <algorithm>

#include "core/ops/cpu_image_kernels.h"
#include "core/ops/cpu_vector.h"

namespace lockstep::kernels {
namespace {

typedef uint16_t PlaceVector __attribute__((vector_size(32), aligned(2), may_alias));

// The part of a window that lies in the picture, as pixels of the picture, and the window's corner.
struct Taps {
  int64_t top = 0, left = 0;
  int64_t row_begin = 0, row_end = 0, col_begin = 0, col_end = 0;

  LOCKSTEP_INLINE int64_t count() const { return (row_end - row_begin) * (col_end - col_begin); }
  LOCKSTEP_INLINE int32_t Place(const PoolSpec& spec, int64_t row, int64_t col) const {
    return static_cast<int32_t>((row - top) * spec.window.width + col - left);
  }
};

LOCKSTEP_INLINE Taps TapsOf(const PoolSpec& spec, int64_t out_row, int64_t out_col) {
  Taps taps;
  taps.top = out_row * spec.window.stride_height - spec.window.pad_top;
  taps.left = out_col * spec.window.stride_width - spec.window.pad_left;
  taps.row_begin = std::max<int64_t>(taps.top, 0);
  taps.row_end = std::min(taps.top + spec.window.height, spec.in.height);
  taps.col_begin = std::max<int64_t>(taps.left, 0);
  taps.col_end = std::min(taps.left + spec.window.width, spec.in.width);
  return taps;
}

LOCKSTEP_INLINE void StorePlaces(const IntVector& places, uint16_t* to) {
  *reinterpret_cast<PlaceVector*>(to) = __builtin_convertvector(places, PlaceVector);
}
LOCKSTEP_INLINE void StorePlaces(int32_t place, uint16_t* to) {
  *to = static_cast<uint16_t>(place);
}
LOCKSTEP_INLINE void LoadPlaces(const uint16_t* from, IntVector* places) {
  *places = __builtin_convertvector(*reinterpret_cast<const PlaceVector*>(from), IntVector);
}
LOCKSTEP_INLINE void LoadPlaces(const uint16_t* from, int32_t* place) { *place = *from; }

// x is channel c of the sample, y and chosen are channel c of the output pixel, for kCount times as
// many channels as Lanes holds.
template <typename Lanes, int kCount>
LOCKSTEP_INLINE void LargestOf(const PoolSpec& spec, const Taps& taps, const float* x, float* y,
                               uint16_t* chosen) {
  using Integers = typename Lanes::Integers;
  const Integers start = Integers{} + taps.Place(spec, taps.row_begin, taps.col_begin);
  typename Lanes::Values best[kCount];
  Integers order[kCount], places[kCount];  // of the best so far
  for (int k = 0; k < kCount; ++k) order[k] = Integers{} + INT32_MIN, places[k] = start;
  for (int64_t row = taps.row_begin; row < taps.row_end; ++row) {
    const float* at = x + (row * spec.in.width + taps.col_begin) * spec.in.channels;
    for (int64_t col = taps.col_begin; col < taps.col_end; ++col, at += spec.in.channels) {
      const Integers place = Integers{} + taps.Place(spec, row, col);
      for (int k = 0; k < kCount; ++k) {
        const auto value = Lanes::Get(at + k * Lanes::kCount);
        const Integers of_value = OrderOf(Bits(value));
        const Integers better = Above(of_value, order[k]);
        order[k] = (of_value & better) | (order[k] & ~better);
        places[k] = (place & better) | (places[k] & ~better);
        best[k] = FromBits((Bits(value) & better) | (Bits(best[k]) & ~better));
      }
    }
  }
  for (int k = 0; k < kCount; ++k) {
    Lanes::Put(best[k], y + k * Lanes::kCount);
    if (chosen != nullptr) StorePlaces(places[k], chosen + k * Lanes::kCount);
  }
}

template <typename Lanes>
LOCKSTEP_INLINE void MeanOf(const PoolSpec& spec, const Taps& taps, const float* x, float* y) {
  typename Lanes::Values sum = {};
  for (int64_t row = taps.row_begin; row < taps.row_end; ++row) {
    for (int64_t col = taps.col_begin; col < taps.col_end; ++col) {
      sum += Lanes::Get(x + (row * spec.in.width + col) * spec.in.channels);
    }
  }
  Lanes::Put(sum / static_cast<float>(taps.count()), y);
}

template <typename Lanes>
LOCKSTEP_INLINE void ToLargest(const PoolSpec& spec, const Taps& taps, const float* dy,
                               const uint16_t* chosen, float* dx) {
  using Integers = typename Lanes::Integers;
  Integers places;
  LoadPlaces(chosen, &places);
  const auto gradient = Bits(Lanes::Get(dy));
  for (int64_t row = taps.row_begin; row < taps.row_end; ++row) {
    for (int64_t col = taps.col_begin; col < taps.col_end; ++col) {
      const auto is_chosen = Equal(places, Integers{} + taps.Place(spec, row, col));
      float* to = dx + (row * spec.in.width + col) * spec.in.channels;
      Lanes::Put(Lanes::Get(to) + FromBits(gradient & is_chosen), to);
    }
  }
}

template <typename Lanes>
LOCKSTEP_INLINE void ToAll(const PoolSpec& spec, const Taps& taps, const float* dy, float* dx) {
  const auto gradient = Lanes::Get(dy) / static_cast<float>(taps.count());
  for (int64_t row = taps.row_begin; row < taps.row_end; ++row) {
    for (int64_t col = taps.col_begin; col < taps.col_end; ++col) {
      float* to = dx + (row * spec.in.width + col) * spec.in.channels;
      Lanes::Put(Lanes::Get(to) + gradient, to);
    }
  }
}

}  // namespace

LOCKSTEP_KERNEL void PoolForward(const PoolSpec& spec, const float* x, float* y, uint16_t* chosen,
                                 int64_t n) {
  const int64_t channels = spec.in.channels;
  for (int64_t i = 0; i < n * spec.out.height * spec.out.width; ++i) {
    const int64_t pixel = i % (spec.out.height * spec.out.width);
    const Taps taps = TapsOf(spec, pixel / spec.out.width, pixel % spec.out.width);
    const float* sample = x + i / (spec.out.height * spec.out.width) * spec.in.elems();
    float* to = y + i * channels;
    uint16_t* places = chosen == nullptr ? nullptr : chosen + i * channels;
    const auto at = [places](int64_t c) { return places == nullptr ? nullptr : places + c; };
    int64_t c = 0;
    if (spec.kind == PoolKind::kMax) {
      for (; c + 4 * kLanes <= channels; c += 4 * kLanes) {
        LargestOf<VectorLanes, 4>(spec, taps, sample + c, to + c, at(c));
      }
      for (; c + kLanes <= channels; c += kLanes) {
        LargestOf<VectorLanes, 1>(spec, taps, sample + c, to + c, at(c));
      }
      for (; c < channels; ++c) LargestOf<OneLane, 1>(spec, taps, sample + c, to + c, at(c));
    } else {
      for (; c + kLanes <= channels; c += kLanes) {
        MeanOf<VectorLanes>(spec, taps, sample + c, to + c);
      }
      for (; c < channels; ++c) MeanOf<OneLane>(spec, taps, sample + c, to + c);
    }
  }
}

LOCKSTEP_KERNEL void PoolBackward(const PoolSpec& spec, const float* dy, const uint16_t* chosen,
                                  float* dx, int64_t n) {
  const int64_t channels = spec.in.channels;
  std::fill_n(dx, n * spec.in.elems(), 0.0f);
  for (int64_t i = 0; i < n * spec.out.height * spec.out.width; ++i) {
    const int64_t pixel = i % (spec.out.height * spec.out.width);
    const Taps taps = TapsOf(spec, pixel / spec.out.width, pixel % spec.out.width);
    float* sample = dx + i / (spec.out.height * spec.out.width) * spec.in.elems();
    const float* from = dy + i * channels;
    int64_t c = 0;
    if (spec.kind == PoolKind::kMax) {
      const uint16_t* places = chosen + i * channels;
      for (; c + kLanes <= channels; c += kLanes) {
        ToLargest<VectorLanes>(spec, taps, from + c, places + c, sample + c);
      }
      for (; c < channels; ++c) {
        ToLargest<OneLane>(spec, taps, from + c, places + c, sample + c);
      }
    } else {
      for (; c + kLanes <= channels; c += kLanes) {
        ToAll<VectorLanes>(spec, taps, from + c, sample + c);
      }
      for (; c < channels; ++c) ToAll<OneLane>(spec, taps, from + c, sample + c);
    }
  }
}

}  // namespace lockstep::kernels
