// IDX files, gzipped or not.
#include "core/data/formats/idx.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "tests/core/data/formats/damage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const StatusOr<IdxArray> array = ParseIdx(bytes, "a.idx");
  const std::string complaint = ComplaintAbout(array.status(), "a.idx: ");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  if (!array.ok()) return 0;
  uint64_t elems = 1;
  for (const int64_t extent : array->shape) elems *= static_cast<uint64_t>(extent);
  LOCKSTEP_CHECK(array->values.size() == elems, "%zu values", array->values.size());
  return 0;
}
