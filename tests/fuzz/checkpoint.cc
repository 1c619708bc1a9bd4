// Checkpoints whose hash fits: what a disk does to a file is found by the hash, what is left is a
// message that says anything.
#include "core/io/checkpoint.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/hash.h"
#include "core/params/parameter_layout.h"
#include "tests/core/data/formats/damage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  // The last byte tells how many values follow the head.
  const size_t head = size == 0 ? 0 : size - 1;
  const std::string values(size == 0 ? 0 : data[head] * sizeof(float), '\0');
  const uint64_t head_bytes = head, start = HashBytes(data, head, head);
  std::string file = "LSCKPT2\n";
  file.append(reinterpret_cast<const char*>(&head_bytes), sizeof(head_bytes));
  file.append(reinterpret_cast<const char*>(&start), sizeof(start));
  file.append(reinterpret_cast<const char*>(data), head);
  file.append(values);
  const uint64_t hash = values.empty() ? start : HashBytes(values.data(), values.size(), start);
  file.append(reinterpret_cast<const char*>(&hash), sizeof(hash));
  static const int memory = ::memfd_create("checkpoint", MFD_CLOEXEC);
  LOCKSTEP_CHECK(::ftruncate(memory, 0) == 0, "cannot cut");
  LOCKSTEP_CHECK(::pwrite(memory, file.data(), file.size(), 0) ==
                     static_cast<ssize_t>(file.size()), "cannot write");
  const std::string path = "/proc/self/fd/" + std::to_string(memory);
  const StatusOr<SavedCheckpoint> checkpoint = ReadCheckpoint(path);
  const std::string complaint = ComplaintAbout(checkpoint.status(), path + ": ");
  LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  if (!checkpoint.ok()) return 0;
  const ParameterLayout layout({{.name = "k", .shape = {1, 2}}});
  std::vector<float> weights(static_cast<size_t>(layout.size_elems()));
  const Status status = GetWeights(*checkpoint, layout, weights.data());
  LOCKSTEP_CHECK(ComplaintAbout(status, "the checkpoint").empty(), "another error");
  return 0;
}
