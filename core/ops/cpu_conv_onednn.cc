// Pictures stay [n, H, W, C] as everywhere in lockstep; oneDNN chooses the kernel's layout. Nothing
// here is chosen by timing, and a primitive depends on the convolution's sizes and n alone.
#include "core/ops/cpu_conv_onednn.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/device/tensor.h"

namespace lockstep {
namespace {

using Dims = dnnl::memory::dims;
using Layout = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
constexpr auto kFloat = dnnl::memory::data_type::f32;

// dnnl.hpp would build a map for each call.
template <size_t kArguments>
void Execute(const dnnl::primitive& primitive, const dnnl::stream& stream,
             const std::array<dnnl_exec_arg_t, kArguments>& arguments) {
  const dnnl_status_t status =
      dnnl_primitive_execute(primitive.get(), stream.get(), kArguments, arguments.data());
  LOCKSTEP_CHECK(status == dnnl_success, "oneDNN returned %d", static_cast<int>(status));
}

void Point(const dnnl::memory& memory, const float* data) {
  const dnnl_status_t status =
      dnnl_memory_set_data_handle(memory.get(), const_cast<float*>(data));
  LOCKSTEP_CHECK(status == dnnl_success, "oneDNN returned %d", static_cast<int>(status));
}

// The kernel [height, width, C/groups, filters] as oneDNN names its dimensions.
Layout PlainKernel(const ConvSpec& spec) {
  const int64_t filters = spec.out.channels, channels = spec.in.channels / spec.groups;
  Dims dims = {filters / spec.groups, channels, spec.window.height, spec.window.width};
  Dims strides = {1, filters, spec.window.width * channels * filters, channels * filters};
  if (spec.groups > 1) {
    dims.insert(dims.begin(), spec.groups);
    strides.insert(strides.begin(), filters / spec.groups);
  }
  return Layout(dims, kFloat, strides);
}

// What the descriptors of the three passes have in common.
struct Descriptors {
  Descriptors(const ConvSpec& spec, int64_t rows)
      : in({rows, spec.in.channels, spec.in.height, spec.in.width}, kFloat, Tag::nhwc),
        out({rows, spec.out.channels, spec.out.height, spec.out.width}, kFloat, Tag::nhwc),
        kernel(PlainKernel(spec).dims(), kFloat, Tag::any),
        bias({spec.out.channels}, kFloat, Tag::x),
        strides{spec.window.stride_height, spec.window.stride_width},
        dilation{spec.window.dilation_height - 1, spec.window.dilation_width - 1},
        pad_before{spec.window.pad_top, spec.window.pad_left},
        pad_after{spec.window.pad_bottom, spec.window.pad_right} {
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  }

  Layout in, out, kernel, bias;
  Dims strides, dilation, pad_before, pad_after;
  dnnl::primitive_attr attributes;
};

constexpr auto kDirect = dnnl::algorithm::convolution_direct;

int64_t Elems(const Layout& layout) {
  return (static_cast<int64_t>(layout.get_size()) + 63) / 64 * 16;
}

dnnl::memory Unplaced(const Layout& layout, const dnnl::engine& engine) {
  return dnnl::memory(layout, engine, DNNL_MEMORY_NONE);
}

}  // namespace

// A copy of the kernel in a layout that oneDNN chose.
struct ConvOneDnn::PackedKernel {
  dnnl::memory memory;
  dnnl::reorder reorder;
  Buffer<float> data;
  PackedFrom from = PackedFrom::kNothing;
};

// One pass as oneDNN prepared it, with the memory objects that its calls point at the arrays.
// `kernel` is nullptr where the pass takes the kernel as it lies.
struct ConvOneDnn::Pass {
  dnnl::primitive primitive;
  dnnl::memory in, out, scratch;
  PackedKernel* kernel = nullptr;
};

struct ConvOneDnn::Passes {
  int64_t rows = 0;
  Pass forward, input_gradient, kernel_gradient;
  dnnl::memory gradient;   // of the kernel, as the pass leaves it
  dnnl::reorder unpack;    // empty where that is as the kernel lies
};

ConvOneDnn::ConvOneDnn(const ConvSpec& spec, CpuWorkspace* workspace)
    : spec_(spec),
      workspace_(workspace),
      engine_(dnnl::engine::kind::cpu, 0),
      stream_(engine_),
      plain_(Unplaced(PlainKernel(spec), engine_)),
      bias_(Unplaced({{spec.out.channels}, kFloat, Tag::x}, engine_)),
      no_bias_(static_cast<size_t>(spec.out.channels)) {
  For(std::max<int64_t>(spec.max_rows, 1));
}

ConvOneDnn::~ConvOneDnn() = default;

void ConvOneDnn::Forget() {
  for (const auto& packed : packed_) packed->from = PackedFrom::kNothing;
}

ConvOneDnn::PackedKernel* ConvOneDnn::PackedAs(const dnnl::memory::desc& layout) {
  if (layout == plain_.get_desc()) return nullptr;
  for (const auto& packed : packed_) {
    if (packed->memory.get_desc() == layout) return packed.get();
  }
  auto packed = std::make_unique<PackedKernel>();
  packed->data = Buffer<float>(static_cast<size_t>(Elems(layout)));
  packed->memory = dnnl::memory(layout, engine_, packed->data.data());
  packed->reorder = dnnl::reorder(plain_, packed->memory);
  workspace_->AddOwned(Elems(layout) * static_cast<int64_t>(sizeof(float)));
  packed_.push_back(std::move(packed));
  return packed_.back().get();
}

ConvOneDnn::Passes& ConvOneDnn::For(int64_t rows) {
  for (const auto& passes : passes_) {
    if (passes->rows == rows) return *passes;
  }
  const Descriptors d(spec_, rows);
  auto made = std::make_unique<Passes>();
  made->rows = rows;
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, kDirect, d.in, d.kernel, d.bias, d.out, d.strides,
       d.dilation, d.pad_before, d.pad_after},
      d.attributes, engine_);
  const dnnl::convolution_backward_data::primitive_desc to_input(
      {kDirect, d.in, d.kernel, d.out, d.strides, d.dilation, d.pad_before, d.pad_after},
      d.attributes, engine_, forward);
  const dnnl::convolution_backward_weights::primitive_desc to_kernel(
      {kDirect, d.in, d.kernel, d.out, d.strides, d.dilation, d.pad_before, d.pad_after},
      d.attributes, engine_, forward);
  made->forward = {dnnl::convolution_forward(forward), Unplaced(d.in, engine_),
                   Unplaced(d.out, engine_), Unplaced(forward.scratchpad_desc(), engine_),
                   PackedAs(forward.weights_desc())};
  made->input_gradient = {dnnl::convolution_backward_data(to_input), Unplaced(d.out, engine_),
                          Unplaced(d.in, engine_), Unplaced(to_input.scratchpad_desc(), engine_),
                          PackedAs(to_input.weights_desc())};
  made->kernel_gradient = {dnnl::convolution_backward_weights(to_kernel),
                           Unplaced(d.in, engine_), Unplaced(d.out, engine_),
                           Unplaced(to_kernel.scratchpad_desc(), engine_), nullptr};
  made->gradient = Unplaced(to_kernel.diff_weights_desc(), engine_);
  int64_t gradient_elems = 0;
  if (to_kernel.diff_weights_desc() != plain_.get_desc()) {
    made->unpack = dnnl::reorder(made->gradient, plain_);
    gradient_elems = Elems(to_kernel.diff_weights_desc());
  }
  workspace_->Reserve(std::max({Elems(forward.scratchpad_desc()),
                                Elems(to_input.scratchpad_desc()),
                                gradient_elems + Elems(to_kernel.scratchpad_desc())}));
  passes_.push_back(std::move(made));
  return *passes_.back();
}

dnnl_memory_t ConvOneDnn::Kernel(const float* w, PackedKernel* packed, PackedFrom from) {
  Point(plain_, w);
  if (packed == nullptr) return plain_.get();
  if (packed->from != from) {
    Execute<2>(packed->reorder, stream_,
               {{{DNNL_ARG_FROM, plain_.get()}, {DNNL_ARG_TO, packed->memory.get()}}});
    packed->from = from;
  }
  return packed->memory.get();
}

void ConvOneDnn::Forward(Matrix x, const float* w, const float* b, Matrix y, PackedFrom from) {
  const Pass& pass = For(x.rows).forward;
  Point(pass.in, x.data);
  Point(pass.out, y.data);
  Point(bias_, b != nullptr ? b : no_bias_.data());
  Point(pass.scratch, workspace_->data());
  Execute<5>(pass.primitive, stream_,
             {{{DNNL_ARG_SRC, pass.in.get()},
               {DNNL_ARG_WEIGHTS, Kernel(w, pass.kernel, from)},
               {DNNL_ARG_BIAS, bias_.get()},
               {DNNL_ARG_DST, pass.out.get()},
               {DNNL_ARG_SCRATCHPAD, pass.scratch.get()}}});
}

void ConvOneDnn::InputGradient(Matrix dy, const float* w, float* dx) {
  const Pass& pass = For(dy.rows).input_gradient;
  Point(pass.in, dy.data);
  Point(pass.out, dx);
  Point(pass.scratch, workspace_->data());
  Execute<4>(pass.primitive, stream_,
             {{{DNNL_ARG_DIFF_DST, pass.in.get()},
               {DNNL_ARG_WEIGHTS, Kernel(w, pass.kernel, PackedFrom::kKernel)},
               {DNNL_ARG_DIFF_SRC, pass.out.get()},
               {DNNL_ARG_SCRATCHPAD, pass.scratch.get()}}});
}

void ConvOneDnn::KernelGradient(Matrix x, Matrix dy, float* dw) {
  const Passes& passes = For(x.rows);
  const Pass& pass = passes.kernel_gradient;
  const bool is_packed = static_cast<bool>(passes.unpack);
  float* const scratch = workspace_->data();
  const int64_t gradient_elems = is_packed ? Elems(passes.gradient.get_desc()) : 0;
  Point(pass.in, x.data);
  Point(pass.out, dy.data);
  Point(passes.gradient, is_packed ? scratch : dw);
  Point(pass.scratch, scratch + gradient_elems);
  Execute<4>(pass.primitive, stream_,
             {{{DNNL_ARG_SRC, pass.in.get()},
               {DNNL_ARG_DIFF_DST, pass.out.get()},
               {DNNL_ARG_DIFF_WEIGHTS, passes.gradient.get()},
               {DNNL_ARG_SCRATCHPAD, pass.scratch.get()}}});
  if (!is_packed) return;
  Point(plain_, dw);
  Execute<2>(passes.unpack, stream_,
             {{{DNNL_ARG_FROM, passes.gradient.get()}, {DNNL_ARG_TO, plain_.get()}}});
}

}  // namespace lockstep
