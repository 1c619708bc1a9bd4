#include "core/device/device.h"

#include <string>

namespace lockstep {

Status TooLittleMemoryError(const MemoryWish& wish) {
  return DeviceError("GPU " + std::to_string(wish.gpu) + " has too little memory: " +
                     std::string(wish.what) + " needs " + std::to_string(wish.bytes) + " bytes, " +
                     std::to_string(wish.free_bytes) + " of " + std::to_string(wish.total_bytes) +
                     " are free; use a smaller batch or network, or end what else runs there");
}

}  // namespace lockstep
