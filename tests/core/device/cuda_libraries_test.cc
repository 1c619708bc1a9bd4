#include "core/device/cuda_libraries.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

// A machine without cuBLAS and cuDNN is told which file it lacks; one that has them, GPU or not,
// opens them with every function in place.
template <typename Library>
void ExpectOpenOrNamed(const StatusOr<Library>& library, const std::string& name) {
  if (library.ok()) return;
  EXPECT_EQ(ExitCodeOf(library.status()), ExitCode::kDeviceError);
  EXPECT_NE(std::string(library.status().message()).find(name), std::string::npos)
      << library.status();
  EXPECT_EQ(std::string(library.status().message()).find("has no function"), std::string::npos)
      << library.status();
}

TEST(CudaLibraries, OpenWithEveryFunctionOrNameTheMissingFile) {
  ExpectOpenOrNamed(OpenCublasLt(), "libcublasLt.so.");
  ExpectOpenOrNamed(OpenCudnn(), "libcudnn.so.9");
}

}  // namespace
}  // namespace lockstep
