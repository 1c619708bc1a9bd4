#include "distributed/train/build_info.h"

#include <google/protobuf/stubs/common.h>
#include <hwy/base.h>
#include <oneapi/dnnl/dnnl_version.h>

namespace lockstep {

std::string LockstepVersion() { return "0.1.0"; }

std::vector<std::pair<std::string, std::string>> BuildVersions() {
  const auto dotted = [](int major, int minor, int patch) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  };
  return {
      {"lockstep", LockstepVersion()},
      {"compiler", __VERSION__},
      {"onednn", dotted(DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR, DNNL_VERSION_PATCH)},
      {"highway", dotted(HWY_MAJOR, HWY_MINOR, HWY_PATCH)},
      {"protobuf", google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION)},
  };
}

}  // namespace lockstep
