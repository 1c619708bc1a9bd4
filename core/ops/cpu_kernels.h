// The CPU's inner loops: plain arrays, no ownership. Each is compiled for AVX-512, AVX2 with FMA
// and plain x86-64, and the loader picks one when the program starts, so one binary runs everywhere
// and a machine always runs the same code for the same sizes.
#ifndef LOCKSTEP_CORE_OPS_CPU_KERNELS_H_
#define LOCKSTEP_CORE_OPS_CPU_KERNELS_H_

#include <cstdint>

#include "core/ops/specs.h"

namespace lockstep::kernels {

// "avx512", "avx2" or "x86-64": what the loader picked.
const char* InstructionSet();
// " (amd)", " (intel)" or "": their estimates of reciprocals differ in the last bits.
const char* Maker();

// y [n,out] = x [n,in] w [in,out] + b (b may be nullptr).
void SmallForward(const float* x, const float* w, const float* b, float* y, DenseSpec spec,
                  int64_t n);
// dx [n,in] = dy [n,out] w^T.
void SmallInputGradient(const float* dy, const float* w, float* dx, DenseSpec spec, int64_t n);
// dw [in,out] = x^T dy.
void SmallWeightGradient(const float* x, const float* dy, float* dw, DenseSpec spec, int64_t n);

// y [rows,out] = b + sum of w's rows at the indices.
void SparseForward(const SparseRows& x, const float* w, const float* b, float* y, int64_t out);
// dw [columns,out] = sum over rows of dy's row at each of its indices.
void SparseWeightGradient(const SparseRows& x, const float* dy, float* dw, int64_t out);

// db [out] = column sums of dy [n,out], row after row.
void ColumnSums(const float* dy, float* db, int64_t n, int64_t out);
// sums [out] += column sums of dy [n,out].
void AddColumnSums(const float* dy, float* sums, int64_t n, int64_t out);
// dy [n,out] = 0 where y <= 0, then the same.
void ReluGradientAndSums(const float* y, float* dy, float* sums, int64_t n, int64_t out);
// y [n,out] += b.
void AddBias(const float* b, float* y, int64_t n, int64_t out);

void Relu(const float* x, float* y, int64_t elems);
// dx = dy where y > 0, else 0.
void ReluGradient(const float* y, const float* dy, float* dx, int64_t elems);
void Add(const float* x, float* y, int64_t elems);
void BytesToFloat(const uint8_t* x, float divide_by, float* y, int64_t elems);
// y = (y - mean) / std, channel by channel.
void Standardize(const ImageScale& scale, float* y, int64_t elems);
double SumOfProducts(const float* x, const float* y, int64_t elems);

// y = softmax(x) over each of `rows` rows of `cols`; x and y may be the same.
void Softmax(const float* x, float* y, int64_t rows, int64_t cols);
// Ops::Loss.
LossSums Loss(LossKind kind, const LossBatch& batch);

// Ops::Update.
void UpdateBlocks(const UpdateSpec& spec, const UpdateBuffers& buffers);

}  // namespace lockstep::kernels

#endif  // LOCKSTEP_CORE_OPS_CPU_KERNELS_H_
