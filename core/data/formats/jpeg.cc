#include "core/data/formats/jpeg.h"

#include <csetjmp>
#include <cstddef>
#include <cstdio>
// These need the two above, and the second one the first.
#include <jpeglib.h>
//
#include <jerror.h>

#include <algorithm>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/printable.h"
#include "core/data/formats/exif.h"

namespace lockstep {
namespace {

// A progressive file is decoded scan by scan; real ones have about ten, a hostile one thousands.
constexpr int kMaxScans = 200;

// libjpeg reports an error by a call that must not return: it jumps to `back`. The functions that
// are jumped over hold nothing that has a destructor.
struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg knows the address of this alone
  jmp_buf back;
  char message[JMSG_LENGTH_MAX];
  int scans;
};

ErrorManager* ManagerOf(j_common_ptr info) { return reinterpret_cast<ErrorManager*>(info->err); }

[[noreturn]] void Fail(j_common_ptr info) {
  ErrorManager* manager = ManagerOf(info);
  (*info->err->format_message)(info, manager->message);
  std::longjmp(manager->back, 1);
}

// A warning (level -1) of damaged data is an error; what readers everywhere pass over is none.
void OnMessage(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC: Fail(info);
    default: break;
  }
}

void OnProgress(j_common_ptr info) {
  if (!info->is_decompressor) return;
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  std::snprintf(ManagerOf(info)->message, JMSG_LENGTH_MAX, "more than %d scans", kMaxScans);
  std::longjmp(ManagerOf(info)->back, 1);
}

// A decompressor of some bytes; Ok() and message() tell how the last call went.
class Decompressor {
 public:
  explicit Decompressor(std::string_view bytes) : bytes_(bytes) {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = Fail;
    errors_.base.emit_message = OnMessage;
    errors_.message[0] = '\0';
    if (setjmp(errors_.back) != 0) return;
    jpeg_create_decompress(&info_);
    created_ = true;
    progress_.progress_monitor = OnProgress;
    info_.progress = &progress_;
    constexpr int kApp1 = JPEG_APP0 + 1;
    jpeg_save_markers(&info_, kApp1, 0xFFFF);
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    ready_ = true;
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor() {
    if (created_) jpeg_destroy_decompress(&info_);
  }

  bool ReadHeader() {
    if (!ready_ || setjmp(errors_.back) != 0) return false;
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  int Orientation() const {
    for (auto* marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      const std::string_view segment(reinterpret_cast<const char*>(marker->data),
                                     marker->data_length);
      if (segment.starts_with("Exif")) return ExifOrientation(segment);
    }
    return 1;
  }

  // REQUIRES: ReadHeader() gave true. Leaves in `covered` which reduced pixels Read will give.
  bool Start(const JpegPart& part, PixelRect* covered) {
    if (setjmp(errors_.back) != 0) return false;
    info_.scale_num = 1;
    info_.scale_denom = static_cast<unsigned>(part.reduce);
    const bool four = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
    info_.out_color_space = four ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&info_);
    const int64_t reduce = part.reduce;
    JDIMENSION left = static_cast<JDIMENSION>(part.rect.left / reduce);
    const int64_t right = std::min<int64_t>(
        (part.rect.left + part.rect.width + reduce - 1) / reduce, info_.output_width);
    JDIMENSION width = static_cast<JDIMENSION>(right) - left;
    if (width < info_.output_width) jpeg_crop_scanline(&info_, &left, &width);
    const int64_t top = part.rect.top / reduce;
    const int64_t bottom = std::min<int64_t>(
        (part.rect.top + part.rect.height + reduce - 1) / reduce, info_.output_height);
    *covered = {top, left, bottom - top, width};
    return true;
  }

  // Fills rows [covered.top, covered.top + height) of `width` pixels of `pixel_bytes` each.
  bool Read(const PixelRect& covered, int64_t pixel_bytes, uint8_t* pixels) {
    if (setjmp(errors_.back) != 0) return false;
    if (covered.top > 0) jpeg_skip_scanlines(&info_, static_cast<JDIMENSION>(covered.top));
    for (int64_t row = 0; row < covered.height; ++row) {
      JSAMPROW line = pixels + row * covered.width * pixel_bytes;
      jpeg_read_scanlines(&info_, &line, 1);
    }
    return true;
  }

  const jpeg_decompress_struct& info() const { return info_; }
  const char* message() const { return errors_.message; }

 private:
  std::string_view bytes_;
  jpeg_decompress_struct info_{};
  jpeg_progress_mgr progress_{};
  ErrorManager errors_{};
  bool created_ = false;
  bool ready_ = false;  // to read the header
};

Status Broken(const std::string& name, const Decompressor& decompressor) {
  return BadDataError(name + ": not a whole JPEG picture: " + Printable(decompressor.message()));
}

// Adobe's CMYK, stored inverted: a channel is the product of its ink's and black's brightness.
void CmykToRgb(const uint8_t* cmyk, int64_t pixels, bool inverted, uint8_t* rgb) {
  const auto light = [inverted](uint8_t ink) { return inverted ? ink : 255 - ink; };
  for (int64_t i = 0; i < pixels; ++i) {
    const int black = light(cmyk[4 * i + 3]);
    for (int64_t c = 0; c < 3; ++c) {
      rgb[3 * i + c] = static_cast<uint8_t>((light(cmyk[4 * i + c]) * black + 127) / 255);
    }
  }
}

// Each group of at most 32 x 32 pixels takes a bit at least.
Status CheckSize(const std::string& name, size_t file_bytes, const jpeg_decompress_struct& info) {
  constexpr int64_t kMaxPixelsPerByte = 8 * 32 * 32;
  const int64_t pixels = int64_t{info.image_width} * info.image_height;
  if (pixels / kMaxPixelsPerByte > static_cast<int64_t>(file_bytes)) {
    return BadDataError(absl::StrFormat("%s: not a whole JPEG picture: %d bytes for %d x %d pixels",
                                        name, file_bytes, info.image_width, info.image_height));
  }
  if (pixels > 0 && pixels <= kMaxPicturePixels) return OkStatus();
  return BadDataError(absl::StrFormat("%s: %d x %d pixels, expected 1 to %d in all", name,
                                      info.image_width, info.image_height, kMaxPicturePixels));
}

}  // namespace

bool IsJpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

StatusOr<PictureHeader> ReadJpegHeader(std::string_view bytes, const std::string& name) {
  Decompressor decompressor(bytes);
  if (!decompressor.ReadHeader()) return Broken(name, decompressor);
  LOCKSTEP_RETURN_IF_ERROR(CheckSize(name, bytes.size(), decompressor.info()));
  return PictureHeader{decompressor.info().image_height, decompressor.info().image_width,
                       decompressor.Orientation()};
}

Status DecodeJpeg(std::string_view bytes, const std::string& name, const JpegPart& part,
                  RgbPixels* out, PixelRect* covered) {
  Decompressor decompressor(bytes);
  if (!decompressor.ReadHeader()) return Broken(name, decompressor);
  LOCKSTEP_RETURN_IF_ERROR(CheckSize(name, bytes.size(), decompressor.info()));
  const PixelRect& rect = part.rect;
  LOCKSTEP_CHECK(rect.top >= 0 && rect.left >= 0 && rect.height > 0 && rect.width > 0 &&
                     rect.top + rect.height <= decompressor.info().image_height &&
                     rect.left + rect.width <= decompressor.info().image_width,
                 "a part outside of %s", name.c_str());
  if (!decompressor.Start(part, covered)) return Broken(name, decompressor);
  const int64_t pixels = covered->height * covered->width;
  out->Resize(covered->height, covered->width);
  if (decompressor.info().out_color_space == JCS_RGB) {
    return decompressor.Read(*covered, 3, out->bytes.data()) ? OkStatus()
                                                             : Broken(name, decompressor);
  }
  std::vector<uint8_t> cmyk(static_cast<size_t>(pixels) * 4);
  if (!decompressor.Read(*covered, 4, cmyk.data())) return Broken(name, decompressor);
  CmykToRgb(cmyk.data(), pixels, decompressor.info().saw_Adobe_marker, out->bytes.data());
  return OkStatus();
}

}  // namespace lockstep
