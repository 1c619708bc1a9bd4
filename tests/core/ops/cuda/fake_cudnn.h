// A cuDNN on the host: keeps the descriptors that it is given, proposes engines with notes that a
// test chooses, and runs a graph's operations in order, in double. Where the real library is
// installed, tensors, windows and operations are made there too, which needs no GPU: it judges
// attributes, types and shapes.
#ifndef LOCKSTEP_TESTS_CORE_OPS_CUDA_FAKE_CUDNN_H_
#define LOCKSTEP_TESTS_CORE_OPS_CUDA_FAKE_CUDNN_H_

#include <cudnn.h>

#include <vector>

#include "core/device/cuda_libraries.h"

namespace lockstep::cuda {

// What the heuristics propose, in their order: the notes of each engine.
struct FakeEngines {
  std::vector<std::vector<cudnnBackendNumericalNote_t>> notes;
  bool can_fuse = true;  // graphs of several operations have engines at all
  int ran = -1;          // the engine of the last execution
};

// The table of the fake. One at a time: `engines` is borrowed until the next call. `real` is
// nullptr or the library to ask as well.
Cudnn MakeFakeCudnn(FakeEngines* engines, const Cudnn* real);

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_TESTS_CORE_OPS_CUDA_FAKE_CUDNN_H_
