// The graphs that convolutions ask cuDNN for, against a cuDNN on the host (fake_cudnn.h), which the
// real library joins in judging them where it is installed.
#include "core/ops/cuda/cudnn_convolution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/device/cuda_libraries.h"
#include "tests/core/ops/cuda/fake_cudnn.h"
#include "tests/core/ops/cuda/host_libraries.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep::cuda {
namespace {

class CudnnConvolution : public testing::Test {
 protected:
  CudnnConvolution() : real_(OpenCudnn()) {
    context_.dnn = MakeFakeCudnn(&engines_, real_.ok() ? &*real_ : nullptr);
    context_.workspace = [this](int64_t bytes) {
      workspace_.resize(std::max(workspace_.size(), static_cast<size_t>(bytes)));
      return workspace_.data();
    };
  }

  // Runs a pass by cuDNN and naively; x, w and y are what it reads or writes.
  void Check(const ConvolutionSpec& spec) {
    const ConvSpec& conv = spec.conv;
    const int64_t taps = conv.window.height * conv.window.width * conv.in.channels / conv.groups;
    Floats arrays[] = {RandomFloats(spec.n * conv.in.elems(), 1),
                       RandomFloats(taps * conv.out.channels, 2),
                       RandomFloats(spec.n * conv.out.elems(), 3)};
    const Floats bias = RandomFloats(conv.out.channels, 4);
    Floats actual[] = {arrays[0].Copy(), arrays[1].Copy(), arrays[2].Copy()};
    HostLibraries(/*plain=*/false)
        .PlanConvolution(spec)
        ->Run(arrays[0].data(), arrays[1].data(), arrays[2].data(), bias.data());
    const auto convolution = PlanCudnnConvolution(&context_, spec);
    ASSERT_NE(convolution, nullptr);
    for (int run = 0; run < 2; ++run) {
      convolution->Run(actual[0].data(), actual[1].data(), actual[2].data(), bias.data());
      for (int i = 0; i < 3; ++i) {
        ExpectWithin(actual[i].span(), arrays[i].span(), [](int64_t) { return 1e-6; });
        EXPECT_TRUE(actual[i].intact());
      }
    }
  }

  StatusOr<Cudnn> real_;
  FakeEngines engines_ = {.notes = {{}}};
  CudnnContext context_;
  std::vector<char> workspace_;
};

// Stride, dilation, even padding and groups; the numbers of rows and columns differ throughout.
std::vector<ConvSpec> Convolutions() {
  ConvSpec plain = {.in = {5, 6, 3}, .out = {3, 5, 4}, .window = {.height = 3, .width = 2}};
  ConvSpec strided = {.in = {7, 8, 2},
                      .out = {4, 2, 6},
                      .window = {.height = 3,
                                 .width = 5,
                                 .stride_height = 2,
                                 .stride_width = 3,
                                 .pad_top = 1,
                                 .pad_bottom = 1,
                                 .pad_left = 1,
                                 .pad_right = 1}};
  ConvSpec dilated = {
      .in = {9, 8, 4},
      .out = {5, 2, 6},
      .window = {.height = 3, .width = 3, .dilation_height = 2, .dilation_width = 3},
      .groups = 2};
  return {plain, strided, dilated};
}

TEST_F(CudnnConvolution, IsTheOneOfRowMajorPicturesInEveryPass) {
  for (const ConvSpec& conv : Convolutions()) {
    for (const auto pass : {ConvolutionPass::kForward, ConvolutionPass::kInputGradient,
                            ConvolutionPass::kWeightGradient}) {
      SCOPED_TRACE(testing::Message() << conv.in.height << " pass " << static_cast<int>(pass));
      Check({.conv = conv, .n = 2, .pass = pass});
    }
  }
}

TEST_F(CudnnConvolution, EndsWithBiasAndRelu) {
  for (const Ending ending : {Ending::kBias, Ending::kRelu, Ending::kBiasRelu}) {
    SCOPED_TRACE(static_cast<int>(ending));
    Check({.conv = Convolutions()[0], .n = 2, .ending = ending});
  }
}

TEST_F(CudnnConvolution, IsNotPlannedWhereNoEngineEndsItSo) {
  engines_.can_fuse = false;
  EXPECT_EQ(PlanCudnnConvolution(&context_,
                                 {.conv = Convolutions()[0], .n = 1, .ending = Ending::kBiasRelu}),
            nullptr);
  Check({.conv = Convolutions()[0], .n = 1});
}

TEST_F(CudnnConvolution, TakesTheFirstEngineThatKeepsOrderAndPrecision) {
  engines_.notes = {{CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC},
                    {CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP, CUDNN_NUMERICAL_NOTE_TENSOR_CORE},
                    {CUDNN_NUMERICAL_NOTE_WINOGRAD},
                    {CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP},
                    {}};
  Check({.conv = Convolutions()[0], .n = 1});
  EXPECT_EQ(engines_.ran, 3);
}

TEST_F(CudnnConvolution, IsJudgedByTheRealLibraryWhereItIsInstalled) {
  if (!real_.ok()) GTEST_SKIP() << "NOT TESTED: " << real_.status().message();
  Check({.conv = Convolutions()[1], .n = 3, .ending = Ending::kBiasRelu});
}

}  // namespace
}  // namespace lockstep::cuda
