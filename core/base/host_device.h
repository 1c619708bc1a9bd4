// Marks for functions that run on the CPU and on GPUs: the one place where the preprocessor tells
// nvcc from the host's compiler.
#ifndef LOCKSTEP_CORE_BASE_HOST_DEVICE_H_
#define LOCKSTEP_CORE_BASE_HOST_DEVICE_H_

#ifdef __CUDACC__
#define LOCKSTEP_HOST_DEVICE __host__ __device__
#else
#define LOCKSTEP_HOST_DEVICE
#endif

// An element function: part of whatever loop calls it, for whatever instruction set that is built.
#define LOCKSTEP_ELEMENT LOCKSTEP_HOST_DEVICE inline __attribute__((always_inline))

#endif  // LOCKSTEP_CORE_BASE_HOST_DEVICE_H_
