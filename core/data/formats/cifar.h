// The binary version of CIFAR-10: records of a label byte and 32 x 32 bytes of red, of green and of
// blue. Source: https://www.cs.toronto.edu/~kriz/cifar.html
#ifndef LOCKSTEP_CORE_DATA_FORMATS_CIFAR_H_
#define LOCKSTEP_CORE_DATA_FORMATS_CIFAR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

constexpr int64_t kCifarSide = 32;
constexpr int64_t kCifarClasses = 10;
constexpr int64_t kCifarPictureBytes = kCifarSide * kCifarSide * 3;
constexpr int64_t kCifarRecordBytes = 1 + kCifarPictureBytes;

// Appends the pictures of `bytes`, [32,32,3] each, and their labels. `name` stands in messages.
// Errors: BadDataError if there are not exactly `records`, or a label is more than 9.
Status ParseCifar(std::string_view bytes, const std::string& name, int64_t records,
                  std::vector<uint8_t>* pictures, std::vector<int32_t>* labels);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_CIFAR_H_
