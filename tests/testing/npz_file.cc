#include "tests/testing/npz_file.h"

#include <zlib.h>

namespace lockstep {
namespace {

// `value` as `bytes` little-endian bytes.
std::string Little(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text.push_back(static_cast<char>(value));
  return text;
}

}  // namespace

std::string NpyBytes(const std::string& descr, const std::vector<int64_t>& shape,
                     const std::string& data) {
  std::string extents;
  for (const int64_t extent : shape) extents += std::to_string(extent) + ",";
  const std::string dict =
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + extents + "), }\n";
  return std::string("\x93NUMPY\x01\x00", 8) + Little(dict.size(), 2) + dict + data;
}

std::string NpzBytes(const std::vector<NpzMember>& members) {
  std::string archive, directory;
  for (const NpzMember& member : members) {
    const std::string name = member.name + ".npy";
    const uint64_t crc = crc32(0, reinterpret_cast<const Bytef*>(member.bytes.data()),
                               static_cast<uInt>(member.bytes.size()));
    // Flags, method "stored", time, date 1980-01-01, CRC, both sizes, lengths of name and extra.
    const std::string common = Little(0, 2) + Little(0, 2) + Little(0, 2) + Little(0x21, 2) +
                               Little(crc, 4) + Little(member.bytes.size(), 4) +
                               Little(member.bytes.size(), 4) + Little(name.size(), 2) +
                               Little(0, 2);
    directory += "PK\x01\x02" + Little(20, 2) + Little(20, 2) + common + Little(0, 10) +
                 Little(archive.size(), 4) + name;
    archive += "PK\x03\x04" + Little(20, 2) + common + name + member.bytes;
  }
  return archive + directory + "PK\x05\x06" + Little(0, 4) + Little(members.size(), 2) +
         Little(members.size(), 2) + Little(directory.size(), 4) + Little(archive.size(), 4) +
         Little(0, 2);
}

}  // namespace lockstep
