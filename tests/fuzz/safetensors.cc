#include "core/io/safetensors.h"

#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "tests/core/data/formats/damage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const auto file = SafetensorsReader::FromBytes(
      std::string(reinterpret_cast<const char*>(data), size), "a.safetensors");
  const std::string complaint = ComplaintAbout(file.status(), "a.safetensors");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  if (!file.ok()) return 0;
  for (const auto& array : file->arrays()) {
    const Status status = file->Floats(array).status();
    LOCKSTEP_CHECK(ComplaintAbout(status, "a.safetensors").empty(), "another error");
  }
  return 0;
}
