#include "core/config/check_value.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace lockstep {

Status Wrong(const std::string& where, const std::string& found, const std::string& expected) {
  return UsageError(where + ": found " + found + ", expected " + expected);
}

Status InRange(const std::string& where, double value, double low, double high, bool open) {
  if (std::isfinite(value) && (open ? value > low : value >= low) && value < high) {
    return OkStatus();
  }
  const std::string expected =
      std::isinf(high) ? absl::StrFormat("a number %s %g", open ? ">" : ">=", low)
                       : absl::StrFormat("a number in %s%g, %g)", open ? "(" : "[", low, high);
  return Wrong(where, absl::StrFormat("%g", value), expected);
}

Status Positive(const std::string& where, double value) {
  return InRange(where, value, 0, INFINITY, true);
}
Status NotNegative(const std::string& where, double value) {
  return InRange(where, value, 0, INFINITY, false);
}
Status Fraction(const std::string& where, double value) {
  return InRange(where, value, 0, 1, false);
}

Status Required(const std::string& where, bool there, const std::string& example) {
  return there ? OkStatus() : UsageError(where + " is missing: write " + example);
}

}  // namespace lockstep
