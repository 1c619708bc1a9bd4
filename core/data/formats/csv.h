// Comma-separated tables of numbers below a header line.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_CSV_H_
#define LOCKSTEP_CORE_DATA_FORMATS_CSV_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// A table split into features and target.
struct CsvTable {
  std::vector<std::string> features;  // their names, in the file's order, without the target
  std::vector<double> x;              // [rows, features]
  std::vector<double> y;              // [rows]
  int64_t rows = 0;
};

// Reads a table whose first line names the columns (quotes and blanks around a name or a number
// are taken off, a byte order mark and CRLF are allowed, empty lines are skipped). `name` stands in
// messages. Errors: BadDataError "NAME:LINE:COLUMN: ..." for an empty file, a target that no column
// has, a repeated name, a row of another length, and a field that is no finite number.
StatusOr<CsvTable> ParseCsv(std::string_view text, const std::string& target,
                            const std::string& name);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_CSV_H_
