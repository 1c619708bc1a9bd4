// Arrays as they lie in an .npz, without the checksum that keeps damage from the parsers of arrays
// and pickles.
#include "core/data/formats/npy.h"

#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/data/formats/pickle_lists.h"
#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

void Expect(const Status& status) {
  const std::string complaint = ComplaintAbout(status, "a.npz, array x: ");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
}

void ReadLists(const NpyArray& array) {
  if (array.shape.size() != 1) return;
  const StatusOr<RaggedLists> lists = ParsePickledLists(array.data(), array.shape[0], array.name);
  Expect(lists.status());
  if (!lists.ok()) return;
  LOCKSTEP_CHECK(lists->size() == array.shape[0], "%lld", static_cast<long long>(lists->size()));
  uint64_t values = 0;
  for (int64_t i = 0; i < lists->size(); ++i) values += (*lists)[i].size();
  LOCKSTEP_CHECK(values == lists->values.size(), "%zu", lists->values.size());
}

}  // namespace
}  // namespace lockstep

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const StatusOr<NpyArray> array =
      ParseNpy(std::string(reinterpret_cast<const char*>(data), size), "a.npz, array x");
  Expect(array.status());
  if (!array.ok()) return 0;
  if (array->type == NpyType::kObject) ReadLists(*array);
  Expect(NpyToInts(*array).status());
  Expect(NpyToFloats(*array).status());
  const StatusOr<std::vector<double>> doubles = NpyToDoubles(*array);
  Expect(doubles.status());
  if (!doubles.ok()) return 0;
  LOCKSTEP_CHECK(doubles->size() == static_cast<size_t>(array->elems()), "%zu", doubles->size());
  return 0;
}
