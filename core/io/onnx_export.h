// A trained network as a file in the ONNX format (operator set 13, file format 7), which ONNX
// Runtime and many others run.
//
// The graph takes `input`, float32 [N, sample...]: values as the data source has them (pixels 0 to
// 255, channels last; multi-hot as zeros and ones). It standardises them by the training set's
// moments (of float32: a feature whose mean is m deviations from 0 is off by some m * 6e-8),
// divides and normalises them as the config says, and gives the network's prediction, called as its
// layer, after the last activation: probabilities. N may be any number.
// Constants have the weights' names; a convolution's kernel is [out, in, height, width], as ONNX
// has it. Layers that serve training alone (dropout, further outputs of the loss) are left out.
#ifndef LOCKSTEP_CORE_IO_ONNX_EXPORT_H_
#define LOCKSTEP_CORE_IO_ONNX_EXPORT_H_

#include <cstdint>
#include <string>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {

// What a protobuf file can hold.
constexpr int64_t kMaxOnnxBytes = INT32_MAX;

// What is exported. All is borrowed.
struct OnnxSource {
  const Config* config = nullptr;  // its model without a zoo
  const SampleFormat* format = nullptr;
  const ParameterLayout* layout = nullptr;
  const float* weights = nullptr;
  std::string version;  // of lockstep
};

// The file's bytes. Errors: UsageError for a network of more than `max_bytes`, or a model that
// cannot be; BadDataError for weights of another network. REQUIRES: CheckConfig passed.
StatusOr<std::string> ToOnnx(const OnnxSource& source, int64_t max_bytes = kMaxOnnxBytes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_IO_ONNX_EXPORT_H_
