// Weights in .npz and .safetensors files with Keras' names and layouts: "dense/kernel" [in,out],
// "conv2d/kernel" [height, width, in, out], "dense/bias" [out].
#ifndef LOCKSTEP_CORE_IO_WEIGHTS_FILE_H_
#define LOCKSTEP_CORE_IO_WEIGHTS_FILE_H_

#include <string>

#include "core/base/status.h"
#include "core/params/parameter_layout.h"

namespace lockstep {

enum class WeightsFormat { kNpz, kSafetensors };

// Fills `weights` (layout.size_elems() values; padding untouched) from the arrays of `path`, of
// float32 or float64, in .safetensors also of 16 bits. The format is told from the bytes, not from
// the ending. After an error some may be filled. Errors: MissingInputError, BadDataError for a file
// of another format, and one that lists the missing and unknown names with what they may be meant
// to be, or the misshaped.
Status ReadWeights(const std::string& path, const ParameterLayout& layout, float* weights);

// Writes every parameter as a float32 array, atomically. Errors: CannotWriteError, IoError.
Status WriteWeights(const std::string& path, WeightsFormat format, const ParameterLayout& layout,
                    const float* weights);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_IO_WEIGHTS_FILE_H_
