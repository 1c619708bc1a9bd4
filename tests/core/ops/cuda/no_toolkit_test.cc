#include <gtest/gtest.h>

// Stands where tests need NVIDIA's headers.
TEST(CudaToolkit, IsMissing) { GTEST_SKIP() << "NOT TESTED: this was built without CUDA"; }
