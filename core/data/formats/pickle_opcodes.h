// The opcodes of Python's pickle, for reading the few that numpy writes and naming the others.
// Source: the opcode table of Python's pickletools module.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_PICKLE_OPCODES_H_
#define LOCKSTEP_CORE_DATA_FORMATS_PICKLE_OPCODES_H_

#include <cstdint>

namespace lockstep {

// Those that arrays of lists of whole numbers are made of, protocols 2 to 4.
enum PickleOpcode : uint8_t {
  kMark = '(',
  kEmptyTuple = ')',
  kStop = '.',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kEmptyList = ']',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kTuple = 't',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kShortBinUnicode = 0x8c,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

// "BINPUT"; "unknown" for a byte that is no opcode.
const char* PickleOpcodeName(uint8_t opcode);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_PICKLE_OPCODES_H_
