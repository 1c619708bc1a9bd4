#include "core/data/formats/pickle_lists.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/formats/pickle_opcodes.h"
#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

using Lists = std::vector<std::vector<int32_t>>;

constexpr const char* kTestData = "tests/core/data/formats/testdata/";

StatusOr<RaggedLists> Parse(std::string_view program, int64_t count) {
  return ParsePickledLists(program, count, "a.npz, array x");
}

std::string Byte(int value) { return std::string(1, static_cast<char>(value)); }

std::string Little32(int64_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += Byte(static_cast<int>(value >> (8 * i)) & 0xff);
  return bytes;
}

std::string Number(int32_t value) {
  if (value >= 0 && value < 256) return Byte(kBinInt1) + Byte(value);
  if (value >= 0 && value < 65536) return Byte(kBinInt2) + Little32(value).substr(0, 2);
  return Byte(kBinInt) + Little32(value);
}

std::string Text(const std::string& text) {
  return Byte(kShortBinString) + Byte(static_cast<int>(text.size())) + text;
}

// As Python's pickler writes the items of a list: alone, or in batches of a thousand.
std::string Items(const std::vector<std::string>& items) {
  std::string code;
  for (size_t i = 0; i < items.size(); i += 1000) {
    const size_t end = std::min(i + 1000, items.size());
    if (end - i == 1) {
      code += items[i] + Byte(kAppend);
      continue;
    }
    code += Byte(kMark);
    for (size_t k = i; k < end; ++k) code += items[k];
    code += Byte(kAppends);
  }
  return code;
}

// What Python 2 and numpy 1 wrote for an array (imdb.npz): `entries` are the programs of its
// entries.
std::string Python2Array(int64_t count, const std::vector<std::string>& entries) {
  return Byte(kProto) + Byte(2) + "cnumpy.core.multiarray\n_reconstruct\nq\1cnumpy\nndarray\nq\2" +
         Number(0) + Byte(kTuple1) + Text("b") + Byte(kTuple3) + "Rq\3(" + Number(1) +
         Number(static_cast<int32_t>(count)) + Byte(kTuple1) + "cnumpy\ndtype\nq\4" + Text("O8") +
         Number(0) + Number(1) + Byte(kTuple3) + "Rq\5(" + Number(3) + Text("|") + "NNN" +
         Number(-1) + Number(-1) + Number(63) + "tb" + Byte(kNewFalse) + "]q\6" + Items(entries) +
         "tb.";
}

std::string ListProgram(const std::vector<int32_t>& list, int slot) {
  std::vector<std::string> numbers;
  for (const int32_t value : list) numbers.push_back(Number(value));
  return "]r" + Little32(slot) + Items(numbers);
}

std::string Python2Array(const Lists& lists) {
  std::vector<std::string> entries;
  int slot = 7;
  for (const std::vector<int32_t>& list : lists) entries.push_back(ListProgram(list, slot++));
  return Python2Array(static_cast<int64_t>(lists.size()), entries);
}

std::vector<int32_t> UpTo(int32_t size) {
  std::vector<int32_t> values(static_cast<size_t>(size));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

// make_testdata.py's ragged().
Lists Ragged() {
  return {{1, 2, 300}, {}, {70000}, {255, 256, 65535, 65536, 2147483647}, UpTo(1005)};
}

void ExpectLists(const StatusOr<RaggedLists>& found, const Lists& expected) {
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    const std::span<const int32_t> list = (*found)[static_cast<int64_t>(i)];
    ASSERT_EQ(std::vector<int32_t>(list.begin(), list.end()), expected[i]) << i;
  }
}

TEST(ParsePickledLists, ReadsProtocol2AsPython2WroteIt) {
  ExpectLists(Parse(Python2Array(Ragged()), 5), Ragged());
}

TEST(ParsePickledLists, ReadsProtocol3) {
  const StatusOr<std::string> file = ReadFile(std::string(kTestData) + "lists_protocol3.pickle");
  ASSERT_TRUE(file.ok()) << file.status();
  ExpectLists(Parse(*file, 5), Ragged());
}

TEST(ParsePickledLists, ReadsProtocol4AsNumpy2WritesIt) {
  const StatusOr<NpzReader> file = NpzReader::Open(std::string(kTestData) + "lists.npz");
  ASSERT_TRUE(file.ok()) << file.status();
  const StatusOr<NpyArray> array = file->Read("lists");
  ASSERT_TRUE(array.ok()) << array.status();
  ASSERT_EQ(array->type, NpyType::kObject);
  ExpectLists(Parse(array->data(), 5), Ragged());
}

TEST(ParsePickledLists, ReadsBatchesOfThousands) {
  Lists lists(2001, {7, -1});
  lists[0] = UpTo(1000);
  lists[1] = UpTo(1001);  // the last number goes by APPEND
  lists[2] = UpTo(2002);
  ExpectLists(Parse(Python2Array(lists), 2001), lists);
  ExpectLists(Parse(Python2Array(Lists{}), 0), {});
  ExpectLists(Parse(Python2Array(Lists{{5}}), 1), {{5}});
}

struct Bad {
  std::string program;
  int64_t count;
  std::string named;
};

const std::string kStart = Byte(kProto) + Byte(2);
const std::string kList = ListProgram({1, 2}, 7);
const Bad kBad[] = {
    {"", 1, "the pickle ends at byte 0"},
    {kStart, 1, "the pickle ends at byte 2"},
    {"]", 1, "EMPTY_LIST (0x5d) at byte 0: a pickle of protocol 2 or later begins with PROTO"},
    {Byte(kProto) + Byte(1), 1, "PROTO (0x80) at byte 0: expected protocol 2, 3 or 4"},
    {Byte(kProto) + Byte(5), 1, "PROTO (0x80) at byte 0: expected protocol 2, 3 or 4"},
    {kStart + kStart, 1, "PROTO (0x80) at byte 2"},
    {kStart + "cos\nsystem\n" + Text("true") + Byte(kTuple1) + "R.", 1,
     "GLOBAL (0x63) at byte 2: the name os.system has no place in an array of lists; nothing "
     "was"},
    {kStart + "c\x1b[2J\nx\n", 1, "the name ?[2J.x has no place"},
    {kStart + "cnumpy\nndarray", 1, "a name without its end"},
    {kStart + Text("os") + Text("system") + Byte(kStackGlobal), 1, "the name os.system has"},
    {kStart + Byte(kStackGlobal), 1, "expected two texts"},
    {kStart + Byte(kBinUnicode) + Little32(-1), 1, "the pickle ends at byte 7"},
    {kStart + Byte(kFrame) + std::string(7, '\xff'), 1, "the pickle ends at byte 10"},
    {kStart + "N" + Byte(kLongBinPut) + Little32(-1), 1, "LONG_BINPUT (0x72) at byte 3: a memo"},
    {kStart + "Nq\2", 1, "a memo slot out of order"},
    {kStart + "q\1", 1, "a memo slot out of order"},
    {kStart + "h\1", 1, "BINGET (0x68) at byte 2: a memo slot that was never filled"},
    {kStart + "]q\1h\1", 1, "an object is used twice"},
    {kStart + "R", 1, "expected a name and a tuple"},
    {kStart + "b", 1, "expected an object and a tuple"},
    {kStart + "t", 1, "no MARK before it"},
    {kStart + "e", 1, "expected the array's list, a MARK and its entries"},
    {kStart + "a", 1, "expected a list and a value"},
    {kStart + Byte(kTuple2), 1, "fewer values than the tuple has"},
    {kStart + ".", 1, "ends without having made the array"},
    {kStart + "G", 1, "BINFLOAT (0x47) at byte 2: not one of the opcodes"},
    {kStart + "\x01", 1, "unknown (0x01) at byte 2"},
    {Python2Array({{1}}) + "x", 1, "STOP (0x2e) at byte "},
    {Python2Array({{1}}), 2, "expected the state of an array of 2 lists"},
    {Python2Array({{1}, {2}}), 1, "more than the 1 lists of the array's shape"},
    {Python2Array(2, {kList}), 2, "1 lists were written, the array's shape has 2"},
    {Python2Array(1, {Number(3)}), 1, "lists, each used once, in order"},
    {Python2Array(1, {"N"}), 1, "lists, each used once, in order"},
    {Python2Array(1, {Text("word")}), 1, "lists, each used once, in order"},
    {Python2Array(1, {"]q\7(" + Number(1) + "G12345678e"}), 1, "BINFLOAT (0x47)"},
    {Python2Array(1, {"]q\7(" + Number(1) +
                      "\x8a\x05\1\1\1\1\1"
                      "e"}),
     1, "LONG1 (0x8a)"},
    {Python2Array(1, {"]q\7" + Text("word") + "a"}), 1, "expected a whole number"},
    {Python2Array(1, {"]q\7]q\10"
                      "aa"}),
     1, "lists"},  // a list within a list
};

TEST(ParsePickledLists, RefusesWithOpcodeAndPlace) {
  for (const Bad& bad : kBad) {
    const Status status = Parse(bad.program, bad.count).status();
    ASSERT_FALSE(status.ok()) << bad.named;
    EXPECT_EQ(ComplaintAbout(status, "a.npz, array x: "), "");
    EXPECT_NE(Message(status).find(bad.named), std::string::npos) << bad.named << "\n" << status;
  }
}

TEST(ParsePickledLists, RefusesEveryOtherOpcodeByName) {
  const std::string known = "().BCJKMNRTUX]abcehjqrt\x80\x85\x86\x87\x88\x89\x8c\x93\x94\x95";
  for (int opcode = 0; opcode < 256; ++opcode) {
    if (known.find(static_cast<char>(opcode)) != std::string::npos) continue;
    const Status status =
        Parse(Byte(kProto) + Byte(2) + Byte(opcode) + std::string(20, 'x'), 1).status();
    const std::string name = PickleOpcodeName(static_cast<uint8_t>(opcode));
    EXPECT_NE(Message(status).find("pickle opcode " + name + " ("), std::string::npos) << status;
    EXPECT_NE(Message(status).find("not one of the opcodes"), std::string::npos) << status;
  }
}

TEST(ParsePickledLists, TheStackTuplesAndTextsHaveLimits) {
  const std::string start = Byte(kProto) + Byte(2);
  const auto repeated = [&](const std::string& code, int times) {
    std::string program = start;
    for (int i = 0; i < times; ++i) program += code;
    return Message(Parse(program, 1).status());
  };
  EXPECT_NE(repeated("N", 1 << 17).find("the stack grows too deep"), std::string::npos);
  EXPECT_NE(repeated(")", 300).find("more tuples than"), std::string::npos);
  EXPECT_NE(repeated(Text("b"), 300).find("more texts than"), std::string::npos);
}

TEST(ParsePickledLists, EveryCutIsRefused) {
  ForEachCut(Python2Array(Ragged()), [](const std::string& cut, size_t at) {
    const Status status = Parse(cut, 5).status();
    ASSERT_FALSE(status.ok()) << at;
    ASSERT_EQ(ComplaintAbout(status, "a.npz, array x: "), "") << at;
  });
}

TEST(ParsePickledLists, EveryChangedByteGivesAsManyListsOrIsRefused) {
  const std::string program = Python2Array({{1, 2, 300}, {}, {70000}, {-1, 65535}});
  ForEachFlip(program, 0, program.size(), [](const std::string& damaged, size_t at) {
    const StatusOr<RaggedLists> lists = Parse(damaged, 4);
    ASSERT_EQ(ComplaintAbout(lists.status(), "a.npz, array x: "), "") << at;
    if (!lists.ok()) return;
    ASSERT_EQ(lists->size(), 4) << at;
    ASSERT_TRUE(std::is_sorted(lists->offsets.begin(), lists->offsets.end())) << at;
    ASSERT_EQ(lists->offsets.back(), lists->values.size()) << at;
  });
}

}  // namespace
}  // namespace lockstep
