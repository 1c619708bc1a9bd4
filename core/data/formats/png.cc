#include "core/data/formats/png.h"

#include <libpng16/png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_format.h"
#include "core/base/printable.h"
#include "core/data/formats/inflate_limit.h"

namespace lockstep {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);

// libpng reports an error by a call that must not return: it jumps back into the method that called
// libpng. What is jumped over holds nothing that has a destructor.
class PngFile {
 public:
  explicit PngFile(std::string_view bytes) : rest_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, Fail, [](png_structp, auto) {});
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  PngFile(const PngFile&) = delete;
  PngFile& operator=(const PngFile&) = delete;
  ~PngFile() { png_destroy_read_struct(&png_, &info_, nullptr); }

  bool ReadHeader() {
    if (info_ == nullptr || setjmp(back_) != 0) return false;
    constexpr png_uint_32 kMaxExtent = 1 << 20;
    constexpr png_alloc_size_t kMaxChunkBytes = 8 << 20;
    png_set_user_limits(png_, kMaxExtent, kMaxExtent);
    png_set_chunk_malloc_max(png_, kMaxChunkBytes);
    png_set_read_fn(png_, this, Give);
    png_read_info(png_, info_);
    return true;
  }

  // To 8 bits R, G, B.
  bool Start() {
    if (setjmp(back_) != 0) return false;
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_gray_to_rgb(png_);
    png_set_strip_alpha(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return png_get_rowbytes(png_, info_) == png_size_t{3} * width();
  }

  bool Read(uint8_t* pixels) {
    if (setjmp(back_) != 0) return false;
    for (int pass = 0; pass < passes_; ++pass) {
      for (png_uint_32 row = 0; row < height(); ++row) {
        png_read_row(png_, pixels + size_t{row} * width() * 3, nullptr);
      }
    }
    png_read_end(png_, nullptr);  // the checks of the last bytes
    return true;
  }

  png_uint_32 height() const { return png_get_image_height(png_, info_); }
  png_uint_32 width() const { return png_get_image_width(png_, info_); }
  uint64_t stored_bytes() const { return uint64_t{png_get_rowbytes(png_, info_)} * height(); }
  const char* message() const { return message_; }

 private:
  [[noreturn]] static void Fail(png_structp png, png_const_charp message) {
    auto* file = static_cast<PngFile*>(png_get_error_ptr(png));
    std::snprintf(file->message_, sizeof(file->message_), "%s", message);
    std::longjmp(file->back_, 1);
  }

  static void Give(png_structp png, png_bytep out, png_size_t size) {
    auto* file = static_cast<PngFile*>(png_get_io_ptr(png));
    if (file->rest_.size() < size) png_error(png, "the file ends early");
    std::memcpy(out, file->rest_.data(), size);
    file->rest_.remove_prefix(size);
  }

  std::string_view rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  jmp_buf back_;
  char message_[128] = "out of memory";
};

Status Broken(const std::string& name, const PngFile& file) {
  return BadDataError(name + ": not a whole PNG picture: " + Printable(file.message()));
}

Status CheckSize(const std::string& name, size_t file_bytes, const PngFile& file) {
  if (file.stored_bytes() > MaxInflatedBytes(file_bytes)) {
    return BadDataError(absl::StrFormat("%s: not a whole PNG picture: %d bytes for %d x %d pixels",
                                        name, file_bytes, file.width(), file.height()));
  }
  const int64_t pixels = int64_t{file.width()} * file.height();
  if (pixels > 0 && pixels <= kMaxPicturePixels) return OkStatus();
  return BadDataError(absl::StrFormat("%s: %d x %d pixels, expected 1 to %d in all", name,
                                      file.width(), file.height(), kMaxPicturePixels));
}

}  // namespace

bool IsPng(std::string_view bytes) { return bytes.starts_with(kSignature); }

StatusOr<PictureHeader> ReadPngHeader(std::string_view bytes, const std::string& name) {
  PngFile file(bytes);
  if (!file.ReadHeader()) return Broken(name, file);
  LOCKSTEP_RETURN_IF_ERROR(CheckSize(name, bytes.size(), file));
  return PictureHeader{file.height(), file.width(), 1};
}

Status DecodePng(std::string_view bytes, const std::string& name, RgbPixels* out) {
  PngFile file(bytes);
  if (!file.ReadHeader()) return Broken(name, file);
  LOCKSTEP_RETURN_IF_ERROR(CheckSize(name, bytes.size(), file));
  if (!file.Start()) return Broken(name, file);
  out->Resize(file.height(), file.width());
  return file.Read(out->bytes.data()) ? OkStatus() : Broken(name, file);
}

}  // namespace lockstep
