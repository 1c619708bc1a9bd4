// Numbers as people read them.
#ifndef LOCKSTEP_CORE_BASE_NUMBER_TEXT_H_
#define LOCKSTEP_CORE_BASE_NUMBER_TEXT_H_

#include <string>

namespace lockstep {

// Whole numbers in groups ("109,386"); others with four decimals, fewer if large, or in powers of
// ten: "0.8912", "1.234e-05", "1,234.5", "1.5e+20"; "NaN" and "Inf" as such.
std::string NumberText(double value);

// A time in the units that suit: "0.36 s", "12.3 s", "3 min 20 s", "2 h 05 min".
// REQUIRES: seconds >= 0.
std::string DurationText(double seconds);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_NUMBER_TEXT_H_
