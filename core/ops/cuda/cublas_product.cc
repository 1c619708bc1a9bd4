// cuBLASLt's matrices are column-major. A row-major matrix read so is its transpose, so instead of
// C = op(A) op(B) we ask for C^T = op(B)^T op(A)^T: cuBLASLt's first factor is our b, its second
// our a, and its result has our columns for rows. A bias per column of ours is therefore one per
// row of cuBLASLt's, which is what its epilogues add, and the sums over k of its first factor
// (BGRADA) are the column sums of our b. tests/core/ops/cuda/cublas_product_test.cc runs this
// against a cuBLASLt of its own on the host.
#include "core/ops/cuda/cublas_product.h"

#include <cstdint>

#include "core/base/check.h"
#include "core/ops/cuda/library_status.h"

namespace lockstep::cuda {
namespace {

constexpr uint32_t kAlignmentBytes = 16;

using Layout =
    std::unique_ptr<cublasLtMatrixLayoutOpaque_t, decltype(&cublasLtMatrixLayoutDestroy)>;
using Operation = std::unique_ptr<cublasLtMatmulDescOpaque_t, decltype(&cublasLtMatmulDescDestroy)>;
using Preference =
    std::unique_ptr<cublasLtMatmulPreferenceOpaque_t, decltype(&cublasLtMatmulPreferenceDestroy)>;

class CublasProduct final : public Product {
 public:
  CublasProduct(const CublasContext* context, const ProductSpec& spec)
      : context_(context),
        has_bias_(spec.ending == Ending::kBias || spec.ending == Ending::kBiasRelu ||
                  spec.column_sums_of_b),
        operation_(MakeOperation()),
        // As stored: [rows, columns] of ours are columns and rows of cuBLASLt's.
        b_(spec.transpose_b ? MakeLayout(spec.n, spec.k) : MakeLayout(spec.k, spec.n)),
        a_(spec.transpose_a ? MakeLayout(spec.k, spec.m) : MakeLayout(spec.m, spec.k)),
        c_(MakeLayout(spec.m, spec.n)) {
    LOCKSTEP_CHECK(!spec.column_sums_of_b || spec.ending == Ending::kNone, "two endings at once");
    const auto transposed = [](bool is) { return is ? CUBLAS_OP_T : CUBLAS_OP_N; };
    Set(CUBLASLT_MATMUL_DESC_TRANSA, transposed(spec.transpose_b));
    Set(CUBLASLT_MATMUL_DESC_TRANSB, transposed(spec.transpose_a));
    Set(CUBLASLT_MATMUL_DESC_EPILOGUE, EpilogueOf(spec));
  }

  // Whether cuBLASLt has an algorithm for it; then Run may be called.
  bool ChooseAlgorithm() {
    const Preference preference = MakePreference();
    cublasLtMatmulHeuristicResult_t result;
    int found = 0;
    const cublasStatus_t status = context_->lt.MatmulAlgoGetHeuristic(
        context_->handle, operation_.get(), b_.get(), a_.get(), c_.get(), c_.get(),
        preference.get(), 1, &result, &found);
    if (status != CUBLAS_STATUS_SUCCESS || found == 0) return false;
    algorithm_ = result.algo;
    return true;
  }

  void Run(const float* a, const float* b, float* c, float* bias) override {
    const float one = 1, zero = 0;
    if (has_bias_) Set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
    Check(context_->lt.Matmul(context_->handle, operation_.get(), &one, b, b_.get(), a, a_.get(),
                              &zero, c, c_.get(), c, c_.get(), &algorithm_, context_->workspace,
                              context_->workspace_bytes, context_->stream),
          "cublasLtMatmul");
  }

 private:
  void Check(cublasStatus_t status, const char* call) const {
    if (status != CUBLAS_STATUS_SUCCESS) {
      EndForLibrary(call, context_->lt.GetStatusString(status));
    }
  }

  Layout MakeLayout(int64_t rows, int64_t cols) const {
    cublasLtMatrixLayout_t layout = nullptr;
    Check(context_->lt.MatrixLayoutCreate(&layout, CUDA_R_32F, static_cast<uint64_t>(cols),
                                          static_cast<uint64_t>(rows), cols),
          "cublasLtMatrixLayoutCreate");
    return Layout(layout, context_->lt.MatrixLayoutDestroy);
  }

  template <typename T>
  void Set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    Check(context_->lt.MatmulDescSetAttribute(operation_.get(), attribute, &value, sizeof(value)),
          "cublasLtMatmulDescSetAttribute");
  }

  static cublasLtEpilogue_t EpilogueOf(const ProductSpec& spec) {
    if (spec.column_sums_of_b) return CUBLASLT_EPILOGUE_BGRADA;
    switch (spec.ending) {
      case Ending::kNone:
        return CUBLASLT_EPILOGUE_DEFAULT;
      case Ending::kBias:
        return CUBLASLT_EPILOGUE_BIAS;
      case Ending::kRelu:
        return CUBLASLT_EPILOGUE_RELU;
      case Ending::kBiasRelu:
        return CUBLASLT_EPILOGUE_RELU_BIAS;
    }
    return CUBLASLT_EPILOGUE_DEFAULT;
  }

  Operation MakeOperation() const {
    cublasLtMatmulDesc_t operation = nullptr;
    Check(context_->lt.MatmulDescCreate(&operation, CUBLAS_COMPUTE_32F, CUDA_R_32F),
          "cublasLtMatmulDescCreate");
    return Operation(operation, context_->lt.MatmulDescDestroy);
  }

  Preference MakePreference() const {
    cublasLtMatmulPreference_t created = nullptr;
    Check(context_->lt.MatmulPreferenceCreate(&created), "cublasLtMatmulPreferenceCreate");
    Preference preference(created, context_->lt.MatmulPreferenceDestroy);
    const auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
      Check(context_->lt.MatmulPreferenceSetAttribute(created, attribute, &value, sizeof(value)),
            "cublasLtMatmulPreferenceSetAttribute");
    };
    set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<uint64_t>(context_->workspace_bytes));
    // Parts of a sum are added up from the workspace, in order, not in place as they come.
    set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
        static_cast<uint32_t>(CUBLASLT_REDUCTION_SCHEME_MASK & ~CUBLASLT_REDUCTION_SCHEME_INPLACE));
    for (const auto attribute :
         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
      set(attribute, kAlignmentBytes);
    }
    return preference;
  }

  const CublasContext* context_;
  bool has_bias_;
  Operation operation_;
  Layout b_, a_, c_;
  cublasLtMatmulAlgo_t algorithm_ = {};
};

}  // namespace

std::unique_ptr<Product> PlanCublasProduct(const CublasContext* context, const ProductSpec& spec) {
  auto product = std::make_unique<CublasProduct>(context, spec);
  if (product->ChooseAlgorithm()) return product;
  LOCKSTEP_CHECK(spec.ending != Ending::kNone || spec.column_sums_of_b,
                 "cuBLASLt has no algorithm for a product of %lld x %lld x %lld",
                 static_cast<long long>(spec.m), static_cast<long long>(spec.n),
                 static_cast<long long>(spec.k));
  return nullptr;
}

}  // namespace lockstep::cuda
