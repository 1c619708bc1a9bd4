// Small .tar.gz archives for tests.
#ifndef LOCKSTEP_TESTS_CORE_DATA_FORMATS_TAR_FILE_H_
#define LOCKSTEP_TESTS_CORE_DATA_FORMATS_TAR_FILE_H_

#include <zlib.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace lockstep {

// A header and the content in whole blocks; `kind` '5' is a folder.
inline std::string TarMember(const std::string& name, const std::string& content, char kind = '0') {
  std::string header(512, '\0');
  std::memcpy(header.data(), name.data(), name.size());
  std::snprintf(header.data() + 124, 12, "%011zo", content.size());
  header[156] = kind;
  std::memset(header.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(header.data() + 148, 8, "%06o", sum);
  return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

inline std::string TarEnd() { return std::string(1024, '\0'); }

inline std::string Gzip(const std::string& bytes) {
  constexpr int kGzip = 16;
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzip, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_DATA_FORMATS_TAR_FILE_H_
