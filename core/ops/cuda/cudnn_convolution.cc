// A convolution is a graph of one to three operations: the convolution itself and, forward, bias
// and relu as point-wise operations on tensors that only exist inside the graph ("virtual").
// cuDNN's heuristics propose engines for the graph, best first; the first one is taken whose
// numerical notes promise what lockstep promises and that can be made a plan. Dimensions are given
// as N, C, H, W whatever the layout; strides say that channels lie innermost.
#include "core/ops/cuda/cudnn_convolution.h"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/ops/cuda/cudnn_descriptor.h"

namespace lockstep::cuda {
namespace {

// The names by which a plan knows its tensors.
enum TensorId : int64_t { kX = 1, kW = 2, kY = 3, kBias = 4, kConvolved = 5, kBiased = 6 };

// What an engine may not do: leave the order of a sum open, or round more than float32 does.
constexpr cudnnBackendNumericalNote_t kRefused[] = {
    CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC,
    CUDNN_NUMERICAL_NOTE_TENSOR_CORE,
    CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS,
    CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION,
    CUDNN_NUMERICAL_NOTE_FFT,
    CUDNN_NUMERICAL_NOTE_WINOGRAD,
    CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4,
    CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6,
    CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13};
constexpr int64_t kAlignmentBytes = 16;
constexpr int64_t kMostEngines = 64;

// The graph of a pass and its plan. Owns every descriptor that they are made of.
class CudnnGraph {
 public:
  CudnnGraph(const CudnnContext* context, const ConvolutionSpec& spec)
      : context_(context), spec_(spec) {}

  // False where cuDNN has no plan that lockstep takes.
  bool Build() {
    AddConvolution();
    if (Has(Ending::kBias) || Has(Ending::kBiasRelu)) {
      AddPointwise(CUDNN_POINTWISE_ADD, kConvolved, Has(Ending::kBias) ? kY : kBiased);
    }
    if (Has(Ending::kRelu)) AddPointwise(CUDNN_POINTWISE_RELU_FWD, kConvolved, kY);
    if (Has(Ending::kBiasRelu)) AddPointwise(CUDNN_POINTWISE_RELU_FWD, kBiased, kY);
    std::vector<cudnnBackendDescriptor_t> operations;
    for (const CudnnDescriptor& operation : operations_) operations.push_back(operation.get());
    CudnnDescriptor graph(&context_->dnn, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    graph.Set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, context_->handle)
        .Set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
             std::span<const cudnnBackendDescriptor_t>(operations));
    if (!graph.TryFinalize()) return false;
    graph_ = std::move(graph);
    return FindPlan(CUDNN_HEUR_MODE_A) || FindPlan(CUDNN_HEUR_MODE_FALLBACK);
  }

  // REQUIRES: Build was true.
  const CudnnDescriptor& plan() const { return *plan_; }

 private:
  bool Has(Ending ending) const { return spec_.ending == ending; }
  CudnnDescriptor Make(cudnnBackendDescriptorType_t type) const {
    return CudnnDescriptor(&context_->dnn, type);
  }

  // A float32 tensor of dimensions n, c, h, w, channels innermost.
  CudnnDescriptor MakeTensor(TensorId id, std::array<int64_t, 4> d) const {
    const bool is_virtual = id == kConvolved || id == kBiased;
    CudnnDescriptor tensor = Make(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    tensor.SetInts(CUDNN_ATTR_TENSOR_UNIQUE_ID, {id})
        .Set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT)
        .SetInts(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, {kAlignmentBytes})
        .SetInts(CUDNN_ATTR_TENSOR_DIMENSIONS, {d[0], d[1], d[2], d[3]})
        .SetInts(CUDNN_ATTR_TENSOR_STRIDES, {d[1] * d[2] * d[3], 1, d[1] * d[3], d[1]})
        .Set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, is_virtual);
    return std::move(tensor).Finalized();
  }
  std::array<int64_t, 4> DimensionsOf(TensorId id) const {
    const ConvSpec& conv = spec_.conv;
    switch (id) {
      case kX:
        return {spec_.n, conv.in.channels, conv.in.height, conv.in.width};
      case kW:
        return {conv.out.channels, conv.in.channels / conv.groups, conv.window.height,
                conv.window.width};
      case kBias:
        return {1, conv.out.channels, 1, 1};
      case kY:
      case kConvolved:
      case kBiased:
        break;
    }
    return {spec_.n, conv.out.channels, conv.out.height, conv.out.width};
  }
  // One descriptor for each tensor, whichever operations it joins.
  const CudnnDescriptor& TensorOf(TensorId id) {
    const auto found = tensors_.find(id);
    if (found != tensors_.end()) return found->second;
    return tensors_.emplace(id, MakeTensor(id, DimensionsOf(id))).first->second;
  }

  // cuDNN does not say that a descriptor may go before those that it is an attribute of.
  const CudnnDescriptor& Keep(CudnnDescriptor descriptor) {
    return parts_.emplace_back(std::move(descriptor));
  }

  const CudnnDescriptor& Window() {
    const WindowSpec& w = spec_.conv.window;
    LOCKSTEP_CHECK(w.pad_top == w.pad_bottom && w.pad_left == w.pad_right, "uneven padding");
    CudnnDescriptor window = Make(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    window.Set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT)
        .Set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, CUDNN_CROSS_CORRELATION)
        .SetInts(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, {2})
        .SetInts(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, {w.pad_top, w.pad_left})
        .SetInts(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, {w.pad_bottom, w.pad_right})
        .SetInts(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, {w.stride_height, w.stride_width})
        .SetInts(CUDNN_ATTR_CONVOLUTION_DILATIONS, {w.dilation_height, w.dilation_width});
    return Keep(std::move(window).Finalized());
  }

  // The attributes of one of the three convolution operations, which cuDNN numbers apart.
  struct ConvolutionNames {
    cudnnBackendDescriptorType_t type;
    cudnnBackendAttributeName_t window, x, w, y, alpha, beta;
  };
  static ConvolutionNames NamesOf(ConvolutionPass pass) {
    switch (pass) {
      case ConvolutionPass::kForward:
        return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
      case ConvolutionPass::kInputGradient:
        return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
      case ConvolutionPass::kWeightGradient:
        break;
    }
    return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
  }

  void AddConvolution() {
    const ConvolutionNames names = NamesOf(spec_.pass);
    CudnnDescriptor operation = Make(names.type);
    operation.SetDescriptor(names.window, Window())
        .SetDescriptor(names.x, TensorOf(kX))
        .SetDescriptor(names.w, TensorOf(kW))
        .SetDescriptor(names.y, TensorOf(Has(Ending::kNone) ? kY : kConvolved))
        .SetFloat(names.alpha, 1)
        .SetFloat(names.beta, 0);
    operations_.push_back(std::move(operation).Finalized());
  }

  // to = from + bias, or relu(from).
  void AddPointwise(cudnnPointwiseMode_t mode, TensorId from, TensorId to) {
    CudnnDescriptor pointwise = Make(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    pointwise.Set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, mode)
        .Set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
    if (mode == CUDNN_POINTWISE_RELU_FWD) {
      pointwise.Set(CUDNN_ATTR_POINTWISE_NAN_PROPAGATION, CUDNN_TYPE_NAN_PROPOGATION,
                    CUDNN_PROPAGATE_NAN);
    }
    const CudnnDescriptor& done = Keep(std::move(pointwise).Finalized());
    CudnnDescriptor operation = Make(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    operation.SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, done)
        .SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, TensorOf(from))
        .SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, TensorOf(to));
    if (mode == CUDNN_POINTWISE_ADD) {
      operation.SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, TensorOf(kBias));
    }
    operations_.push_back(std::move(operation).Finalized());
  }

  // Takes the first proposal of the heuristics that keeps the promises and can be planned.
  bool FindPlan(cudnnBackendHeurMode_t mode) {
    CudnnDescriptor heuristics = Make(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristics.SetDescriptor(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, *graph_)
        .Set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
    if (!heuristics.TryFinalize()) return false;
    std::vector<CudnnDescriptor> configs;
    for (int64_t i = 0; i < kMostEngines; ++i) {
      configs.push_back(Make(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR));
    }
    const int64_t count = heuristics.GetDescriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, configs);
    for (int64_t i = 0; i < std::min(count, kMostEngines); ++i) {
      CudnnDescriptor& config = configs[static_cast<size_t>(i)];
      if (!KeepsThePromises(config)) continue;
      CudnnDescriptor plan = Make(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
      plan.Set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, context_->handle)
          .SetDescriptor(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
      if (!plan.TryFinalize()) continue;
      config_ = std::move(config);
      plan_ = std::move(plan);
      return true;
    }
    return false;
  }

  bool KeepsThePromises(const CudnnDescriptor& config) const {
    std::vector<CudnnDescriptor> engine;
    engine.push_back(Make(CUDNN_BACKEND_ENGINE_DESCRIPTOR));
    if (config.GetDescriptors(CUDNN_ATTR_ENGINECFG_ENGINE, engine) != 1) return false;
    for (const auto note : engine[0].Get<cudnnBackendNumericalNote_t>(
             CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
             CUDNN_NUMERICAL_NOTE_TYPE_COUNT)) {
      if (std::find(std::begin(kRefused), std::end(kRefused), note) != std::end(kRefused)) {
        return false;
      }
    }
    return true;
  }

  const CudnnContext* context_;
  ConvolutionSpec spec_;
  std::deque<CudnnDescriptor> parts_;
  std::map<TensorId, CudnnDescriptor> tensors_;
  std::vector<CudnnDescriptor> operations_;
  std::optional<CudnnDescriptor> graph_, config_, plan_;
};

class CudnnConvolution final : public Convolution {
 public:
  CudnnConvolution(const CudnnContext* context, CudnnGraph graph, bool has_bias)
      : context_(context), graph_(std::move(graph)), has_bias_(has_bias) {
    const auto bytes =
        graph_.plan().Get<int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1);
    workspace_bytes_ = bytes.empty() ? 0 : bytes[0];
    context_->workspace(workspace_bytes_);
  }

  void Run(float* x, float* w, float* y, const float* bias) override {
    const Arrays arrays = {x, w, y, const_cast<float*>(bias),
                           context_->workspace(workspace_bytes_)};
    // Steps mostly give the arrays of the step before; then nothing is made.
    if (!pack_.has_value() || arrays != arrays_) Pack(arrays);
    const cudnnStatus_t status =
        context_->dnn.BackendExecute(context_->handle, graph_.plan().get(), pack_->get());
    if (status != CUDNN_STATUS_SUCCESS) {
      EndForLibrary("cudnnBackendExecute", context_->dnn.GetErrorString(status));
    }
  }

 private:
  // x, w, y, bias, workspace.
  using Arrays = std::array<void*, 5>;

  void Pack(const Arrays& arrays) {
    const int64_t ids[] = {kX, kW, kY, kBias};
    const size_t count = has_bias_ ? 4 : 3;
    CudnnDescriptor pack(&context_->dnn, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack.Set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64,
             std::span<const int64_t>(ids, count))
        .Set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR,
             std::span<void* const>(arrays.data(), count))
        .Set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, arrays[4]);
    pack_ = std::move(pack).Finalized();
    arrays_ = arrays;
  }

  const CudnnContext* context_;
  CudnnGraph graph_;
  bool has_bias_;
  int64_t workspace_bytes_ = 0;
  std::optional<CudnnDescriptor> pack_;
  Arrays arrays_ = {};
};

}  // namespace

std::unique_ptr<Convolution> PlanCudnnConvolution(const CudnnContext* context,
                                                  const ConvolutionSpec& spec) {
  LOCKSTEP_CHECK(spec.pass == ConvolutionPass::kForward || spec.ending == Ending::kNone,
                 "a gradient has no ending");
  CudnnGraph graph(context, spec);
  if (!graph.Build()) {
    LOCKSTEP_CHECK(spec.ending != Ending::kNone,
                   "cuDNN has no deterministic float32 engine for pictures of %lld x %lld x %lld",
                   static_cast<long long>(spec.conv.in.height),
                   static_cast<long long>(spec.conv.in.width),
                   static_cast<long long>(spec.conv.in.channels));
    return nullptr;
  }
  const bool has_bias = spec.ending == Ending::kBias || spec.ending == Ending::kBiasRelu;
  return std::make_unique<CudnnConvolution>(context, std::move(graph), has_bias);
}

}  // namespace lockstep::cuda
