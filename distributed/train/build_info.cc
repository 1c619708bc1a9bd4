#include "distributed/train/build_info.h"

#include <google/protobuf/stubs/common.h>
#include <oneapi/dnnl/dnnl_version.h>

namespace lockstep {

std::string LockstepVersion() { return "0.1.0"; }

std::vector<std::pair<std::string, std::string>> BuildVersions() {
  return {
      {"lockstep", LockstepVersion()},
      {"compiler", __VERSION__},
      {"onednn", std::to_string(DNNL_VERSION_MAJOR) + "." + std::to_string(DNNL_VERSION_MINOR) + "." +
                     std::to_string(DNNL_VERSION_PATCH)},
      {"protobuf", google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION)},
  };
}

}  // namespace lockstep
