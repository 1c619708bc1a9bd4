#include "core/data/picture_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/data/formats/jpeg.h"
#include "core/data/formats/png.h"

namespace lockstep {
namespace {

// What is to be seen of a picture: a box of it, and the pixels that the filter may take.
struct Wanted {
  PictureBox box;
  PixelRect limit;
};

// The middle of a picture that was scaled to cover `resize` times the target.
PictureBox MiddleBox(int64_t height, int64_t width, const PictureTarget& target) {
  const double h = static_cast<double>(height), w = static_cast<double>(width);
  const double out_h = static_cast<double>(target.height);
  const double out_w = static_cast<double>(target.width);
  const double scale = target.resize * std::max(out_h / h, out_w / w);
  const double box_h = std::min(out_h / scale, h), box_w = std::min(out_w / scale, w);
  return {(h - box_h) / 2, (w - box_w) / 2, box_h, box_w};
}

Wanted WantedPart(int64_t height, int64_t width, const PictureTarget& target,
                  const PartChooser* chooser) {
  if (chooser == nullptr) return {MiddleBox(height, width, target), {0, 0, height, width}};
  const PixelRect part = chooser->Choose(height, width);
  return {{static_cast<double>(part.top), static_cast<double>(part.left),
           static_cast<double>(part.height), static_cast<double>(part.width)},
          part};
}

// Orientation o of what is stored: first the stored picture is transposed (o >= 5), then mirrored
// left to right, then top to bottom. Source: Exif 2.32, table 6.
bool IsTransposed(int orientation) { return orientation >= 5; }
bool IsMirrored(int orientation) {
  return orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
}
bool IsUpsideDown(int orientation) {
  return orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
}

// From places in the picture as it is seen to places in the stored one.
Wanted ToStored(Wanted wanted, const PictureHeader& header) {
  const bool transposed = IsTransposed(header.orientation);
  const int64_t height = transposed ? header.width : header.height;
  const int64_t width = transposed ? header.height : header.width;
  if (IsMirrored(header.orientation)) {
    wanted.box.left = static_cast<double>(width) - wanted.box.left - wanted.box.width;
    wanted.limit.left = width - wanted.limit.left - wanted.limit.width;
  }
  if (IsUpsideDown(header.orientation)) {
    wanted.box.top = static_cast<double>(height) - wanted.box.top - wanted.box.height;
    wanted.limit.top = height - wanted.limit.top - wanted.limit.height;
  }
  if (transposed) {
    std::swap(wanted.box.top, wanted.box.left);
    std::swap(wanted.box.height, wanted.box.width);
    std::swap(wanted.limit.top, wanted.limit.left);
    std::swap(wanted.limit.height, wanted.limit.width);
  }
  return wanted;
}

// `seen` [height, width] from `stored`, which has these extents swapped if it is transposed.
void Orient(const uint8_t* stored, int orientation, int64_t height, int64_t width, uint8_t* seen) {
  const bool transposed = IsTransposed(orientation);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int64_t from_y = IsUpsideDown(orientation) ? height - 1 - y : y;
      const int64_t from_x = IsMirrored(orientation) ? width - 1 - x : x;
      const int64_t at = transposed ? from_x * height + from_y : from_y * width + from_x;
      std::copy_n(stored + at * 3, 3, seen + (y * width + x) * 3);
    }
  }
}

// Along one axis: the pixels that a filter over `length` from `begin` on takes, within a limit.
std::pair<int64_t, int64_t> Reach(double begin, double length, int64_t places, int64_t low,
                                  int64_t high) {
  const double reach = std::max(length / static_cast<double>(places), 1.0) + 1;
  const auto first = static_cast<int64_t>(std::floor(begin - reach));
  const auto end = static_cast<int64_t>(std::ceil(begin + length + reach));
  return {std::max(first, low), std::min(end, high)};
}

// The smallest size that JPEG's inverse DCT can give by itself and that still covers the target.
// The sizes between (3/8, 5/8 ...) take longer than the full one: they have no vector code.
int64_t Reduction(const PictureBox& box, int64_t height, int64_t width) {
  int64_t reduce = 8;
  const auto covers = [&](int64_t by) {
    return box.height >= static_cast<double>(height * by) &&
           box.width >= static_cast<double>(width * by);
  };
  while (reduce > 1 && !covers(reduce)) reduce /= 2;
  return reduce;
}

// Scales `wanted` out of decoded pixels, the first of which is reduced pixel `covered`.
void ScaleOut(const Wanted& wanted, int64_t reduce, const PixelRect& covered, int64_t height,
              int64_t width, PictureScratch* scratch, uint8_t* out) {
  // The limit in decoded pixels; a pixel at its rim may be shared with what is outside.
  const PixelRect& limit = wanted.limit;
  const int64_t top = std::max(limit.top / reduce, covered.top);
  const int64_t left = std::max(limit.left / reduce, covered.left);
  const int64_t bottom = std::min((limit.top + limit.height + reduce - 1) / reduce,
                                  covered.top + covered.height);
  const int64_t right = std::min((limit.left + limit.width + reduce - 1) / reduce,
                                 covered.left + covered.width);
  const RgbPixels& decoded = scratch->decoded;
  const PictureView view = {
      decoded.bytes.data() +
          ((top - covered.top) * decoded.width + (left - covered.left)) * 3,
      bottom - top, right - left, 3, decoded.width * 3};
  const double by = static_cast<double>(reduce);
  scratch->resizer.Resize(view,
                          {wanted.box.top / by - static_cast<double>(top),
                           wanted.box.left / by - static_cast<double>(left),
                           wanted.box.height / by, wanted.box.width / by},
                          height, width, out);
}

Status NoPicture(const std::string& name) {
  return BadDataError(name + ": neither a JPEG nor a PNG picture by its first bytes");
}

StatusOr<PictureHeader> ReadHeader(std::string_view bytes, const std::string& name) {
  if (IsJpeg(bytes)) return ReadJpegHeader(bytes, name);
  if (IsPng(bytes)) return ReadPngHeader(bytes, name);
  return NoPicture(name);
}

// Decodes what `wanted` takes of it, or more.
Status Decode(std::string_view bytes, const std::string& name, const JpegPart& part,
              RgbPixels* decoded, PixelRect* covered) {
  if (IsJpeg(bytes)) return DecodeJpeg(bytes, name, part, decoded, covered);
  LOCKSTEP_RETURN_IF_ERROR(DecodePng(bytes, name, decoded));
  *covered = {0, 0, decoded->height, decoded->width};
  return OkStatus();
}

}  // namespace

Status DecodePicture(std::string_view bytes, const std::string& name, const PictureTarget& target,
                     const PartChooser* chooser, PictureScratch* scratch, uint8_t* out) {
  LOCKSTEP_ASSIGN_OR_RETURN(const PictureHeader header, ReadHeader(bytes, name));
  const bool transposed = IsTransposed(header.orientation);
  const int64_t seen_height = transposed ? header.width : header.height;
  const int64_t seen_width = transposed ? header.height : header.width;
  const Wanted wanted = ToStored(WantedPart(seen_height, seen_width, target, chooser), header);
  // In the stored picture's directions.
  const int64_t height = transposed ? target.width : target.height;
  const int64_t width = transposed ? target.height : target.width;
  const PixelRect& limit = wanted.limit;
  const auto [top, bottom] = Reach(wanted.box.top, wanted.box.height, height, limit.top,
                                   limit.top + limit.height);
  const auto [left, right] = Reach(wanted.box.left, wanted.box.width, width, limit.left,
                                   limit.left + limit.width);
  const JpegPart part = {{top, left, bottom - top, right - left},
                         IsJpeg(bytes) ? Reduction(wanted.box, height, width) : 1};
  PixelRect covered;
  LOCKSTEP_RETURN_IF_ERROR(Decode(bytes, name, part, &scratch->decoded, &covered));
  if (header.orientation == 1) {
    ScaleOut(wanted, part.reduce, covered, height, width, scratch, out);
    return OkStatus();
  }
  scratch->scaled.resize(static_cast<size_t>(height * width * 3));
  ScaleOut(wanted, part.reduce, covered, height, width, scratch, scratch->scaled.data());
  Orient(scratch->scaled.data(), header.orientation, target.height, target.width, out);
  return OkStatus();
}

Status CheckPicture(std::string_view bytes, const std::string& name, PictureScratch* scratch) {
  LOCKSTEP_ASSIGN_OR_RETURN(const PictureHeader header, ReadHeader(bytes, name));
  constexpr int64_t kSmallest = 8;  // all of the data is read, little is computed
  PixelRect covered;
  return Decode(bytes, name, {{0, 0, header.height, header.width}, kSmallest}, &scratch->decoded,
                &covered);
}

PictureReader::PictureReader(std::string folder, std::vector<std::string> names,
                             const std::vector<int64_t>& bytes, const PictureTarget& target)
    : folder_(std::move(folder)), names_(std::move(names)), target_(target) {
  fingerprint_ = HashBytes(bytes.data(), bytes.size() * sizeof(bytes[0]), 0);
  for (const std::string& name : names_) {
    fingerprint_ = HashBytes(name.data(), name.size() + 1, fingerprint_);
  }
}

std::string PictureReader::path(uint32_t number) const { return JoinPath(folder_, names_[number]); }

Status PictureReader::Read(uint32_t number, const PartChooser* chooser, PictureScratch* scratch,
                           uint8_t* out) const {
  const std::string name = path(number);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(name));
  const Status status = DecodePicture(bytes, name, target_, chooser, scratch, out);
  if (ExitCodeOf(status) != ExitCode::kBadData) return status;
  return BadDataError(std::string(status.message()) +
                      "; remove it, or have such left out: image_folder { skip_broken: true }");
}

Status PictureReader::Check(uint32_t number, PictureScratch* scratch) const {
  const std::string name = path(number);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(name));
  return CheckPicture(bytes, name, scratch);
}

}  // namespace lockstep
