#include "core/base/clock.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace lockstep {

bool HasSteadyTicks() {
#if defined(__x86_64__)
  // "Invariant TSC": CPUID leaf 0x80000007, bit 8 of EDX (Intel SDM vol. 3, AMD APM vol. 3).
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) != 0 && (edx >> 8 & 1) != 0;
#else
  return false;
#endif
}

}  // namespace lockstep
