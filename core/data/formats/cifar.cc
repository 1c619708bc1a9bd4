#include "core/data/formats/cifar.h"

#include "absl/strings/str_format.h"

namespace lockstep {

Status ParseCifar(std::string_view bytes, const std::string& name, int64_t records,
                  std::vector<uint8_t>* pictures, std::vector<int32_t>* labels) {
  if (static_cast<int64_t>(bytes.size()) != records * kCifarRecordBytes) {
    return BadDataError(absl::StrFormat(
        "%s: found %d bytes, expected %d: %d pictures of %d bytes; fetch it again", name,
        bytes.size(), records * kCifarRecordBytes, records, kCifarRecordBytes));
  }
  constexpr int64_t kPlane = kCifarSide * kCifarSide;
  for (int64_t i = 0; i < records; ++i) {
    const char* record = bytes.data() + i * kCifarRecordBytes;
    const int32_t label = static_cast<uint8_t>(record[0]);
    if (label >= kCifarClasses) {
      return BadDataError(absl::StrFormat("%s, picture %d: label %d, expected 0 to %d", name, i,
                                          label, kCifarClasses - 1));
    }
    labels->push_back(label);
    for (int64_t pixel = 0; pixel < kPlane; ++pixel) {
      for (int64_t channel = 0; channel < 3; ++channel) {
        pictures->push_back(static_cast<uint8_t>(record[1 + channel * kPlane + pixel]));
      }
    }
  }
  return OkStatus();
}

}  // namespace lockstep
