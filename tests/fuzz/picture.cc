// Picture files of any kind as samples: PNG above all, the turning and the scaling.
#include "core/data/picture_reader.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "core/data/formats/jpeg.h"
#include "core/data/formats/png.h"
#include "tests/core/data/formats/damage.h"

namespace {

class LowerRightQuarter : public lockstep::PartChooser {
 public:
  lockstep::PixelRect Choose(int64_t height, int64_t width) const override {
    return {height / 2, width / 2, (height + 1) / 2, (width + 1) / 2};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const StatusOr<PictureHeader> header =
      IsPng(bytes) ? ReadPngHeader(bytes, "a.png") : ReadJpegHeader(bytes, "a.png");
  constexpr int64_t kMostPixels = 1 << 20;  // larger ones only take longer
  if (header.ok() && header->height * header->width > kMostPixels) return 0;
  PictureScratch scratch;
  const LowerRightQuarter quarter;
  std::vector<uint8_t> out(9 * 7 * 3);
  for (const PartChooser* chooser : {static_cast<const PartChooser*>(nullptr),
                                     static_cast<const PartChooser*>(&quarter)}) {
    const Status status =
        DecodePicture(bytes, "a.png", {9, 7, 1.2}, chooser, &scratch, out.data());
    const std::string complaint = ComplaintAbout(status, "a.png: ");
    LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  }
  return 0;
}
