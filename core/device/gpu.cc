#include "core/device/gpu.h"

namespace lockstep {
namespace {

std::string VersionText(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace

StatusOr<int> JudgeGpus(const GpuFacts& facts) {
  const std::string built = VersionText(facts.built_version);
  if (facts.driver_version == 0) {
    return DeviceError("no NVIDIA driver is loaded (no libcuda.so.1); install one for CUDA " + built +
                       " or newer, or use the CPU");
  }
  // A newer minor version of the toolkit runs on an older driver of the same major version.
  if (facts.driver_version / 1000 < facts.built_version / 1000) {
    return DeviceError("the NVIDIA driver knows CUDA " + VersionText(facts.driver_version) +
                       ", and this binary was built with " + built +
                       "; install a newer driver, or use the CPU");
  }
  if (facts.count == 0) {
    const std::string why = facts.error.empty() ? "" : " (" + facts.error + ")";
    return DeviceError("the NVIDIA driver shows no GPU" + why +
                       "; look at nvidia-smi and CUDA_VISIBLE_DEVICES, or use the CPU");
  }
  return facts.count;
}

}  // namespace lockstep
