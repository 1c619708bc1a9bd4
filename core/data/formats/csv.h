// Comma-separated tables of numbers below a header line.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_CSV_H_
#define LOCKSTEP_CORE_DATA_FORMATS_CSV_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// What a target column may hold.
enum class CsvTarget {
  kNumber,
  kNumberOrText,  // the first row decides for all: numbers, or names of classes
};

// A table split into features and target.
struct CsvTable {
  std::vector<std::string> features;  // their names, in the file's order, without the target
  std::vector<double> x;              // [rows, features]
  std::vector<double> y;              // [rows], or empty if the target is text
  std::vector<std::string> y_text;    // [rows] if the target is text
  std::vector<int64_t> lines;         // [rows], the file's line of each, from 1
  int64_t rows = 0;
};

// Reads a table whose first line names the columns (quotes and blanks around a name or a number
// are taken off, a byte order mark and CRLF are allowed, empty lines are skipped). `name` stands in
// messages. Errors: BadDataError "NAME:LINE:COLUMN: ..." for an empty file, a target that no column
// has, a repeated name, a row of another length, a field that is no finite number, and a text
// target that is empty or "nan".
StatusOr<CsvTable> ParseCsv(std::string_view text, const std::string& target,
                            const std::string& name, CsvTarget kind = CsvTarget::kNumber);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_CSV_H_
