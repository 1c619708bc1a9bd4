#include "distributed/scaling/text_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/nearest_name.h"
#include "core/base/printable.h"
#include "core/data/formats/csv_fields.h"

namespace lockstep {
namespace {

const std::string kNothing;

StatusOr<std::vector<std::string>> FieldsOf(CsvFields* line) {
  std::vector<std::string> fields;
  while (!line->line_done()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string_view field, line->NextField());
    fields.emplace_back(field);
  }
  return fields;
}

std::string Quoted(std::string_view text) { return "\"" + Printable(text, 40) + "\""; }

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// All of `required` are there, and nothing that is not known.
Status CheckColumns(const std::vector<std::string>& columns, const std::string& file,
                    const std::vector<std::string>& required,
                    const std::vector<std::string>& optional) {
  std::vector<std::string> known = required;
  known.insert(known.end(), optional.begin(), optional.end());
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!Has(known, columns[i])) {
      return BadDataError(file + ":1: unknown column " + Quoted(columns[i]) +
                          DidYouMean(columns[i], known));
    }
    if (std::find(columns.begin(), columns.begin() + static_cast<ptrdiff_t>(i), columns[i]) !=
        columns.begin() + static_cast<ptrdiff_t>(i)) {
      return BadDataError(file + ":1: column " + Quoted(columns[i]) + " stands twice");
    }
  }
  for (const std::string& name : required) {
    if (!Has(columns, name)) {
      return BadDataError(file + ":1: expected a column " + Quoted(name) +
                          "; the first line names the columns");
    }
  }
  return OkStatus();
}

}  // namespace

StatusOr<TextTable> TextTable::Parse(std::string_view text, const std::string& file,
                                     const std::vector<std::string>& required,
                                     const std::vector<std::string>& optional) {
  TextTable table;
  table.file_ = file;
  CsvFields lines(text, file);
  while (lines.NextLine()) {
    LOCKSTEP_ASSIGN_OR_RETURN(std::vector<std::string> fields, FieldsOf(&lines));
    if (table.columns_.empty()) {
      LOCKSTEP_RETURN_IF_ERROR(CheckColumns(fields, file, required, optional));
      table.columns_ = std::move(fields);
      continue;
    }
    if (fields.size() != table.columns_.size()) {
      return BadDataError(
          absl::StrFormat("%s:%d: expected %d fields as in the first line, found %d", file,
                          lines.line(), table.columns_.size(), fields.size()));
    }
    table.fields_.push_back(std::move(fields));
    table.lines_.push_back(lines.line());
  }
  if (table.columns_.empty()) {
    return BadDataError(file + ":1: the file is empty; expected a line that names the columns");
  }
  return table;
}

const std::string& TextTable::Text(size_t row, std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return kNothing;
  return fields_[row][static_cast<size_t>(found - columns_.begin())];
}

StatusOr<double> TextTable::Number(size_t row, std::string_view column, double if_empty) const {
  const std::string& text = Text(row, column);
  if (text.empty()) return if_empty;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value < 0) {
    return Error(row, std::string(column) + ": expected a number from 0 up, found " + Quoted(text));
  }
  return value;
}

StatusOr<int> TextTable::Count(size_t row, std::string_view column) const {
  LOCKSTEP_ASSIGN_OR_RETURN(const double value, Number(row, column, 0));
  if (value < 1 || value > 1e9 || value != std::floor(value)) {
    return Error(row, std::string(column) + ": expected a whole number from 1 to 10^9, found " +
                          Quoted(Text(row, column)));
  }
  return static_cast<int>(value);
}

Status TextTable::Error(size_t row, std::string_view what) const {
  return BadDataError(absl::StrFormat("%s:%d: %s", file_, lines_[row], std::string(what)));
}

}  // namespace lockstep
