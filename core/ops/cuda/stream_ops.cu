#include <utility>

#include "core/ops/cuda/kernel_ops.h"
#include "core/ops/cuda/stream_device.h"
#include "core/ops/cuda/stream_ops.h"

namespace lockstep::cuda {
namespace {

// What KernelOps borrows; a base, so that it is there before and after.
struct Owned {
  Owned(cudaStream_t stream, std::unique_ptr<MathLibraries> own_libraries)
      : device(stream), libraries(std::move(own_libraries)) {}
  StreamDevice device;
  std::unique_ptr<MathLibraries> libraries;
};

class StreamOps final : private Owned, public KernelOps<StreamDevice> {
 public:
  StreamOps(cudaStream_t stream, std::unique_ptr<MathLibraries> own_libraries, std::string name)
      : Owned(stream, std::move(own_libraries)),
        KernelOps<StreamDevice>(&device, libraries.get()),
        name_(std::move(name)) {}

  std::string name() const override { return name_; }
  int64_t workspace_bytes() const override { return device.bytes() + libraries->workspace_bytes(); }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Ops> MakeStreamOps(cudaStream_t stream, std::unique_ptr<MathLibraries> libraries,
                                   const std::string& name) {
  return std::make_unique<StreamOps>(stream, std::move(libraries), name);
}

}  // namespace lockstep::cuda
