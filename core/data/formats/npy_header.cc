#include "core/data/formats/npy_header.h"

#include <charconv>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = 1 << 16;

Status HeaderError(const std::string& name, std::string_view what) {
  return BadDataError(absl::StrFormat("%s: bad .npy header: %s", name, what));
}

// A cursor over the dict literal. Every method returns false where the text is not what it reads.
class Literal {
 public:
  explicit Literal(std::string_view text) : text_(text) {}

  bool Take(char wanted) {
    SkipBlanks();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool TakeWord(std::string_view word) {
    SkipBlanks();
    if (text_.substr(0, word.size()) != word) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  bool TakeString(std::string* value) {
    SkipBlanks();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) return false;
    const size_t end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) return false;
    *value = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return true;
  }

  bool TakeBool(bool* value) {
    *value = TakeWord("True");
    return *value || TakeWord("False");
  }

  // "(3, 4)", "(3,)", "()"; Python 2 may have written "3L".
  bool TakeShape(std::vector<int64_t>* shape) {
    constexpr size_t kMaxAxes = 32;  // as numpy
    if (!Take('(')) return false;
    while (!Take(')')) {
      int64_t extent = 0;
      if (!TakeInteger(&extent) || extent < 0 || shape->size() == kMaxAxes) return false;
      TakeWord("L");
      shape->push_back(extent);
      if (!Take(',')) return Take(')');
    }
    return true;
  }

  bool AtEnd() {
    SkipBlanks();
    return text_.empty();
  }

 private:
  void SkipBlanks() {
    const size_t first = text_.find_first_not_of(" \t\n\r");
    text_.remove_prefix(first == std::string_view::npos ? text_.size() : first);
  }

  bool TakeInteger(int64_t* value) {
    SkipBlanks();
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), *value);
    if (error != std::errc()) return false;
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    return true;
  }

  std::string_view text_;
};

bool TakeEntry(Literal* literal, NpyHeader* header, unsigned* seen) {
  std::string key;
  if (!literal->TakeString(&key) || !literal->Take(':')) return false;
  if (key == "descr") {
    *seen |= 1;
    return literal->TakeString(&header->descr);
  }
  if (key == "fortran_order") {
    *seen |= 2;
    return literal->TakeBool(&header->fortran_order);
  }
  *seen |= 4;
  header->shape.clear();
  return key == "shape" && literal->TakeShape(&header->shape);
}

bool TakeDict(Literal* literal, NpyHeader* header) {
  unsigned seen = 0;
  if (!literal->Take('{')) return false;
  while (!literal->Take('}')) {
    if (!TakeEntry(literal, header, &seen)) return false;
    if (!literal->Take(',')) {
      if (!literal->Take('}')) return false;
      break;
    }
  }
  return seen == 7 && literal->AtEnd();
}

}  // namespace

StatusOr<NpyHeader> ParseNpyHeader(std::string_view bytes, const std::string& name) {
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(bytes[i])); };
  if (bytes.size() < 10 || bytes.substr(0, kMagic.size()) != kMagic) {
    return BadDataError(name + ": not a .npy array: its first 6 bytes are not \\x93NUMPY");
  }
  const size_t version = byte(6);
  if (version < 1 || version > 3) {
    return HeaderError(name, absl::StrFormat("version %d, expected 1 to 3", version));
  }
  NpyHeader header;
  size_t length = byte(8) | byte(9) << 8;
  header.data_offset = 10;
  if (version > 1) {
    if (bytes.size() < 12) return HeaderError(name, "the file ends within its length");
    length |= byte(10) << 16 | byte(11) << 24;
    header.data_offset = 12;
  }
  if (length > kMaxHeaderBytes || length > bytes.size() - header.data_offset) {
    return HeaderError(name, absl::StrFormat("it says %d bytes long, %d follow", length,
                                             bytes.size() - header.data_offset));
  }
  Literal literal(bytes.substr(header.data_offset, length));
  if (!TakeDict(&literal, &header)) {
    return HeaderError(name, "expected a dict of descr (a simple type), fortran_order and shape");
  }
  header.data_offset += length;
  return header;
}

}  // namespace lockstep
