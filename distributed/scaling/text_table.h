// A comma-separated table whose columns are found by name, as published measurements are kept.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_TEXT_TABLE_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_TEXT_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

class TextTable {
 public:
  // The first line names the columns (core/data/formats/csv_fields.h). All of `required` must be
  // there, others only if `optional` has them. Errors: BadDataError "FILE:LINE: ...".
  static StatusOr<TextTable> Parse(std::string_view text, const std::string& file,
                                   const std::vector<std::string>& required,
                                   const std::vector<std::string>& optional);

  size_t rows() const { return lines_.size(); }
  // "" where the table has no such column.
  const std::string& Text(size_t row, std::string_view column) const;
  // An empty field is `if_empty`. Errors: BadDataError for what is no finite number from 0 up.
  StatusOr<double> Number(size_t row, std::string_view column, double if_empty) const;
  // The same without an empty one; at least 1 and whole.
  StatusOr<int> Count(size_t row, std::string_view column) const;
  // "FILE:LINE: what".
  Status Error(size_t row, std::string_view what) const;

 private:
  std::string file_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> fields_;
  std::vector<int64_t> lines_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_TEXT_TABLE_H_
