#include "distributed/report/text_summary.h"

#include <cstddef>

#include "absl/strings/str_format.h"
#include "distributed/report/headline.h"

namespace lockstep {
namespace {

constexpr size_t kColumns = 80;

// One line of at most kColumns bytes without control characters; a cut never leaves a part of a
// UTF-8 character.
std::string Line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) line += c;
  }
  if (line.size() > kColumns) {
    size_t end = kColumns - 3;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
    line = line.substr(0, end) + "...";
  }
  return line + "\n";
}

}  // namespace

std::string TextSummary(const std::vector<RunReport>& runs) {
  std::string text;
  const std::vector<std::string> labels = RunLabels(runs);
  for (size_t i = 0; i < runs.size(); ++i) {
    text += Line(labels[i]);
    for (const HeadlineItem& item : Headline(runs[i])) {
      std::string line = absl::StrFormat("  %-28s %12s", item.label, item.value);
      if (!item.note.empty()) line += "  " + item.note;
      if (line.size() > kColumns) {  // a sentence: below its name
        text += Line("  " + item.label);
        line = "    " + item.value;
      }
      text += Line(line);
    }
  }
  return text;
}

}  // namespace lockstep
