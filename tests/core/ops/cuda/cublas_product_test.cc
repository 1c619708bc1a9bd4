// The layouts and epilogues that products ask cuBLASLt for, against a cuBLASLt on the host that
// does what its documentation says of the attributes it is given: column-major matrices, op on
// each, the bias per row of the result, BGRADA the sums of the first factor over k.
#include "core/ops/cuda/cublas_product.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/core/ops/cuda/host_libraries.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep::cuda {
namespace {

// What descriptors hold; the opaque structs of NVIDIA's headers have room for it.
struct FakeLayout {
  uint64_t rows, cols;
  int64_t leading;
};
struct FakeOperation {
  cublasOperation_t a, b;
  cublasLtEpilogue_t epilogue;
  float* bias;
};
struct FakePreference {
  uint32_t reductions;
  uint32_t least_alignment;
};

template <typename Fake, typename Opaque>
Fake* As(Opaque* opaque) {
  static_assert(sizeof(Fake) <= sizeof(Opaque));
  return reinterpret_cast<Fake*>(opaque);
}

bool has_epilogues = true;  // of the fake; a library without them refuses all but the default

template <typename Opaque>
cublasStatus_t Destroy(Opaque* opaque) {
  delete opaque;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t CreateLayout(cublasLtMatrixLayout_t* layout, cudaDataType type, uint64_t rows,
                            uint64_t cols, int64_t leading) {
  if (type != CUDA_R_32F || leading < static_cast<int64_t>(rows))
    return CUBLAS_STATUS_INVALID_VALUE;
  *layout = new cublasLtMatrixLayoutOpaque_t();
  *As<FakeLayout>(*layout) = {rows, cols, leading};
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t CreateOperation(cublasLtMatmulDesc_t* operation, cublasComputeType_t compute,
                               cudaDataType_t scale) {
  if (compute != CUBLAS_COMPUTE_32F || scale != CUDA_R_32F) return CUBLAS_STATUS_INVALID_VALUE;
  *operation = new cublasLtMatmulDescOpaque_t();
  *As<FakeOperation>(*operation) = {CUBLAS_OP_N, CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, nullptr};
  return CUBLAS_STATUS_SUCCESS;
}

template <typename T>
cublasStatus_t Read(T* to, const void* from, size_t bytes) {
  if (bytes != sizeof(T)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(to, from, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t SetOperation(cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t name,
                            const void* value, size_t bytes) {
  FakeOperation* fake = As<FakeOperation>(operation);
  if (name == CUBLASLT_MATMUL_DESC_TRANSA) return Read(&fake->a, value, bytes);
  if (name == CUBLASLT_MATMUL_DESC_TRANSB) return Read(&fake->b, value, bytes);
  if (name == CUBLASLT_MATMUL_DESC_EPILOGUE) return Read(&fake->epilogue, value, bytes);
  if (name == CUBLASLT_MATMUL_DESC_BIAS_POINTER) return Read(&fake->bias, value, bytes);
  return CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t CreatePreference(cublasLtMatmulPreference_t* preference) {
  *preference = new cublasLtMatmulPreferenceOpaque_t();
  *As<FakePreference>(*preference) = {CUBLASLT_REDUCTION_SCHEME_MASK, 256};
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t SetPreference(cublasLtMatmulPreference_t preference,
                             cublasLtMatmulPreferenceAttributes_t name, const void* value,
                             size_t bytes) {
  FakePreference* fake = As<FakePreference>(preference);
  if (name == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK) {
    return Read(&fake->reductions, value, bytes);
  }
  if (name == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES) return CUBLAS_STATUS_SUCCESS;
  return Read(&fake->least_alignment, value, bytes);
}

cublasStatus_t Choose(cublasLtHandle_t, cublasLtMatmulDesc_t operation, cublasLtMatrixLayout_t,
                      cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                      cublasLtMatmulPreference_t preference, int, cublasLtMatmulHeuristicResult_t*,
                      int* found) {
  EXPECT_EQ(As<FakePreference>(preference)->reductions & CUBLASLT_REDUCTION_SCHEME_INPLACE, 0u)
      << "a sum in place has no promised order";
  EXPECT_EQ(As<FakePreference>(preference)->least_alignment, 16u);
  const bool plain = As<FakeOperation>(operation)->epilogue == CUBLASLT_EPILOGUE_DEFAULT;
  *found = plain || has_epilogues ? 1 : 0;
  return CUBLAS_STATUS_SUCCESS;
}

// Element [row, col] of op(matrix).
double At(const void* matrix, const FakeLayout& layout, cublasOperation_t op, uint64_t row,
          uint64_t col) {
  if (op == CUBLAS_OP_T) std::swap(row, col);
  EXPECT_LT(row, layout.rows);
  EXPECT_LT(col, layout.cols);
  return static_cast<const float*>(
      matrix)[static_cast<int64_t>(col) * layout.leading + static_cast<int64_t>(row)];
}

cublasStatus_t Multiply(cublasLtHandle_t, cublasLtMatmulDesc_t operation, const void*,
                        const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                        cublasLtMatrixLayout_t b_layout, const void*, const void*,
                        cublasLtMatrixLayout_t, void* d, cublasLtMatrixLayout_t d_layout,
                        const cublasLtMatmulAlgo_t*, void*, size_t, cudaStream_t) {
  const FakeOperation& op = *As<FakeOperation>(operation);
  const FakeLayout &in_a = *As<FakeLayout>(a_layout), &in_b = *As<FakeLayout>(b_layout),
                   &out = *As<FakeLayout>(d_layout);
  const uint64_t depth = op.a == CUBLAS_OP_N ? in_a.cols : in_a.rows;
  EXPECT_EQ(depth, op.b == CUBLAS_OP_N ? in_b.rows : in_b.cols);
  const bool adds_bias = (op.epilogue & CUBLASLT_EPILOGUE_BIAS) != 0;
  const bool cuts = (op.epilogue & CUBLASLT_EPILOGUE_RELU) != 0;
  for (uint64_t row = 0; row < out.rows; ++row) {
    double gradient = 0;
    for (uint64_t k = 0; k < depth; ++k) gradient += At(a, in_a, op.a, row, k);
    if (op.epilogue == CUBLASLT_EPILOGUE_BGRADA) op.bias[row] = static_cast<float>(gradient);
    for (uint64_t col = 0; col < out.cols; ++col) {
      double sum = adds_bias ? op.bias[row] : 0;
      for (uint64_t k = 0; k < depth; ++k) {
        sum += At(a, in_a, op.a, row, k) * At(b, in_b, op.b, k, col);
      }
      if (cuts && sum < 0) sum = 0;
      static_cast<float*>(d)[static_cast<int64_t>(col) * out.leading + static_cast<int64_t>(row)] =
          static_cast<float>(sum);
    }
  }
  return CUBLAS_STATUS_SUCCESS;
}

CublasContext FakeContext() {
  CublasContext context;
  context.lt.GetStatusString = [](cublasStatus_t) { return "refused by the fake"; };
  context.lt.Matmul = Multiply;
  context.lt.MatmulAlgoGetHeuristic = Choose;
  context.lt.MatmulDescCreate = CreateOperation;
  context.lt.MatmulDescDestroy = Destroy;
  context.lt.MatmulDescSetAttribute = SetOperation;
  context.lt.MatmulPreferenceCreate = CreatePreference;
  context.lt.MatmulPreferenceDestroy = Destroy;
  context.lt.MatmulPreferenceSetAttribute = SetPreference;
  context.lt.MatrixLayoutCreate = CreateLayout;
  context.lt.MatrixLayoutDestroy = Destroy;
  return context;
}

void CheckProduct(const ProductSpec& spec) {
  SCOPED_TRACE(testing::Message() << spec.m << " x " << spec.n << " x " << spec.k << ", "
                                  << spec.transpose_a << spec.transpose_b);
  const CublasContext context = FakeContext();
  const Floats a = RandomFloats(spec.m * spec.k, 1), b = RandomFloats(spec.k * spec.n, 2);
  Floats expected(spec.m * spec.n), actual(spec.m * spec.n);
  Floats expected_bias = RandomFloats(spec.n, 3), actual_bias = expected_bias.Copy();
  HostLibraries(/*plain=*/false)
      .PlanProduct(spec)
      ->Run(a.data(), b.data(), expected.data(), expected_bias.data());
  const auto product = PlanCublasProduct(&context, spec);
  ASSERT_NE(product, nullptr);
  product->Run(a.data(), b.data(), actual.data(), actual_bias.data());
  const auto limit = [&](int64_t) { return SumTolerance(spec.k, static_cast<double>(spec.k)); };
  ExpectWithin(actual.span(), expected.span(), limit);
  ExpectWithin(actual_bias.span(), expected_bias.span(), limit);
  EXPECT_TRUE(actual.intact() && actual_bias.intact());
}

TEST(CublasProduct, IsTheRowMajorProductWithEveryTransposeAndEnding) {
  for (const int transposes : {0, 1, 2, 3}) {
    for (const Ending ending : {Ending::kNone, Ending::kBias, Ending::kRelu, Ending::kBiasRelu}) {
      for (const int64_t m : {1, 7}) {
        CheckProduct({.m = m,
                      .n = 5,
                      .k = 3,
                      .transpose_a = (transposes & 1) != 0,
                      .transpose_b = (transposes & 2) != 0,
                      .ending = ending});
      }
    }
  }
}

TEST(CublasProduct, GivesTheColumnSumsOfItsSecondFactor) {
  for (const bool transpose_b : {false, true}) {
    CheckProduct({.m = 4,
                  .n = 6,
                  .k = 9,
                  .transpose_a = true,
                  .transpose_b = transpose_b,
                  .column_sums_of_b = true});
  }
}

TEST(CublasProduct, IsNotPlannedWhereTheLibraryCannotEndItSo) {
  const CublasContext context = FakeContext();
  has_epilogues = false;
  EXPECT_EQ(PlanCublasProduct(&context, {.m = 2, .n = 2, .k = 2, .ending = Ending::kBias}),
            nullptr);
  EXPECT_EQ(PlanCublasProduct(&context, {.m = 2, .n = 2, .k = 2, .column_sums_of_b = true}),
            nullptr);
  EXPECT_NE(PlanCublasProduct(&context, {.m = 2, .n = 2, .k = 2}), nullptr);
  has_epilogues = true;
}

TEST(CublasProductDeathTest, EndsWithTheCodeOfDevicesWhereACallFails) {
  CublasContext context = FakeContext();
  context.lt.Matmul = [](cublasLtHandle_t, cublasLtMatmulDesc_t, const void*, const void*,
                         cublasLtMatrixLayout_t, const void*, cublasLtMatrixLayout_t, const void*,
                         const void*, cublasLtMatrixLayout_t, void*, cublasLtMatrixLayout_t,
                         const cublasLtMatmulAlgo_t*, void*, size_t,
                         cudaStream_t) { return CUBLAS_STATUS_EXECUTION_FAILED; };
  const auto product = PlanCublasProduct(&context, {.m = 1, .n = 1, .k = 1});
  float one = 1;
  EXPECT_EXIT(product->Run(&one, &one, &one, nullptr), testing::ExitedWithCode(76),
              "cublasLtMatmul failed on the GPU: refused by the fake");
}

}  // namespace
}  // namespace lockstep::cuda
