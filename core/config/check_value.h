// The checks of single settings that parts of a config share. Messages begin with the setting's
// place.
#ifndef LOCKSTEP_CORE_CONFIG_CHECK_VALUE_H_
#define LOCKSTEP_CORE_CONFIG_CHECK_VALUE_H_

#include <string>

#include "core/base/status.h"

namespace lockstep {

// "WHERE: found FOUND, expected EXPECTED".
Status Wrong(const std::string& where, const std::string& found, const std::string& expected);

// `value` in [low, high), or (low, high) if `open`; finite.
Status InRange(const std::string& where, double value, double low, double high, bool open);
Status Positive(const std::string& where, double value);
Status NotNegative(const std::string& where, double value);
Status Fraction(const std::string& where, double value);  // [0, 1)

// An error saying what to write if a setting is not there.
Status Required(const std::string& where, bool there, const std::string& example);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_CHECK_VALUE_H_
