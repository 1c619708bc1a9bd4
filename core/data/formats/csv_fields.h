// Comma-separated text as lines and fields: what every reader of a table in lockstep shares.
//
// A field may stand in quotes, and then hold commas and, as two, quotes. Blanks around a field are
// taken off, inside its quotes too. Lines end with LF or CRLF; a field never goes on in the next
// line. A byte order mark and empty lines are skipped.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_CSV_FIELDS_H_
#define LOCKSTEP_CORE_DATA_FORMATS_CSV_FIELDS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace lockstep {

// One thread at a time. `text` is borrowed.
class CsvFields {
 public:
  // `name` stands in messages.
  CsvFields(std::string_view text, std::string name);

  // Goes to the next line that is not empty. False at the end of the text.
  bool NextLine();
  // Counted from 1.
  int64_t line() const { return line_number_; }
  // Whether the line has no further field.
  bool line_done() const { return line_done_; }

  // The line's next field, valid until the one after it. Errors: BadDataError for a quote without
  // an end, or with text behind it. REQUIRES: NextLine() was true, not line_done().
  StatusOr<std::string_view> NextField();

  // "NAME:LINE:COLUMN: what", at the field that NextField gave last.
  Status Error(std::string_view what) const;

 private:
  // From the quote at position_ on; sets its end.
  StatusOr<std::string_view> QuotedField(size_t* end);

  std::string_view rest_;  // behind line_
  std::string name_;
  std::string_view line_;
  int64_t line_number_ = 0;
  bool line_done_ = true;
  size_t position_ = 0;     // in line_
  size_t field_start_ = 0;  // of the last field
  std::string unquoted_;    // the last field, where it had doubled quotes
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_CSV_FIELDS_H_
