#include "core/base/printable.h"

#include <cstdint>

namespace lockstep {
namespace {

uint8_t ByteAt(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

// Bytes of the printable character at the start of `text`, 0 if there is none.
size_t CharacterBytes(std::string_view text) {
  const uint8_t first = ByteAt(text, 0);
  if (first < 0x80) return first >= ' ' && first != 0x7f ? 1 : 0;
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return 0;
  for (size_t i = 1; i < bytes; ++i) {
    if ((ByteAt(text, i) & 0xc0) != 0x80) return 0;
  }
  const uint8_t second = ByteAt(text, 1);
  const bool control = first == 0xc2 && second < 0xa0;  // U+0080 to U+009F
  const bool too_long = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool no_character = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return control || too_long || no_character ? 0 : bytes;
}

}  // namespace

std::string Printable(std::string_view text, size_t max_bytes) {
  std::string shown;
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    if (shown.size() + (bytes == 0 ? 1 : bytes) > max_bytes) return shown + "...";
    shown += bytes == 0 ? "?" : text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return shown;
}

void NameList::Add(std::string_view name) {
  if (++count_ > kShown) return;
  if (!shown_.empty()) shown_ += ", ";
  shown_ += Printable(name);
}

std::string NameList::ToString() const {
  return count_ <= kShown ? shown_ : shown_ + " and " + std::to_string(count_ - kShown) + " more";
}

}  // namespace lockstep
