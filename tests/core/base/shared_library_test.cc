#include "core/base/shared_library.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lockstep {
namespace {

TEST(SharedLibrary, FindsFunctionsOfALibraryThatTheLoaderKnows) {
  StatusOr<SharedLibrary> library = SharedLibrary::Open("libm.so.6", {});
  ASSERT_TRUE(library.ok()) << library.status();
  double (*cosine)(double) = nullptr;
  library->Find("cos", &cosine);
  ASSERT_TRUE(library->status().ok());
  EXPECT_EQ(cosine(0), 1);
}

TEST(SharedLibrary, LooksInTheFoldersThatItIsGiven) {
  const std::vector<std::string> folders = {"/absent", "/lib/x86_64-linux-gnu"};
  EXPECT_TRUE(SharedLibrary::Open("libm.so.6", folders).ok());
}

TEST(SharedLibrary, NamesAMissingLibraryAndWhereItLooked) {
  const std::vector<std::string> folders = {"/absent/lib64"};
  const Status status = SharedLibrary::Open("liblockstep_absent.so.1", folders).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError);
  for (const char* part : {"liblockstep_absent.so.1", "/absent/lib64", "LD_LIBRARY_PATH"}) {
    EXPECT_NE(status.message().find(part), std::string::npos) << status;
  }
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
}

TEST(SharedLibrary, NamesTheFirstFunctionThatIsMissing) {
  StatusOr<SharedLibrary> library = SharedLibrary::Open("libm.so.6", {});
  ASSERT_TRUE(library.ok()) << library.status();
  void (*absent)() = nullptr;
  library->Find("lockstep_first", &absent);
  library->Find("lockstep_second", &absent);
  EXPECT_EQ(absent, nullptr);
  EXPECT_EQ(ExitCodeOf(library->status()), ExitCode::kDeviceError);
  EXPECT_NE(library->status().message().find("lockstep_first"), std::string::npos);
}

}  // namespace
}  // namespace lockstep
