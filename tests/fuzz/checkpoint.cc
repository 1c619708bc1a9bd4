// Checkpoints whose hash fits: what a disk does to a file is found by the hash, what is left is a
// message that says anything.
#include "core/io/checkpoint.h"

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/hash.h"
#include "core/params/parameter_layout.h"
#include "tests/core/data/formats/damage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const uint64_t hash = HashBytes(data, size);
  std::string file = "LSCKPT1\n";
  file.append(reinterpret_cast<const char*>(&hash), sizeof(hash));
  file.append(reinterpret_cast<const char*>(data), size);
  const StatusOr<Checkpoint> checkpoint = ParseCheckpoint(file, "a.ckpt");
  const std::string complaint = ComplaintAbout(checkpoint.status(), "a.ckpt: ");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  if (!checkpoint.ok()) return 0;
  const ParameterLayout layout({{.name = "k", .shape = {1, 2}}, {.name = "b", .shape = {2}}});
  std::vector<float> weights(static_cast<size_t>(layout.size_elems()));
  const Status status = GetWeights(*checkpoint, layout, weights.data());
  LOCKSTEP_CHECK(ComplaintAbout(status, "the checkpoint").empty(), "another error");
  return 0;
}
