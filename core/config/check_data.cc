#include "core/config/check_data.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/config/check_value.h"

namespace lockstep {
namespace {

Status CheckValidation(const ValidationConfig& validation) {
  switch (validation.rule_case()) {
    case ValidationConfig::kLastFraction:
      return InRange("data.validation.last_fraction", validation.last_fraction(), 0, 1, true);
    case ValidationConfig::kFold:
      if (validation.folds() < 2) {
        return Wrong("data.validation.folds", std::to_string(validation.folds()),
                     "at least 2 beside fold");
      }
      if (validation.fold() >= validation.folds()) {
        return Wrong("data.validation.fold", std::to_string(validation.fold()),
                     absl::StrFormat("0 to %d (folds - 1)", validation.folds() - 1));
      }
      return OkStatus();
    case ValidationConfig::RULE_NOT_SET:
      return UsageError("data.validation has no rule: write first: N, last_fraction: F, test: true "
                        "or fold: I folds: K");
    default:
      return OkStatus();
  }
}

Status CheckText(const std::string& where, const TextData& text) {
  constexpr uint32_t kMaxWords = 1 << 24;
  if (text.words() < 4 || text.words() > kMaxWords) {
    return Wrong(where + ".words", std::to_string(text.words()),
                 "4 to 16777216 (0 to 3 stand for padding, start, unknown)");
  }
  return OkStatus();
}

Status CheckSynthetic(const SyntheticData& synthetic) {
  double features = 1;
  for (const uint32_t extent : synthetic.shape()) features *= extent;
  if (synthetic.shape_size() < 1 || synthetic.shape_size() > 4 || features < 1) {
    return UsageError("data.synthetic.shape: expected 1 to 4 extents of at least 1, such as "
                      "shape: [32]");
  }
  LOCKSTEP_RETURN_IF_ERROR(Positive("data.synthetic.samples", synthetic.samples()));
  constexpr double kMaxElems = 1e10;
  if (features * synthetic.samples() > kMaxElems) {
    return Wrong("data.synthetic", absl::StrFormat("%g values", features * synthetic.samples()),
                 "at most 1e10");
  }
  return OkStatus();
}

Status CheckImageFolder(const ImageFolderData& folder) {
  const std::string where = "data.image_folder.";
  constexpr uint32_t kMaxSide = 8192;
  constexpr double kMaxResize = 8;
  LOCKSTEP_RETURN_IF_ERROR(Required(where + "path", !folder.path().empty(), "path: \"FOLDER\""));
  for (const auto& [name, side] : {std::pair("height", folder.height()),
                                   std::pair("width", folder.width())}) {
    if (side == 0 || side > kMaxSide) {
      return Wrong(where + name, std::to_string(side), "1 to 8192");
    }
  }
  if (!(folder.resize() >= 1 && folder.resize() <= kMaxResize)) {
    return Wrong(where + "resize", absl::StrFormat("%g", folder.resize()), "a number in [1, 8]");
  }
  return OkStatus();
}

Status CheckNormalize(const NormalizeConfig& normalize) {
  for (const float mean : normalize.mean()) {
    if (!std::isfinite(mean)) {
      return Wrong("data.normalize.mean", absl::StrFormat("%g", mean), "a finite number");
    }
  }
  for (const float std : normalize.std()) {
    LOCKSTEP_RETURN_IF_ERROR(Positive("data.normalize.std", std));
  }
  return OkStatus();
}

Status CheckAugment(const AugmentConfig& augment) {
  const std::string where = "data.augment.";
  const RandomResizedCrop& crop = augment.random_resized_crop();
  if (!(crop.min_area() > 0 && crop.min_area() <= 1)) {
    return Wrong(where + "random_resized_crop.min_area", absl::StrFormat("%g", crop.min_area()),
                 "a number in (0, 1]");
  }
  if (!(crop.max_area() >= crop.min_area() && crop.max_area() <= 1)) {
    return Wrong(where + "random_resized_crop.max_area", absl::StrFormat("%g", crop.max_area()),
                 absl::StrFormat("a number in [%g, 1], from min_area on", crop.min_area()));
  }
  LOCKSTEP_RETURN_IF_ERROR(
      InRange(where + "random_resized_crop.max_aspect", crop.max_aspect(), 1, INFINITY, false));
  constexpr uint32_t kMaxPad = 4096;
  if (augment.pad_and_crop() > kMaxPad) {
    return Wrong(where + "pad_and_crop", std::to_string(augment.pad_and_crop()), "0 to 4096");
  }
  const ColorJitter& jitter = augment.color_jitter();
  LOCKSTEP_RETURN_IF_ERROR(NotNegative(where + "color_jitter.brightness", jitter.brightness()));
  LOCKSTEP_RETURN_IF_ERROR(NotNegative(where + "color_jitter.contrast", jitter.contrast()));
  return NotNegative(where + "color_jitter.saturation", jitter.saturation());
}

// What is said of images, for a source that may hold some.
Status CheckImages(const DataConfig& data) {
  LOCKSTEP_RETURN_IF_ERROR(CheckNormalize(data.normalize()));
  LOCKSTEP_RETURN_IF_ERROR(CheckAugment(data.augment()));
  constexpr uint32_t kMaxThreads = 256;
  if (data.has_decode_threads() &&
      (data.decode_threads() == 0 || data.decode_threads() > kMaxThreads)) {
    return Wrong("data.decode_threads", std::to_string(data.decode_threads()), "1 to 256");
  }
  if (data.standardize() && (data.has_augment() || data.has_image_folder())) {
    return UsageError(std::string("data.standardize: it does not go with ") +
                      (data.has_augment() ? "augment" : "image_folder") +
                      "; write divide_by: 255 normalize { mean: 0.45 std: 0.225 } instead");
  }
  return OkStatus();
}

}  // namespace

Status CheckData(const DataConfig& data) {
  switch (data.source_case()) {
    case DataConfig::kImdb: LOCKSTEP_RETURN_IF_ERROR(CheckText("data.imdb", data.imdb())); break;
    case DataConfig::kReuters:
      LOCKSTEP_RETURN_IF_ERROR(CheckText("data.reuters", data.reuters()));
      break;
    case DataConfig::kIdx:
      LOCKSTEP_RETURN_IF_ERROR(
          Required("data.idx.images", !data.idx().images().empty(), "images: \"FILE\""));
      LOCKSTEP_RETURN_IF_ERROR(
          Required("data.idx.labels", !data.idx().labels().empty(), "labels: \"FILE\""));
      break;
    case DataConfig::kNpz:
      LOCKSTEP_RETURN_IF_ERROR(
          Required("data.npz.path", !data.npz().path().empty(), "path: \"FILE.npz\""));
      break;
    case DataConfig::kCsv:
      LOCKSTEP_RETURN_IF_ERROR(
          Required("data.csv.path", !data.csv().path().empty(), "path: \"FILE.csv\""));
      LOCKSTEP_RETURN_IF_ERROR(
          Required("data.csv.target", !data.csv().target().empty(), "target: \"COLUMN\""));
      break;
    case DataConfig::kSynthetic:
      LOCKSTEP_RETURN_IF_ERROR(CheckSynthetic(data.synthetic()));
      break;
    case DataConfig::kImageFolder:
      LOCKSTEP_RETURN_IF_ERROR(CheckImageFolder(data.image_folder()));
      break;
    case DataConfig::SOURCE_NOT_SET:
      return UsageError("data has no source: write one, such as data { mnist {} }");
    default: break;
  }
  if (data.divide_by() == 0 || !std::isfinite(data.divide_by())) {
    return Wrong("data.divide_by", absl::StrFormat("%g", data.divide_by()),
                 "a number other than 0");
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckImages(data));
  return data.has_validation() ? CheckValidation(data.validation()) : OkStatus();
}

}  // namespace lockstep
