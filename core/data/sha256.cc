#include "core/data/sha256.h"

#include <openssl/sha.h>

#include "absl/strings/str_format.h"

namespace lockstep {

std::string Sha256(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string text;
  for (const unsigned char byte : digest) absl::StrAppendFormat(&text, "%02x", byte);
  return text;
}

}  // namespace lockstep
