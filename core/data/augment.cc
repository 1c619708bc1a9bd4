#include "core/data/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace lockstep {
namespace {

constexpr uint32_t kTries = 10;
constexpr uint32_t kMirrorBlock = 16, kPlaceBlock = 17, kColourBlock = 18;

// Uniform in [low, high) of one 32-bit number.
double Between(uint32_t bits, double low, double high) {
  return low + (high - low) * double{ToUniform(bits)};
}

// Uniform in 0 .. count-1.
int64_t Below(uint32_t bits, int64_t count) {
  return static_cast<int64_t>((uint64_t{bits} * static_cast<uint64_t>(count)) >> 32);
}

uint8_t ToByte(float value) {
  return static_cast<uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
}

void Mirror(int64_t height, int64_t width, std::span<uint8_t> pixels) {
  const int64_t channels = static_cast<int64_t>(pixels.size()) / (height * width);
  for (int64_t row = 0; row < height; ++row) {
    uint8_t* left = pixels.data() + row * width * channels;
    uint8_t* right = left + (width - 1) * channels;
    for (; left < right; left += channels, right -= channels) {
      std::swap_ranges(left, left + channels, right);
    }
  }
}

// Moves the picture by so many pixels, zeros where nothing was: the crop at (pad - down, pad -
// right) of a picture with `pad` zeros around. In place, rows in the order that overwrites none
// before it is read.
void Move(int64_t down, int64_t right, int64_t height, int64_t width, std::span<uint8_t> pixels) {
  const int64_t row_bytes = static_cast<int64_t>(pixels.size()) / height;
  const int64_t pixel_bytes = row_bytes / width;
  const int64_t kept = std::max<int64_t>(width - std::abs(right), 0) * pixel_bytes;
  const int64_t from = std::max<int64_t>(-right, 0) * pixel_bytes;
  const int64_t to = std::max<int64_t>(right, 0) * pixel_bytes;
  for (int64_t i = 0; i < height; ++i) {
    const int64_t row = down > 0 ? height - 1 - i : i;
    uint8_t* target = pixels.data() + row * row_bytes;
    const int64_t source = row - down;
    if (source < 0 || source >= height || kept == 0) {
      std::memset(target, 0, static_cast<size_t>(row_bytes));
      continue;
    }
    std::memmove(target + to, pixels.data() + source * row_bytes + from,
                 static_cast<size_t>(kept));
    if (right > 0) std::memset(target, 0, static_cast<size_t>(to));
    if (right < 0) std::memset(target + kept, 0, static_cast<size_t>(from));
  }
}

int32_t Grey(const uint8_t* rgb) {
  return (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000;
}

// Every value becomes `centre` + factor * (value - centre).
void Spread(float factor, float centre, std::span<uint8_t> pixels) {
  std::array<uint8_t, 256> table;
  for (size_t i = 0; i < table.size(); ++i) {
    table[i] = ToByte(centre + factor * (static_cast<float>(i) - centre));
  }
  for (uint8_t& value : pixels) value = table[value];
}

float MeanGrey(int64_t channels, std::span<const uint8_t> pixels) {
  int64_t sum = 0;
  const size_t step = channels == 3 ? 3 : 1;
  for (size_t i = 0; i < pixels.size(); i += step) {
    sum += step == 3 ? Grey(&pixels[i]) : pixels[i];
  }
  return static_cast<float>(static_cast<double>(sum) / static_cast<double>(pixels.size() / step));
}

void Saturate(float factor, std::span<uint8_t> pixels) {
  for (size_t i = 0; i < pixels.size(); i += 3) {
    const float grey = static_cast<float>(Grey(&pixels[i]));
    for (size_t c = 0; c < 3; ++c) {
      pixels[i + c] = ToByte(grey + factor * (static_cast<float>(pixels[i + c]) - grey));
    }
  }
}

float Factor(uint32_t bits, float strength) {
  return static_cast<float>(Between(bits, std::max(0.0f, 1 - strength), 1 + strength));
}

void ChangeColours(const ColorJitter& jitter, const std::array<uint32_t, 4>& bits,
                   int64_t channels, std::span<uint8_t> pixels) {
  if (jitter.brightness() > 0) Spread(Factor(bits[0], jitter.brightness()), 0, pixels);
  if (jitter.contrast() > 0) {
    Spread(Factor(bits[1], jitter.contrast()), MeanGrey(channels, pixels), pixels);
  }
  if (jitter.saturation() > 0 && channels == 3) {
    Saturate(Factor(bits[2], jitter.saturation()), pixels);
  }
}

// The largest middle part of a picture whose width to height is within the limits.
PixelRect MiddlePart(int64_t height, int64_t width, double max_aspect) {
  const double aspect = static_cast<double>(width) / static_cast<double>(height);
  PixelRect part = {0, 0, height, width};
  if (aspect < 1 / max_aspect) part.height = std::lround(static_cast<double>(width) * max_aspect);
  if (aspect > max_aspect) part.width = std::lround(static_cast<double>(height) * max_aspect);
  part.height = std::clamp<int64_t>(part.height, 1, height);
  part.width = std::clamp<int64_t>(part.width, 1, width);
  part.top = (height - part.height) / 2;
  part.left = (width - part.width) / 2;
  return part;
}

}  // namespace

bool Augmentation::empty() const {
  const ColorJitter& jitter = config_.color_jitter();
  return !crops() && config_.pad_and_crop() == 0 && !config_.horizontal_flip() &&
         jitter.brightness() == 0 && jitter.contrast() == 0 && jitter.saturation() == 0;
}

PixelRect Augmentation::Crop(const SampleVisit& visit, int64_t height, int64_t width) const {
  const RandomResizedCrop& crop = config_.random_resized_crop();
  const double max_log_aspect = std::log(double{crop.max_aspect()});
  for (uint32_t attempt = 0; attempt < kTries; ++attempt) {
    const auto bits = Random4(Key(visit), attempt);
    const double area = static_cast<double>(height * width) *
                        Between(bits[0], crop.min_area(), crop.max_area());
    const double aspect = std::exp(Between(bits[1], -max_log_aspect, max_log_aspect));
    const int64_t part_width = std::lround(std::sqrt(area * aspect));
    const int64_t part_height = std::lround(std::sqrt(area / aspect));
    if (part_width < 1 || part_width > width || part_height < 1 || part_height > height) continue;
    return {Below(bits[2], height - part_height + 1), Below(bits[3], width - part_width + 1),
            part_height, part_width};
  }
  return MiddlePart(height, width, crop.max_aspect());
}

void Augmentation::Change(const SampleVisit& visit, int64_t height, int64_t width,
                          std::span<uint8_t> pixels) const {
  const RandomKey key = Key(visit);
  if (const int64_t pad = config_.pad_and_crop(); pad > 0) {
    const auto bits = Random4(key, kPlaceBlock);
    Move(pad - Below(bits[0], 2 * pad + 1), pad - Below(bits[1], 2 * pad + 1), height, width,
         pixels);
  }
  if (config_.horizontal_flip() && ToUniform(Random4(key, kMirrorBlock)[0]) < 0.5f) {
    Mirror(height, width, pixels);
  }
  if (config_.has_color_jitter()) {
    const int64_t channels = static_cast<int64_t>(pixels.size()) / (height * width);
    ChangeColours(config_.color_jitter(), Random4(key, kColourBlock), channels, pixels);
  }
}

}  // namespace lockstep
