#include "core/data/sha256.h"

#include <sha2.h>

#include <cstdint>

namespace lockstep {

std::string Sha256(std::string_view bytes) {
  char text[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), text);
  return text;
}

}  // namespace lockstep
