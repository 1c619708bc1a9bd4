// How a program ends for which memory runs out: one line and ExitCode::kOutOfMemory. Nothing on the
// way out can be relied on to work without memory, so no Status is carried up.
#ifndef LOCKSTEP_CORE_BASE_OUT_OF_MEMORY_H_
#define LOCKSTEP_CORE_BASE_OUT_OF_MEMORY_H_

#include <cstddef>

namespace lockstep {

// Says that `bytes` are not to be had and ends the process at once; mpirun then ends
// the other ranks. Allocates nothing. Thread-safe: one line, however many threads come here.
[[noreturn]] void EndOutOfMemory(size_t bytes);

// From now on, what operator new cannot give and a thread that cannot start end the process so,
// too.
void EndWhenOutOfMemory();

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_OUT_OF_MEMORY_H_
