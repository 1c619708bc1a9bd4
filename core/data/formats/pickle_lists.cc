#include "core/data/formats/pickle_lists.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/printable.h"
#include "core/data/formats/pickle_opcodes.h"

namespace lockstep {
namespace {

// What a stack or memo slot holds; `payload` is a number, or a position in a table of the machine.
enum class Kind : uint8_t { kMark, kNone, kNumber, kText, kGlobal, kTuple, kList, kDtype, kArray };

struct Value {
  Kind kind = Kind::kNone;
  int64_t payload = 0;
};

enum Global : int64_t { kReconstruct, kNdarray, kDtypeClass };

// Names that a program may use; numpy 2 moved its core.
struct GlobalName {
  std::string_view module;
  std::string_view name;
  Global global;
};

constexpr GlobalName kGlobals[] = {
    {"numpy.core.multiarray", "_reconstruct", kReconstruct},
    {"numpy._core.multiarray", "_reconstruct", kReconstruct},
    {"numpy", "ndarray", kNdarray},
    {"numpy", "dtype", kDtypeClass},
};

// A real program has a handful of texts and tuples, and at most a thousand lists on its stack.
constexpr size_t kMaxTexts = 256;
constexpr size_t kMaxTuples = 256;
constexpr size_t kMaxStack = 1 << 16;
constexpr int64_t kOuterList = 0;

class Machine {
 public:
  Machine(std::string_view program, int64_t count, const std::string& name)
      : program_(program), count_(count), name_(name) {
    lists_.offsets.clear();
    lists_.offsets.reserve(std::min(static_cast<size_t>(count), program.size()) + 1);
    lists_.values.reserve(program.size() / 2);  // a number takes two bytes or more
  }

  StatusOr<RaggedLists> Run() {
    while (!stopped_) {
      LOCKSTEP_RETURN_IF_ERROR(Step());
    }
    if (at_ != program_.size()) return Refuse("bytes follow the end of the pickle");
    lists_.offsets.push_back(lists_.values.size());
    return std::move(lists_);
  }

 private:
  Status Step() {
    opcode_at_ = at_;
    LOCKSTEP_RETURN_IF_ERROR(Need(1));
    opcode_ = static_cast<uint8_t>(program_[at_++]);
    switch (opcode_) {
      case kProto: return TakeProtocol();
      case kFrame: return Skip(8);
      case kMark: return TakeMark();
      case kNone: return Push({Kind::kNone, 0});
      case kNewTrue:
      case kNewFalse: return Push({Kind::kNumber, opcode_ == kNewTrue});
      case kBinInt1: return TakeNumber(1);
      case kBinInt2: return TakeNumber(2);
      case kBinInt: return TakeNumber(4);
      case kShortBinString:
      case kShortBinUnicode:
      case kShortBinBytes: return TakeText(1);
      case kBinString:
      case kBinUnicode:
      case kBinBytes: return TakeText(4);
      case kGlobal: return TakeGlobal();
      case kStackGlobal: return TakeStackGlobal();
      case kBinPut: return Put(1);
      case kLongBinPut: return Put(4);
      case kMemoize: return Remember(memo_.size());
      case kBinGet: return Get(1);
      case kLongBinGet: return Get(4);
      case kEmptyTuple: return MakeTuple(0);
      case kTuple1: return MakeTuple(1);
      case kTuple2: return MakeTuple(2);
      case kTuple3: return MakeTuple(3);
      case kTuple: return MakeMarkedTuple();
      case kEmptyList: return MakeList();
      case kAppend: return Append();
      case kAppends: return AppendLists();
      case kReduce: return Reduce();
      case kBuild: return Build();
      case kStop: return Stop();
      default: return Refuse("not one of the opcodes that numpy writes for lists of whole numbers");
    }
  }

  Status Refuse(std::string_view what) const {
    return BadDataError(absl::StrFormat("%s: pickle opcode %s (0x%02x) at byte %d: %s", name_,
                                        PickleOpcodeName(opcode_), opcode_, opcode_at_, what));
  }

  // -- input

  Status Need(size_t bytes) const {
    if (program_.size() - at_ >= bytes) return OkStatus();
    return BadDataError(absl::StrFormat("%s: the pickle ends at byte %d within an instruction: cut "
                                        "short or damaged",
                                        name_, program_.size()));
  }

  Status Skip(size_t bytes) {
    LOCKSTEP_RETURN_IF_ERROR(Need(bytes));
    at_ += bytes;
    return OkStatus();
  }

  // Little-endian, `bytes` of them. REQUIRES: they are there.
  uint32_t Little(size_t bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; ++i) {
      value |= uint32_t{static_cast<uint8_t>(program_[at_ + i])} << (8 * i);
    }
    at_ += bytes;
    return value;
  }

  Status TakeProtocol() {
    LOCKSTEP_RETURN_IF_ERROR(Need(1));
    const uint32_t protocol = Little(1);
    if (opcode_at_ == 0 && protocol >= 2 && protocol <= 4) return OkStatus();
    return Refuse("expected protocol 2, 3 or 4, once, at the start");
  }

  // -- stack and memo

  Status Push(Value value) {
    if (opcode_at_ == 0) return Refuse("a pickle of protocol 2 or later begins with PROTO");
    if (stack_.size() == kMaxStack) return Refuse("the stack grows too deep");
    stack_.push_back(value);
    return OkStatus();
  }

  // Whether the top is a `kind`; then it is popped into `value`.
  bool Pop(Kind kind, Value* value) {
    if (stack_.empty() || stack_.back().kind != kind) return false;
    *value = stack_.back();
    stack_.pop_back();
    return true;
  }

  Status Put(size_t bytes) {
    LOCKSTEP_RETURN_IF_ERROR(Need(bytes));
    return Remember(Little(bytes));
  }

  Status Remember(size_t slot) {
    // Picklers number the slots from 0 or from 1, one by one.
    if (stack_.empty() || slot > memo_.size() + 1) return Refuse("a memo slot out of order");
    if (slot >= memo_.size()) memo_.resize(slot + 1);
    memo_[slot] = stack_.back();
    return OkStatus();
  }

  Status Get(size_t bytes) {
    LOCKSTEP_RETURN_IF_ERROR(Need(bytes));
    const size_t slot = Little(bytes);
    if (slot >= memo_.size()) return Refuse("a memo slot that was never filled");
    const Kind kind = memo_[slot].kind;
    if (kind != Kind::kText && kind != Kind::kGlobal && kind != Kind::kTuple) {
      return Refuse("an object is used twice; every list has to be written out");
    }
    return Push(memo_[slot]);
  }

  // -- numbers, texts, names, tuples

  Status TakeNumber(size_t bytes) {
    LOCKSTEP_RETURN_IF_ERROR(Need(bytes));
    return Push({Kind::kNumber, static_cast<int32_t>(Little(bytes))});
  }

  Status TakeText(size_t length_bytes) {
    LOCKSTEP_RETURN_IF_ERROR(Need(length_bytes));
    const size_t length = Little(length_bytes);
    LOCKSTEP_RETURN_IF_ERROR(Need(length));
    if (texts_.size() == kMaxTexts) return Refuse("more texts than an array of lists has");
    texts_.push_back(program_.substr(at_, length));
    at_ += length;
    return Push({Kind::kText, static_cast<int64_t>(texts_.size()) - 1});
  }

  Status PushGlobal(std::string_view module, std::string_view name) {
    for (const GlobalName& known : kGlobals) {
      if (known.module == module && known.name == name) return Push({Kind::kGlobal, known.global});
    }
    return Refuse("the name " + Printable(module) + "." + Printable(name) +
                  " has no place in an array of lists; nothing was run");
  }

  Status TakeGlobal() {
    const size_t module_end = program_.find('\n', at_);
    const size_t name_end =
        module_end == std::string_view::npos ? module_end : program_.find('\n', module_end + 1);
    if (name_end == std::string_view::npos) return Refuse("a name without its end");
    const std::string_view module = program_.substr(at_, module_end - at_);
    const std::string_view name = program_.substr(module_end + 1, name_end - module_end - 1);
    at_ = name_end + 1;
    return PushGlobal(module, name);
  }

  Status TakeStackGlobal() {
    Value name, module;
    if (!Pop(Kind::kText, &name) || !Pop(Kind::kText, &module)) return Refuse("expected two texts");
    return PushGlobal(texts_[static_cast<size_t>(module.payload)],
                      texts_[static_cast<size_t>(name.payload)]);
  }

  Status MakeTuple(size_t size) {
    if (stack_.size() < size) return Refuse("fewer values than the tuple has");
    if (tuples_.size() == kMaxTuples) return Refuse("more tuples than an array of lists has");
    tuples_.emplace_back(stack_.end() - static_cast<std::ptrdiff_t>(size), stack_.end());
    stack_.resize(stack_.size() - size);
    return Push({Kind::kTuple, static_cast<int64_t>(tuples_.size()) - 1});
  }

  // How many values lie above the topmost mark; -1 without a mark.
  int64_t AboveMark() const {
    const auto mark = std::find_if(stack_.rbegin(), stack_.rend(),
                                   [](const Value& v) { return v.kind == Kind::kMark; });
    return mark == stack_.rend() ? -1 : mark - stack_.rbegin();
  }

  Status MakeMarkedTuple() {
    const int64_t size = AboveMark();
    if (size < 0) return Refuse("no MARK before it");
    stack_.erase(stack_.end() - size - 1);
    return MakeTuple(static_cast<size_t>(size));
  }

  // -- lists

  bool IsOpenInnerList(const Value& value) const {
    return value.kind == Kind::kList && value.payload != kOuterList &&
           value.payload == made_lists_ - 1;
  }

  Status MakeList() {
    const Value list{Kind::kList, made_lists_++};
    if (list.payload > count_) {
      return Refuse(absl::StrFormat("more than the %d lists of the array's shape", count_));
    }
    if (list.payload != kOuterList) lists_.offsets.push_back(lists_.values.size());
    return Push(list);
  }

  Status TakeMark() {
    if (!stack_.empty() && IsOpenInnerList(stack_.back())) return TakeNumbersUntilAppends();
    return Push({Kind::kMark, 0});
  }

  // The inner loop of reading: numbers between MARK and APPENDS go straight to the values.
  Status TakeNumbersUntilAppends() {
    while (at_ < program_.size()) {
      const uint8_t opcode = static_cast<uint8_t>(program_[at_]);
      const size_t bytes = opcode == kBinInt1 ? 1 : opcode == kBinInt2 ? 2 : 4;
      if (opcode != kBinInt1 && opcode != kBinInt2 && opcode != kBinInt) {
        opcode_at_ = at_++;
        opcode_ = opcode;
        if (opcode == kAppends) return OkStatus();
        return Refuse("expected whole numbers of 32 bits in this list");
      }
      if (program_.size() - at_ <= bytes) break;
      ++at_;
      lists_.values.push_back(static_cast<int32_t>(Little(bytes)));
    }
    at_ = program_.size();
    return Need(1);
  }

  Status AppendToOuter(const Value& item) {
    if (item.kind != Kind::kList || item.payload != appended_lists_ + 1) {
      return Refuse("expected the array's entries to be lists, each used once, in order");
    }
    ++appended_lists_;
    return OkStatus();
  }

  Status Append() {
    if (stack_.size() < 2) return Refuse("expected a list and a value");
    const Value item = stack_.back();
    stack_.pop_back();
    if (IsOpenInnerList(stack_.back()) && item.kind == Kind::kNumber) {
      lists_.values.push_back(static_cast<int32_t>(item.payload));
      return OkStatus();
    }
    if (stack_.back().kind != Kind::kList || stack_.back().payload != kOuterList) {
      return Refuse("expected a whole number and the list begun last");
    }
    return AppendToOuter(item);
  }

  Status AppendLists() {
    const int64_t count = AboveMark();
    const auto first = stack_.end() - std::max<int64_t>(count, 0);
    const bool to_outer = count >= 0 && first - stack_.begin() >= 2 &&
                          (first - 2)->kind == Kind::kList && (first - 2)->payload == kOuterList;
    if (!to_outer) return Refuse("expected the array's list, a MARK and its entries");
    for (auto item = first; item != stack_.end(); ++item) {
      LOCKSTEP_RETURN_IF_ERROR(AppendToOuter(*item));
    }
    stack_.erase(first - 1, stack_.end());
    return OkStatus();
  }

  // -- objects

  Status Reduce() {
    Value arguments, function;
    if (!Pop(Kind::kTuple, &arguments) || !Pop(Kind::kGlobal, &function)) {
      return Refuse("expected a name and a tuple of arguments");
    }
    const std::vector<Value>& tuple = tuples_[static_cast<size_t>(arguments.payload)];
    if (function.payload == kReconstruct && !tuple.empty() && tuple[0].kind == Kind::kGlobal &&
        tuple[0].payload == kNdarray) {
      return Push({Kind::kArray, 0});
    }
    if (function.payload == kDtypeClass && !tuple.empty() && tuple[0].kind == Kind::kText &&
        texts_[static_cast<size_t>(tuple[0].payload)].starts_with('O')) {
      return Push({Kind::kDtype, 0});
    }
    return Refuse("expected to make an array or the element type O");
  }

  // The state of an array is (version, shape, element type, is Fortran, list).
  bool IsArrayState(const std::vector<Value>& state) const {
    if (state.size() != 5 || state[1].kind != Kind::kTuple || state[2].kind != Kind::kDtype ||
        state[4].kind != Kind::kList || state[4].payload != kOuterList) {
      return false;
    }
    const std::vector<Value>& shape = tuples_[static_cast<size_t>(state[1].payload)];
    return shape.size() == 1 && shape[0].kind == Kind::kNumber && shape[0].payload == count_;
  }

  Status Build() {
    Value state;
    const bool fits = Pop(Kind::kTuple, &state) && !stack_.empty();
    if (!fits) return Refuse("expected an object and a tuple");
    if (stack_.back().kind == Kind::kDtype) return OkStatus();
    if (stack_.back().kind != Kind::kArray ||
        !IsArrayState(tuples_[static_cast<size_t>(state.payload)])) {
      return Refuse(absl::StrFormat("expected the state of an array of %d lists", count_));
    }
    built_ = true;
    return OkStatus();
  }

  Status Stop() {
    const bool whole = built_ && stack_.size() == 1 && stack_[0].kind == Kind::kArray;
    if (!whole) return Refuse("the pickle ends without having made the array");
    if (appended_lists_ != count_ || made_lists_ != count_ + 1) {
      return Refuse(absl::StrFormat("%d lists were written, the array's shape has %d",
                                    appended_lists_, count_));
    }
    stopped_ = true;
    return OkStatus();
  }

  std::string_view program_;
  const int64_t count_;
  const std::string& name_;
  size_t at_ = 0;
  size_t opcode_at_ = 0;
  uint8_t opcode_ = 0;
  std::vector<Value> stack_;
  std::vector<Value> memo_;
  std::vector<std::string_view> texts_;
  std::vector<std::vector<Value>> tuples_;
  RaggedLists lists_;
  int64_t made_lists_ = 0;
  int64_t appended_lists_ = 0;
  bool built_ = false;
  bool stopped_ = false;
};

}  // namespace

StatusOr<RaggedLists> ParsePickledLists(std::string_view pickle, int64_t count,
                                        const std::string& name) {
  return Machine(pickle, count, name).Run();
}

}  // namespace lockstep
