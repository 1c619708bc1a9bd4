// CIFAR's records, and the archive that they come in.
#include "core/data/formats/cifar.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "core/data/formats/tar_gz.h"
#include "tests/core/data/formats/damage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<uint8_t> pictures;
  std::vector<int32_t> labels;
  const int64_t records = static_cast<int64_t>(size) / kCifarRecordBytes;
  const Status parsed = ParseCifar(bytes, "a.bin", records, &pictures, &labels);
  std::string complaint = ComplaintAbout(parsed, "a.bin");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  LOCKSTEP_CHECK(!parsed.ok() || labels.size() == static_cast<size_t>(records), "%zu labels",
                 labels.size());
  const auto files = ReadTarGz(bytes, "a.tar.gz", {{"a.bin", 1000}, {"b.txt", 10}});
  complaint = ComplaintAbout(files.status(), "a.tar.gz: ");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  if (!files.ok()) return 0;
  for (const auto& [name, content] : *files) LOCKSTEP_CHECK(content.size() <= 1000, "too large");
  return 0;
}
