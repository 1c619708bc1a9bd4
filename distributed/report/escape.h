// Text from files, made harmless for the place of the page where it goes.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_ESCAPE_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_ESCAPE_H_

#include <string>
#include <string_view>

namespace lockstep {

// For element content and quoted attributes: & < > " ' become entities.
std::string EscapeHtml(std::string_view text);

// For JSON inside a <script> element: < > & become \u003c \u003e \u0026, which are the same
// characters to a JSON reader and cannot end the element or open a comment. REQUIRES: `json` is
// valid JSON (there these characters occur in strings only).
std::string EscapeScriptJson(std::string_view json);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_ESCAPE_H_
