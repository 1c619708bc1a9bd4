#include "core/device/add_in_order.h"

namespace lockstep {
namespace {

constexpr int kThreads = 256;
// Enough to fill any GPU; each thread takes further elements in strides of the whole grid.
constexpr int64_t kMostBlocks = 2048;

__global__ void AddInOrder(const __grid_constant__ Additions additions, int64_t elems) {
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < elems;
       i += stride) {
    AddInOrderAt(additions, i);
  }
}

}  // namespace

cudaError_t LaunchAddInOrder(const Additions& additions, int64_t elems, cudaStream_t stream) {
  const int64_t blocks = (elems + kThreads - 1) / kThreads;
  const auto grid = static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks);
  AddInOrder<<<grid, kThreads, 0, stream>>>(additions, elems);
  return cudaGetLastError();
}

}  // namespace lockstep
