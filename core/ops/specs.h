// Plain structs that describe one use of an op. No behaviour, no ownership; shared by the CPU, the
// reference and (later) the CUDA bodies.
#ifndef LOCKSTEP_CORE_OPS_SPECS_H_
#define LOCKSTEP_CORE_OPS_SPECS_H_

#include <array>
#include <cstdint>

#include "core/base/rng.h"
#include "core/device/tensor.h"

namespace lockstep {

// Element-wise functions; kSoftmax works over a row.
enum class ActivationKind { kLinear, kRelu, kSigmoid, kTanh, kGelu, kSoftmax };

// A dense layer: y = activation(x W + b), x [n,in], W [in,out], b [out], y [n,out].
struct DenseSpec {
  int64_t in = 0;
  int64_t out = 0;
  bool use_bias = true;
  // Any but kSoftmax and kGelu: their gradient cannot be had from y alone, they are ops of their
  // own.
  ActivationKind activation = ActivationKind::kLinear;
  int64_t max_rows = 0;  // the largest n that will be asked for
};

// What Backward of a dense layer or a convolution reads and writes. x is absent for sparse input.
struct LinearGradients {
  Matrix y;             // [n,out] as Forward wrote it; not read where the activation is kLinear
  Matrix dy;            // [n,out] gradient of y on entry; overwritten by that of x W + b
  float* dx = nullptr;  // [n,in] overwritten; nullptr if nobody needs it
  float* dw = nullptr;  // as the kernel, overwritten
  float* db = nullptr;  // as the bias, overwritten; nullptr without bias
};

// A picture's size: [height, width, channels], row-major.
struct ImageSize {
  int64_t height = 0, width = 0, channels = 0;
  int64_t elems() const { return height * width * channels; }
  bool operator==(const ImageSize&) const = default;
};

// How a window moves over height and width.
struct WindowSpec {
  int64_t height = 1, width = 1;
  int64_t stride_height = 1, stride_width = 1;
  int64_t dilation_height = 1, dilation_width = 1;
  int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  bool operator==(const WindowSpec&) const = default;
};

// A convolution: x [n,H,W,C], kernel [height,width,C/groups,filters], bias [filters], y
// [n,H',W',filters] = activation(conv(x) + b). Filter f is of group f / (filters / groups).
struct ConvSpec {
  ImageSize in;
  ImageSize out;  // out.channels are the filters
  WindowSpec window;
  int64_t groups = 1;
  bool use_bias = true;
  ActivationKind activation = ActivationKind::kLinear;  // as DenseSpec::activation
  // Of ConvPlan::Infer: the batch normalisation that follows, and the activation after that.
  float folded_epsilon = 1e-3f;
  ActivationKind folded_activation = ActivationKind::kLinear;  // or kRelu
  int64_t max_rows = 0;
};

enum class PoolKind { kMax, kAverage };

// Pooling per channel. Padding takes no part: it is never the largest and does not count.
struct PoolSpec {
  PoolKind kind = PoolKind::kMax;
  ImageSize in;
  ImageSize out;
  WindowSpec window;  // no dilation; at most 65535 pixels
  int64_t max_rows = 0;
};

// Batch normalisation over the rows and pixels of a micro-batch: z = gamma * (x - mean) /
// sqrt(variance + epsilon) + beta, y = activation(z + addend).
struct BatchNormSpec {
  int64_t pixels = 1;  // per sample
  int64_t channels = 0;
  float epsilon = 1e-3f;
  ActivationKind activation = ActivationKind::kLinear;  // or kRelu
  bool has_addend = false;                              // a shortcut is added before the activation
  int64_t max_rows = 0;
};

// [channels] each. mean and variance (population) are the micro-batch's, written by
// BatchNormPlan::Forward, or the moving ones for Infer.
struct BatchNormParameters {
  const float* gamma = nullptr;
  const float* beta = nullptr;
  float* mean = nullptr;
  float* variance = nullptr;
};

// What BatchNormPlan::Backward reads and writes. x, y, dy, dx [n, pixels * channels].
struct BatchNormGradients {
  Matrix y;                  // as Forward wrote it; read where there is an activation
  Matrix dy;                 // gradient of y; may be overwritten
  float* dx = nullptr;       // overwritten; nullptr if nobody needs it. May be dy.data
  float* daddend = nullptr;  // overwritten; nullptr if nobody needs it. May be dy.data, not dx
  float* dgamma = nullptr;   // [channels] overwritten
  float* dbeta = nullptr;    // [channels] overwritten
};

// y = x / scale^beta, scale = bias + alpha * sum of x^2 over channels c +- depth_radius.
struct LrnSpec {
  int64_t channels = 0;
  int64_t depth_radius = 5;
  float bias = 1, alpha = 1, beta = 0.5f;
};

// Moves outer * inner blocks of `block` elements each: block (i, j) from source + i * source_outer
// + j * source_inner to target + i * target_outer + j * target_inner.
struct BlockCopy {
  int64_t outer = 1, inner = 1, block = 0;
  int64_t source_outer = 0, source_inner = 0;
  int64_t target_outer = 0, target_inner = 0;
};

// From bytes to what a network takes: (byte / divide_by - mean) / std, per channel.
struct ImageScale {
  float divide_by = 1;
  int64_t channels = 1;
  const float* mean = nullptr;  // [channels] or nullptr for 0
  const float* std = nullptr;   // [channels] or nullptr for 1
};

// Inverted dropout; masks as DropoutKey in core/ops/element.h says.
struct DropoutSpec {
  float rate = 0;
  uint64_t seed = 0;
  uint32_t layer = 0;  // distinct per dropout layer of a network
  uint64_t step = 0;
  const uint32_t* sample_ids = nullptr;  // [n] position of each row's sample in the training set
};

// Losses, fused with the activation that belongs to them: `output` below is the last layer's result
// before sigmoid / softmax for the first two.
enum class LossKind {
  kBinaryCrossentropy,
  kCategoricalCrossentropy,
  kMeanSquaredError,
  kMeanAbsoluteError
};

// One micro-batch at the loss.
struct LossBatch {
  Matrix output;                    // [n,outputs] logits or predictions
  const int32_t* labels = nullptr;  // [n] for cross-entropies (binary: 0 or 1)
  const float* targets = nullptr;   // [n,outputs] for the others
  float* predictions = nullptr;     // [n,outputs] probabilities or predictions; may be nullptr
  // [n,outputs] gradient of weight * (sum of losses) / batch_samples; may be nullptr.
  float* doutput = nullptr;
  int64_t batch_samples = 1;  // of the whole batch over all ranks
  float weight = 1;           // of doutput alone
};

// Sums over the samples of a micro-batch, in double, in an order that depends on sizes alone.
struct LossSums {
  double loss = 0;
  double correct = 0;         // accuracy: binary (p > 0.5) with one output, argmax otherwise
  double top_5_correct = 0;   // label among the five largest outputs
  double absolute_error = 0;  // mean over outputs of |p - t|
  double squared_error = 0;   // mean over outputs of (p - t)^2
};

enum class UpdateKind { kSgd, kRmsprop, kAdam };

// One optimizer step over flat buffers; formulas in proto/config.proto. All scalars are final for
// this step (schedule, Adam's alpha and clipping applied).
struct UpdateSpec {
  UpdateKind kind = UpdateKind::kSgd;
  float learning_rate = 0;  // Adam: alpha_t
  float momentum = 0;       // sgd, rmsprop
  bool nesterov = false;
  float rho = 0;                 // rmsprop
  float beta_1 = 0, beta_2 = 0;  // adam
  float epsilon = 0;  // rmsprop, adam: > 0, so that nothing is divided by 0, padding least of all
  float gradient_scale = 1;             // clipping: g is multiplied by this first
  std::array<float, 2> l2 = {0, 0};     // per ParameterGroup: g += l2 * w
  std::array<float, 2> decay = {0, 0};  // per group: w -= decay * w before the update (lr included)
};

// The buffers of an update, `elems` each (a multiple of 64), one group id per 64 elements.
struct UpdateBuffers {
  float* weights = nullptr;
  const float* gradients = nullptr;
  float* slot_0 = nullptr;  // sgd: momentum; rmsprop: v; adam: m. nullptr where not needed
  float* slot_1 = nullptr;  // rmsprop: momentum; adam: v
  const uint8_t* block_groups = nullptr;
  int64_t elems = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_SPECS_H_
