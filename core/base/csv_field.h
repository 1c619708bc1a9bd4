// Text as one field of a table of comma-separated values (RFC 4180).
#ifndef LOCKSTEP_CORE_BASE_CSV_FIELD_H_
#define LOCKSTEP_CORE_BASE_CSV_FIELD_H_

#include <string>

namespace lockstep {

// Quoted where it has a comma, a quote or the end of a line.
std::string CsvField(const std::string& text);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_CSV_FIELD_H_
