#include "core/nn/layers/dense.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <array>
#include <span>
#include <vector>

#include "core/nn/layer.h"
#include "core/ops/ops.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

DenseConfig Units(uint32_t units, bool use_bias = true) {
  DenseConfig config;
  config.set_units(units);
  config.set_use_bias(use_bias);
  return config;
}

TEST(DenseLayer, DeclaresKerasKernelAndBias) {
  DenseConfig config = Units(16);
  config.set_kernel_initializer(HE_NORMAL);
  DenseLayer layer(config, ActivationKind::kRelu);
  const LayerDeclaration declaration = layer.Declare({Shape{784}}).value();
  EXPECT_EQ(declaration.output, Shape{16});
  ASSERT_EQ(declaration.parameters.size(), 2u);
  const LayerParameter& kernel = declaration.parameters[0];
  EXPECT_EQ(kernel.name, "kernel");
  EXPECT_EQ(kernel.shape, (Shape{784, 16}));
  EXPECT_EQ(kernel.group, ParameterGroup::kKernel);
  EXPECT_EQ(kernel.initializer, HE_NORMAL);
  EXPECT_EQ(kernel.fan_in, 784);
  EXPECT_EQ(kernel.fan_out, 16);
  const LayerParameter& bias = declaration.parameters[1];
  EXPECT_EQ(bias.name, "bias");
  EXPECT_EQ(bias.shape, Shape{16});
  EXPECT_EQ(bias.group, ParameterGroup::kBias);
  EXPECT_EQ(bias.initializer, ZEROS);
}

TEST(DenseLayer, WithoutBiasHasOneParameter) {
  DenseLayer layer(Units(3, false), ActivationKind::kLinear);
  EXPECT_EQ(layer.Declare({Shape{5}}).value().parameters.size(), 1u);
}

TEST(DenseLayer, RefusesWhatIsNotOneInputOfOneAxis) {
  DenseLayer layer(Units(3), ActivationKind::kLinear);
  const Status image = layer.Declare({Shape{28, 28, 1}}).status();
  EXPECT_EQ(ExitCodeOf(image), ExitCode::kUsage);
  EXPECT_EQ(image.message(),
            "dense takes one input of one axis, found [28, 28, 1]; put layer { flatten {} } "
            "before it");
  EXPECT_FALSE(layer.Declare({Shape{5}, Shape{5}}).ok());
}

// A layer with its memory; runs once forward and once backward.
struct OnePass {
  OnePass(ActivationKind activation, bool sparse) : layer(Units(kOut), activation) {
    const auto ops = MakeReferenceOps();
    EXPECT_TRUE(layer.Declare({Shape{kIn}}).ok());
    layer.Plan(ops.get(), kRows + 1, sparse, 0);
    LayerContext context;
    context.rows = kRows;
    context.training = true;
    context.sparse = sparse ? &rows : nullptr;
    context.inputs = {{sparse ? nullptr : x.data(), kRows, kIn}};
    context.output = {y.data(), kRows, kOut};
    context.kept = kept.data();
    context.parameters = {w.data(), b.data()};
    context.output_gradient = {dy.data(), kRows, kOut};
    context.input_gradients = {nullptr};
    context.parameter_gradients = {dw.data(), db.data()};
    layer.Forward(context);
    layer.Backward(context);
  }

  static constexpr int64_t kRows = 3, kIn = 4, kOut = 5;
  const std::array<std::vector<uint32_t>, kRows> lists = {{{0, 3}, {}, {0, 1, 2}}};
  const std::array<std::span<const uint32_t>, kRows> ones = {lists[0], lists[1], lists[2]};
  const SparseRows rows = {ones.data(), kRows, kIn};
  DenseLayer layer;
  Floats x = MultiHot(), w = SmallIntegers(kIn * kOut, 1), b = SmallIntegers(kOut, 2);
  Floats dy = SmallIntegers(kRows * kOut, 3), y{kRows * kOut}, dw{kIn * kOut}, db{kOut};
  Floats kept{kRows * kOut};

 private:
  Floats MultiHot() const {
    Floats dense(kRows * kIn);
    for (float& value : dense.span()) value = 0;
    for (int64_t r = 0; r < kRows; ++r) {
      for (const uint32_t k : lists[static_cast<size_t>(r)]) dense[r * kIn + k] = 1;
    }
    return dense;
  }
};

TEST(DenseLayer, GivesForMultiHotInputWhatItGivesForItsMatrix) {
  for (const ActivationKind activation :
       {ActivationKind::kLinear, ActivationKind::kRelu, ActivationKind::kSigmoid,
        ActivationKind::kTanh, ActivationKind::kGelu, ActivationKind::kSoftmax}) {
    const OnePass dense(activation, false), sparse(activation, true);
    ExpectExactly(sparse.y.span(), dense.y.span());
    ExpectExactly(sparse.dw.span(), dense.dw.span());
    ExpectExactly(sparse.db.span(), dense.db.span());
    EXPECT_TRUE(sparse.y.intact() && sparse.dw.intact() && sparse.db.intact());
  }
}

TEST(DenseLayer, AloneTakesMultiHotInput) {
  EXPECT_TRUE(DenseLayer(Units(1), ActivationKind::kLinear).AcceptsSparse());
}

}  // namespace
}  // namespace lockstep
