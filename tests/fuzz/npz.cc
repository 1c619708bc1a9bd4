// Archives; npy.cc goes on from what they hold.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/data/formats/npz_reader.h"
#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

void Expect(const Status& status) {
  const std::string complaint = ComplaintAbout(status, "a.npz");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
}

}  // namespace
}  // namespace lockstep

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const StatusOr<NpzReader> file =
      NpzReader::FromBytes(std::string(reinterpret_cast<const char*>(data), size), "a.npz");
  Expect(file.status());
  if (!file.ok()) return 0;
  Expect(file->Read("absent").status());
  std::vector<std::string> names = file->ArrayNames();
  constexpr size_t kMaxArrays = 8;  // entries may share their bytes
  names.resize(std::min(names.size(), kMaxArrays));
  for (const std::string& name : names) Expect(file->Read(name).status());
  return 0;
}
