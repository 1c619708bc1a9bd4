// What our own kernels are written with, so that the code a GPU runs is run on the host by tests.
//
// A kernel is a struct: its members say what it works on, its call operator is the code. There are
// two forms, and a Device runs both:
//
//   void operator()(I i) const              independent indices 0 .. n-1: device.ForEach(n,
//   kernel).
//                                           I is uint32_t where n allows it: a GPU divides 64-bit
//                                           numbers slowly.
//   void operator()(Block& block, Shared* shared) const
//                                           blocks of kBlockThreads threads that work together on
//                                           memory `Shared`: device.ForEachBlock(blocks, kernel).
//
// The code of a block reads like that of one thread; what it does together stands in calls of
// Block:
//
//   index()                   which block this is
//   ForEach(n, f)             f(j) for j in 0 .. n-1, thread t takes t, t + kBlockThreads, ...
//   ForEachThread(f)          f(t) for every thread t
//   ForFirst(f)               f() by one thread
//   Sum(n, f), Largest(n, f)  of f(j), as ForEach spreads it; every thread gets the result. NaN is
//                             never the largest; the largest of none is -infinity
//
// All but index() end with a barrier. StreamDevice (stream_device.h) is a GPU;
// tests/core/ops/cuda/host_device.h runs the threads in turn.
//
// A sum has one order, whatever runs it: a thread adds its terms, lane i of a warp takes lane i +
// 16, then i + 8, 4, 2, 1, and the warps' sums follow one after another. So a kernel's result
// depends on sizes alone.
#ifndef LOCKSTEP_CORE_OPS_CUDA_KERNEL_H_
#define LOCKSTEP_CORE_OPS_CUDA_KERNEL_H_

#include <cstdint>

#include "core/base/host_device.h"

namespace lockstep::cuda {

inline constexpr int kWarpThreads = 32;
inline constexpr int kBlockThreads = 128;
inline constexpr int kBlockWarps = kBlockThreads / kWarpThreads;

// The Shared of a kernel that needs none.
struct NothingShared {};

LOCKSTEP_ELEMENT int64_t CeilingOfQuotient(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_KERNEL_H_
