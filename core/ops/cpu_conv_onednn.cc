#include "core/ops/cpu_conv_onednn.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.h"
#include "core/ops/cpu_kernels.h"

namespace lockstep {
namespace {

using Dims = dnnl::memory::dims;
using Layout = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
constexpr auto kFloat = dnnl::memory::data_type::f32;
constexpr auto kDirect = dnnl::algorithm::convolution_direct;

void Expect(dnnl_status_t status) {
  LOCKSTEP_CHECK(status == dnnl_success, "oneDNN returned %d", static_cast<int>(status));
}

// dnnl.hpp would build a map for each call.
template <size_t kArguments>
void Execute(const dnnl::primitive& primitive, const dnnl::stream& stream,
             const std::array<dnnl_exec_arg_t, kArguments>& arguments) {
  Expect(dnnl_primitive_execute(primitive.get(), stream.get(), kArguments, arguments.data()));
}

void Point(const dnnl::memory& memory, const float* data) {
  Expect(dnnl_memory_set_data_handle(memory.get(), const_cast<float*>(data)));
}

dnnl::memory Unplaced(const Layout& layout, const dnnl::engine& engine) {
  return dnnl::memory(layout, engine, DNNL_MEMORY_NONE);
}

// In whole cache lines.
int64_t Elems(const Layout& layout) {
  return (static_cast<int64_t>(layout.get_size()) + 63) / 64 * 16;
}

int64_t Taps(const ConvSpec& spec) { return spec.window.height * spec.window.width; }
int64_t TapElems(const ConvSpec& spec) {
  return spec.in.channels / spec.groups * spec.out.channels;
}

// The kernel as oneDNN names its dimensions: outputs, inputs, height, width, per group.
Layout PlainKernel(const ConvSpec& spec, KernelUse use) {
  const int64_t filters = spec.out.channels, channels = spec.in.channels / spec.groups;
  Dims dims = {filters / spec.groups, channels, spec.window.height, spec.window.width};
  Dims strides = {1, filters, spec.window.width * TapElems(spec), TapElems(spec)};
  if (use == KernelUse::kTurned) {
    std::swap(dims[0], dims[1]);
    std::swap(strides[0], strides[1]);
  }
  if (spec.groups > 1) {
    dims.insert(dims.begin(), spec.groups);
    strides.insert(strides.begin(), filters / spec.groups);
  }
  return Layout(dims, kFloat, strides);
}

// What the descriptors of a part's passes have in common.
struct Descriptors {
  Descriptors(const ConvSpec& spec, const ConvPart& part)
      : in({part.images, spec.in.channels, part.in_rows, spec.in.width}, kFloat, Tag::nhwc),
        out({part.images, spec.out.channels, part.out_rows, spec.out.width}, kFloat, Tag::nhwc),
        bias({spec.out.channels}, kFloat, Tag::x),
        strides{spec.window.stride_height, spec.window.stride_width},
        dilation{spec.window.dilation_height - 1, spec.window.dilation_width - 1},
        pad_before{part.pad_top, spec.window.pad_left},
        pad_after{part.pad_bottom, spec.window.pad_right} {
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  }

  dnnl::convolution_forward::primitive_desc Forward(const Layout& kernel,
                                                    const dnnl::engine& engine) const {
    return {{dnnl::prop_kind::forward_training, kDirect, in, kernel, bias, out, strides, dilation,
             pad_before, pad_after},
            attributes,
            engine};
  }

  Layout in, out, bias;
  Dims strides, dilation, pad_before, pad_after;
  dnnl::primitive_attr attributes;
};

ConvPrimitive* Find(const std::vector<std::unique_ptr<ConvPrimitive>>& primitives,
                    const ConvPart& part) {
  for (const auto& primitive : primitives) {
    if (primitive->part.HasSizesOf(part)) return primitive.get();
  }
  return nullptr;
}

// A primitive for a part, `reserved` elements of the workspace lying before its scratchpad.
template <typename Pass, typename Description>
std::unique_ptr<ConvPrimitive> Make(const ConvPart& part, const Descriptors& d,
                                    const Description& chosen, const Layout& kernel,
                                    CpuWorkspace* workspace, int64_t reserved) {
  const dnnl::engine engine = chosen.get_engine();
  auto made = std::make_unique<ConvPrimitive>();
  made->part = part;
  made->primitive = Pass(chosen);
  made->in = Unplaced(d.in, engine);
  made->out = Unplaced(d.out, engine);
  made->kernel = Unplaced(kernel, engine);
  made->scratch = Unplaced(chosen.scratchpad_desc(), engine);
  workspace->Reserve(reserved + Elems(chosen.scratchpad_desc()));
  return made;
}

}  // namespace

// The kernel in a layout that oneDNN chose.
struct ConvKernel::Packed {
  dnnl::memory memory;
  dnnl::reorder reorder;
  Buffer<float> data;
  bool is_fresh = false;
};

ConvKernel::ConvKernel(const ConvSpec& spec, KernelUse use, CpuWorkspace* workspace)
    : spec_(spec),
      is_reversed_(use == KernelUse::kTurned && Taps(spec) > 1),
      workspace_(workspace),
      engine_(dnnl::engine::kind::cpu, 0),
      stream_(engine_),
      plain_(Unplaced(PlainKernel(spec, use), engine_)) {}

ConvKernel::ConvKernel(ConvKernel&&) = default;
ConvKernel::~ConvKernel() = default;

void ConvKernel::Forget() {
  for (const auto& packed : packed_) packed->is_fresh = false;
}

Layout ConvKernel::any() const { return Layout(plain_.get_desc().dims(), kFloat, Tag::any); }

ConvKernel::Packed* ConvKernel::Find(const Layout& layout) {
  for (const auto& packed : packed_) {
    if (packed->memory.get_desc() == layout) return packed.get();
  }
  return nullptr;
}

void ConvKernel::Prepare(const Layout& layout) {
  const bool lies_so = layout == plain_.get_desc() && !is_reversed_;
  if (lies_so || Find(layout) != nullptr) return;
  auto packed = std::make_unique<Packed>();
  packed->data = Buffer<float>(static_cast<size_t>(Elems(layout)));
  packed->memory = dnnl::memory(layout, engine_, packed->data.data());
  packed->reorder = dnnl::reorder(plain_, packed->memory);
  workspace_->AddOwned(Elems(layout) * static_cast<int64_t>(sizeof(float)));
  if (is_reversed_) workspace_->Reserve(Taps(spec_) * TapElems(spec_));
  packed_.push_back(std::move(packed));
}

dnnl_memory_t ConvKernel::In(const Layout& layout, const float* w) {
  Packed* packed = Find(layout);
  if (packed == nullptr) {
    Point(plain_, w);
    return plain_.get();
  }
  if (packed->is_fresh) return packed->memory.get();
  if (is_reversed_) {
    const int64_t taps = Taps(spec_), elems = TapElems(spec_);
    for (int64_t tap = 0; tap < taps; ++tap) {
      std::copy_n(w + tap * elems, elems, workspace_->data() + (taps - 1 - tap) * elems);
    }
    w = workspace_->data();
  }
  Point(plain_, w);
  Execute<2>(packed->reorder, stream_,
             {{{DNNL_ARG_FROM, plain_.get()}, {DNNL_ARG_TO, packed->memory.get()}}});
  packed->is_fresh = true;
  return packed->memory.get();
}

ConvForward::ConvForward(const ConvSpec& spec, CpuWorkspace* workspace)
    : ConvForward(spec, ConvKernel(spec, KernelUse::kAsItIs, workspace), 0) {}

ConvForward::ConvForward(const ConvSpec& spec, ConvKernel kernel, int64_t reserved_elems)
    : spec_(spec),
      kernel_(std::move(kernel)),
      reserved_elems_(reserved_elems),
      bias_(Unplaced({{spec_.out.channels}, kFloat, Tag::x}, kernel_.engine())),
      no_bias_(static_cast<size_t>(spec_.out.channels)) {}

ConvPrimitive& ConvForward::For(const ConvPart& part) {
  if (ConvPrimitive* found = Find(primitives_, part)) return *found;
  const Descriptors d(spec_, part);
  const auto chosen = d.Forward(kernel_.any(), kernel_.engine());
  kernel_.Prepare(chosen.weights_desc());
  primitives_.push_back(Make<dnnl::convolution_forward>(part, d, chosen, chosen.weights_desc(),
                                                        kernel_.workspace(), reserved_elems_));
  return *primitives_.back();
}

void ConvForward::Run(const ConvPart& part, const float* x, const float* w, const float* b,
                      float* y) {
  const ConvPrimitive& p = For(part);
  const dnnl_memory_t kernel = kernel_.In(p.kernel.get_desc(), w);
  Point(p.in, x + InputOffset(spec_, part));
  Point(p.out, y + OutputOffset(spec_, part));
  Point(bias_, b != nullptr ? b : no_bias_.data());
  Point(p.scratch, kernel_.workspace()->data() + reserved_elems_);
  Execute<5>(p.primitive, kernel_.stream(),
             {{{DNNL_ARG_SRC, p.in.get()},
               {DNNL_ARG_WEIGHTS, kernel},
               {DNNL_ARG_BIAS, bias_.get()},
               {DNNL_ARG_DST, p.out.get()},
               {DNNL_ARG_SCRATCHPAD, p.scratch.get()}}});
}

namespace {

bool CanBeTurned(const WindowSpec& w) {
  const int64_t down = (w.height - 1) * w.dilation_height;
  const int64_t across = (w.width - 1) * w.dilation_width;
  return w.stride_height == 1 && w.stride_width == 1 && w.pad_top <= down && w.pad_bottom <= down &&
         w.pad_left <= across && w.pad_right <= across;
}

// The convolution that makes dx of dy: see KernelUse::kTurned. Its padding makes up for what the
// windows of the first one lack.
ConvSpec Turned(const ConvSpec& spec) {
  ConvSpec turned = spec;
  std::swap(turned.in, turned.out);
  WindowSpec& w = turned.window;
  const int64_t down = (w.height - 1) * w.dilation_height;
  const int64_t across = (w.width - 1) * w.dilation_width;
  w.pad_top = down - w.pad_top;
  w.pad_bottom = down - w.pad_bottom;
  w.pad_left = across - w.pad_left;
  w.pad_right = across - w.pad_right;
  return turned;
}

class TurnedConv final : public ConvInputGradient {
 public:
  TurnedConv(const ConvSpec& spec, int64_t reserved_elems, CpuWorkspace* workspace)
      : spec_(Turned(spec)),
        conv_(spec_, ConvKernel(spec, KernelUse::kTurned, workspace), reserved_elems) {}

  const ConvSpec& spec() const override { return spec_; }
  bool takes_bands() const override { return true; }
  void Forget() override { conv_.Forget(); }
  void Prepare(const ConvPart& part) override { conv_.Prepare(part); }
  void Run(const ConvPart& part, const float* dy, const float* w, float* dx) override {
    conv_.Run(part, dy, w, nullptr, dx);
  }

 private:
  const ConvSpec spec_;
  ConvForward conv_;
};

class StridedInputGradient final : public ConvInputGradient {
 public:
  StridedInputGradient(const ConvSpec& spec, CpuWorkspace* workspace)
      : spec_(spec), kernel_(spec, KernelUse::kAsItIs, workspace) {}

  const ConvSpec& spec() const override { return spec_; }
  bool takes_bands() const override { return false; }
  void Forget() override { kernel_.Forget(); }
  void Prepare(const ConvPart& part) override { For(part); }

  void Run(const ConvPart& part, const float* dy, const float* w, float* dx) override {
    const ConvPrimitive& p = For(part);
    const dnnl_memory_t kernel = kernel_.In(p.kernel.get_desc(), w);
    Point(p.in, dx + InputOffset(spec_, part));
    Point(p.out, dy + OutputOffset(spec_, part));
    Point(p.scratch, kernel_.workspace()->data());
    Execute<4>(p.primitive, kernel_.stream(),
               {{{DNNL_ARG_DIFF_DST, p.out.get()},
                 {DNNL_ARG_WEIGHTS, kernel},
                 {DNNL_ARG_DIFF_SRC, p.in.get()},
                 {DNNL_ARG_SCRATCHPAD, p.scratch.get()}}});
  }

 private:
  ConvPrimitive& For(const ConvPart& part) {
    if (ConvPrimitive* found = Find(primitives_, part)) return *found;
    const Descriptors d(spec_, part);
    const dnnl::convolution_backward_data::primitive_desc chosen(
        {kDirect, d.in, kernel_.any(), d.out, d.strides, d.dilation, d.pad_before, d.pad_after},
        d.attributes, kernel_.engine(), d.Forward(kernel_.any(), kernel_.engine()));
    kernel_.Prepare(chosen.weights_desc());
    primitives_.push_back(Make<dnnl::convolution_backward_data>(
        part, d, chosen, chosen.weights_desc(), kernel_.workspace(), 0));
    return *primitives_.back();
  }

  const ConvSpec spec_;
  ConvKernel kernel_;
  std::vector<std::unique_ptr<ConvPrimitive>> primitives_;
};

}  // namespace

std::unique_ptr<ConvInputGradient> MakeInputGradient(const ConvSpec& spec, int64_t reserved_elems,
                                                     CpuWorkspace* workspace) {
  if (CanBeTurned(spec.window)) {
    return std::make_unique<TurnedConv>(spec, reserved_elems, workspace);
  }
  return std::make_unique<StridedInputGradient>(spec, workspace);
}

ConvKernelGradient::ConvKernelGradient(const ConvSpec& spec, CpuWorkspace* workspace)
    : spec_(spec), kernel_(spec, KernelUse::kAsItIs, workspace) {}

// The workspace: the sum, a part's share of it, the scratchpad.
ConvPrimitive& ConvKernelGradient::For(const ConvPart& part) {
  if (ConvPrimitive* found = Find(primitives_, part)) return *found;
  const Descriptors d(spec_, part);
  const Layout kernel = sum_elems_ == 0 ? kernel_.any() : sum_.get_desc();
  const dnnl::convolution_backward_weights::primitive_desc chosen(
      {kDirect, d.in, kernel, d.out, d.strides, d.dilation, d.pad_before, d.pad_after},
      d.attributes, kernel_.engine(), d.Forward(kernel_.any(), kernel_.engine()));
  if (sum_elems_ == 0) {
    sum_ = Unplaced(chosen.diff_weights_desc(), kernel_.engine());
    sum_elems_ = Elems(chosen.diff_weights_desc());
    unpack_ = dnnl::reorder(sum_, kernel_.plain());
  }
  primitives_.push_back(Make<dnnl::convolution_backward_weights>(
      part, d, chosen, chosen.diff_weights_desc(), kernel_.workspace(), 2 * sum_elems_));
  return *primitives_.back();
}

void ConvKernelGradient::Add(const ConvPart& part, const float* x, const float* dy, bool is_first) {
  const ConvPrimitive& p = For(part);
  float* const sum = kernel_.workspace()->data();
  float* const share = is_first ? sum : sum + sum_elems_;
  Point(p.in, x + InputOffset(spec_, part));
  Point(p.out, dy + OutputOffset(spec_, part));
  Point(p.kernel, share);
  Point(p.scratch, sum + 2 * sum_elems_);
  Execute<4>(p.primitive, kernel_.stream(),
             {{{DNNL_ARG_SRC, p.in.get()},
               {DNNL_ARG_DIFF_DST, p.out.get()},
               {DNNL_ARG_DIFF_WEIGHTS, p.kernel.get()},
               {DNNL_ARG_SCRATCHPAD, p.scratch.get()}}});
  if (!is_first) kernels::Add(share, sum, sum_elems_);
}

void ConvKernelGradient::Finish(float* dw) {
  Point(sum_, kernel_.workspace()->data());
  Point(kernel_.plain(), dw);
  Execute<2>(unpack_, kernel_.stream(),
             {{{DNNL_ARG_FROM, sum_.get()}, {DNNL_ARG_TO, kernel_.plain().get()}}});
}

}  // namespace lockstep
