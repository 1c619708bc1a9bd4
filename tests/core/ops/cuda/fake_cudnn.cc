#include "tests/core/ops/cuda/fake_cudnn.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/ops/cuda/math_libraries.h"
#include "tests/core/ops/cuda/host_libraries.h"

namespace lockstep::cuda {
namespace {

FakeEngines* engines = nullptr;
const Cudnn* real = nullptr;

struct Descriptor {
  cudnnBackendDescriptorType_t type;
  std::map<cudnnBackendAttributeName_t, std::string> attributes;  // bytes
  bool finalized = false;
  int engine = -1;           // of configs and engines
  void* real_one = nullptr;  // the real library's, of a type that needs no GPU

  bool Has(cudnnBackendAttributeName_t name) const { return attributes.count(name) > 0; }
  template <typename T>
  std::vector<T> Values(cudnnBackendAttributeName_t name) const {
    const std::string& bytes = attributes.at(name);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  template <typename T>
  T Value(cudnnBackendAttributeName_t name) const {
    EXPECT_TRUE(Has(name)) << "attribute " << name << " is not set";
    T value;
    std::memcpy(&value, attributes.at(name).data(), sizeof(value));
    return value;
  }
  const Descriptor& Link(cudnnBackendAttributeName_t name) const {
    const Descriptor& link = *static_cast<Descriptor*>(Value<void*>(name));
    EXPECT_TRUE(link.finalized) << "attribute " << name;
    return link;
  }
};

size_t BytesOf(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_BOOLEAN:
      return sizeof(bool);
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
      return 8;
    default:
      return 4;  // float and the enumerations
  }
}

bool NeedsNoGpu(cudnnBackendDescriptorType_t type) {
  switch (type) {
    case CUDNN_BACKEND_TENSOR_DESCRIPTOR:
    case CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR:
    case CUDNN_BACKEND_POINTWISE_DESCRIPTOR:
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR:
    case CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR:
      return true;
    default:
      return false;
  }
}

void ExpectReal(cudnnStatus_t status, const Descriptor& descriptor, int what) {
  EXPECT_EQ(status, CUDNN_STATUS_SUCCESS)
      << "the real library says " << real->GetErrorString(status) << " of a descriptor of type "
      << descriptor.type << ", attribute " << what;
}

cudnnStatus_t Create(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* created) {
  auto* descriptor = new Descriptor{type, {}};
  if (real != nullptr && NeedsNoGpu(type)) {
    ExpectReal(real->BackendCreateDescriptor(type, &descriptor->real_one), *descriptor, -1);
  }
  *created = descriptor;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t Destroy(cudnnBackendDescriptor_t opaque) {
  auto* descriptor = static_cast<Descriptor*>(opaque);
  if (descriptor->real_one != nullptr) real->BackendDestroyDescriptor(descriptor->real_one);
  delete descriptor;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t Set(cudnnBackendDescriptor_t opaque, cudnnBackendAttributeName_t name,
                  cudnnBackendAttributeType_t type, int64_t count, const void* values) {
  auto* descriptor = static_cast<Descriptor*>(opaque);
  EXPECT_FALSE(descriptor->finalized);
  const size_t bytes = BytesOf(type) * static_cast<size_t>(count);
  descriptor->attributes[name] = std::string(static_cast<const char*>(values), bytes);
  if (descriptor->real_one == nullptr) return CUDNN_STATUS_SUCCESS;
  if (type != CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    ExpectReal(real->BackendSetAttribute(descriptor->real_one, name, type, count, values),
               *descriptor, name);
    return CUDNN_STATUS_SUCCESS;
  }
  void* link = descriptor->Link(name).real_one;
  ExpectReal(real->BackendSetAttribute(descriptor->real_one, name, type, 1, &link), *descriptor,
             name);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t Finalize(cudnnBackendDescriptor_t opaque) {
  auto* descriptor = static_cast<Descriptor*>(opaque);
  if (descriptor->real_one != nullptr) {
    ExpectReal(real->BackendFinalize(descriptor->real_one), *descriptor, -2);
  }
  if (descriptor->type == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) {
    const Descriptor& graph = descriptor->Link(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
    const bool several = graph.Values<void*>(CUDNN_ATTR_OPERATIONGRAPH_OPS).size() > 1;
    if (several && !engines->can_fuse) return CUDNN_STATUS_NOT_SUPPORTED;
  }
  descriptor->finalized = true;
  return CUDNN_STATUS_SUCCESS;
}

// The heuristics' proposals, a config's engine and an engine's notes.
cudnnStatus_t Get(cudnnBackendDescriptor_t opaque, cudnnBackendAttributeName_t name,
                  cudnnBackendAttributeType_t, int64_t requested, int64_t* count, void* values) {
  auto* descriptor = static_cast<Descriptor*>(opaque);
  EXPECT_TRUE(descriptor->finalized);
  const auto link = [&](int64_t i) {
    auto* filled = static_cast<Descriptor**>(values)[i];
    filled->finalized = true;
    return filled;
  };
  if (name == CUDNN_ATTR_ENGINEHEUR_RESULTS) {
    *count = static_cast<int64_t>(engines->notes.size());
    EXPECT_LE(*count, requested);
    for (int64_t i = 0; i < *count; ++i) {
      link(i)->engine = static_cast<int>(i);
      link(i)->attributes = descriptor->attributes;  // the graph
    }
  } else if (name == CUDNN_ATTR_ENGINECFG_ENGINE) {
    *count = 1;
    link(0)->engine = descriptor->engine;
  } else if (name == CUDNN_ATTR_ENGINE_NUMERICAL_NOTE) {
    const auto& notes = engines->notes[static_cast<size_t>(descriptor->engine)];
    *count = static_cast<int64_t>(notes.size());
    std::memcpy(values, notes.data(), notes.size() * sizeof(notes[0]));
  } else if (name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE) {
    *count = 1;
    *static_cast<int64_t*>(values) =
        100 + descriptor->Link(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG).engine;
  } else {
    return CUDNN_STATUS_BAD_PARAM;
  }
  return CUDNN_STATUS_SUCCESS;
}

// The arrays of an execution by the names of their tensors; those inside the graph are made here.
struct Arrays {
  std::map<int64_t, float*> by_id;
  std::map<int64_t, std::vector<float>> inside;

  static int64_t ElemsOf(const Descriptor& tensor) {
    int64_t elems = 1;
    for (const int64_t extent : tensor.Values<int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS)) {
      elems *= extent;
    }
    return elems;
  }
  float* Of(const Descriptor& tensor) {
    const int64_t id = tensor.Value<int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID);
    if (tensor.Value<bool>(CUDNN_ATTR_TENSOR_IS_VIRTUAL)) {
      inside[id].resize(static_cast<size_t>(ElemsOf(tensor)));
      return inside[id].data();
    }
    EXPECT_TRUE(by_id.count(id)) << "tensor " << id << " is in no variant pack";
    return by_id[id];
  }
};

// [n, h, w, c] of a tensor whose channels lie innermost, from its dimensions n, c, h, w.
std::vector<int64_t> Extents(const Descriptor& tensor) {
  const auto d = tensor.Values<int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS);
  const std::vector<int64_t> strides = {d[1] * d[2] * d[3], 1, d[1] * d[3], d[1]};
  EXPECT_EQ(tensor.Values<int64_t>(CUDNN_ATTR_TENSOR_STRIDES), strides);
  return {d[0], d[2], d[3], d[1]};
}

struct Names {
  cudnnBackendAttributeName_t window, x, w, y;
  ConvolutionPass pass;
};

Names NamesOf(cudnnBackendDescriptorType_t type) {
  switch (type) {
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
      return {CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, ConvolutionPass::kForward};
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
      return {CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, ConvolutionPass::kInputGradient};
    default:
      return {CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, ConvolutionPass::kWeightGradient};
  }
}

// A convolution from what its descriptors say, by the naive one.
void Convolve(const Descriptor& operation, Arrays* arrays) {
  const Names names = NamesOf(operation.type);
  const Descriptor& window = operation.Link(names.window);
  const auto x = Extents(operation.Link(names.x)), w = Extents(operation.Link(names.w)),
             y = Extents(operation.Link(names.y));
  const auto pads = window.Values<int64_t>(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS),
             ends = window.Values<int64_t>(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS),
             strides = window.Values<int64_t>(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES),
             dilations = window.Values<int64_t>(CUDNN_ATTR_CONVOLUTION_DILATIONS);
  ConvolutionSpec spec;
  spec.n = x[0];
  spec.pass = names.pass;
  spec.conv.in = {x[1], x[2], x[3]};
  spec.conv.out = {y[1], y[2], y[3]};
  spec.conv.groups = x[3] / w[3];
  spec.conv.window = {w[1],         w[2],    strides[0], strides[1], dilations[0],
                      dilations[1], pads[0], ends[0],    pads[1],    ends[1]};
  HostLibraries(/*plain=*/false)
      .PlanConvolution(spec)
      ->Run(arrays->Of(operation.Link(names.x)), arrays->Of(operation.Link(names.w)),
            arrays->Of(operation.Link(names.y)), nullptr);
}

void ApplyPointwise(const Descriptor& operation, Arrays* arrays) {
  const Descriptor& from = operation.Link(CUDNN_ATTR_OPERATION_POINTWISE_XDESC);
  const auto mode = operation.Link(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR)
                        .Value<cudnnPointwiseMode_t>(CUDNN_ATTR_POINTWISE_MODE);
  const float* x = arrays->Of(from);
  float* y = arrays->Of(operation.Link(CUDNN_ATTR_OPERATION_POINTWISE_YDESC));
  const int64_t channels = Extents(from)[3];
  const float* b = mode == CUDNN_POINTWISE_ADD
                       ? arrays->Of(operation.Link(CUDNN_ATTR_OPERATION_POINTWISE_BDESC))
                       : nullptr;
  for (int64_t i = 0; i < Arrays::ElemsOf(from); ++i) {
    y[i] = b != nullptr ? x[i] + b[i % channels] : (x[i] <= 0 ? 0 : x[i]);
  }
}

cudnnStatus_t Execute(cudnnHandle_t, cudnnBackendDescriptor_t plan_opaque,
                      cudnnBackendDescriptor_t pack_opaque) {
  const auto& plan = *static_cast<Descriptor*>(plan_opaque);
  const auto& pack = *static_cast<Descriptor*>(pack_opaque);
  const Descriptor& config = plan.Link(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
  engines->ran = config.engine;
  Arrays arrays;
  const auto ids = pack.Values<int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto pointers = pack.Values<float*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  EXPECT_EQ(ids.size(), pointers.size());
  EXPECT_NE(pack.Value<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE), nullptr);
  for (size_t i = 0; i < ids.size(); ++i) arrays.by_id[ids[i]] = pointers[i];
  const Descriptor& graph = config.Link(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
  for (void* opaque : graph.Values<void*>(CUDNN_ATTR_OPERATIONGRAPH_OPS)) {
    const auto& operation = *static_cast<Descriptor*>(opaque);
    if (operation.type == CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR) {
      ApplyPointwise(operation, &arrays);
    } else {
      Convolve(operation, &arrays);
    }
  }
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

Cudnn MakeFakeCudnn(FakeEngines* new_engines, const Cudnn* new_real) {
  engines = new_engines;
  real = new_real;
  Cudnn dnn;
  dnn.BackendCreateDescriptor = Create;
  dnn.BackendDestroyDescriptor = Destroy;
  dnn.BackendExecute = Execute;
  dnn.BackendFinalize = Finalize;
  dnn.BackendGetAttribute = Get;
  dnn.BackendSetAttribute = Set;
  dnn.GetErrorString = [](cudnnStatus_t) { return "refused by the fake"; };
  return dnn;
}

}  // namespace lockstep::cuda
