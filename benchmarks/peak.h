// The processor's peak of fused multiply-adds, measured.
#ifndef LOCKSTEP_BENCHMARKS_PEAK_H_
#define LOCKSTEP_BENCHMARKS_PEAK_H_

#include <vector>

namespace lockstep {

// Floating-point operations per second of one thread, in 1e9: multiply-adds on registers, for a few
// milliseconds. REQUIRES: AVX-512, or AVX2 with FMA.
double PeakGflops(bool avx512);

double Median(std::vector<double> values);

}  // namespace lockstep

#endif  // LOCKSTEP_BENCHMARKS_PEAK_H_
