#include "core/ops/cpu_conv_onednn.h"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

using Dims = dnnl::memory::dims;

int64_t Taps(const ConvSpec& spec) { return spec.window.height * spec.window.width; }
int64_t TapElems(const ConvSpec& spec) {
  return spec.in.channels / spec.groups * spec.out.channels;
}

// The kernel as oneDNN names its dimensions: outputs, inputs, height, width, per group.
ConvLayout PlainKernel(const ConvSpec& spec, KernelUse use) {
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
  return ConvLayout(dims, kFloat, strides);
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

ConvLayout ConvKernel::any() const {
  return ConvLayout(plain_.get_desc().dims(), kFloat, dnnl::memory::format_tag::any);
}

ConvKernel::Packed* ConvKernel::Find(const ConvLayout& layout) {
  for (const auto& packed : packed_) {
    if (packed->memory.get_desc() == layout) return packed.get();
  }
  return nullptr;
}

void ConvKernel::Prepare(const ConvLayout& layout) {
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

dnnl_memory_t ConvKernel::In(const ConvLayout& layout, const float* w) {
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
  Reorder(packed->reorder, stream_, plain_.get(), packed->memory.get());
  packed->is_fresh = true;
  return packed->memory.get();
}

ConvForward::ConvForward(const ConvSpec& spec, CpuWorkspace* workspace)
    : ConvForward(spec, ConvKernel(spec, KernelUse::kAsItIs, workspace), 0) {}

ConvForward::ConvForward(const ConvSpec& spec, ConvKernel kernel, int64_t reserved_elems)
    : spec_(spec),
      kernel_(std::move(kernel)),
      reserved_elems_(reserved_elems),
      bias_(
          Unplaced({{spec_.out.channels}, kFloat, dnnl::memory::format_tag::x}, kernel_.engine())),
      no_bias_(static_cast<size_t>(spec_.out.channels)) {}

ConvPrimitive& ConvForward::For(const ConvPart& part) {
  if (ConvPrimitive* found = FindPrimitive(primitives_, part)) return *found;
  const ConvDescriptors d(spec_, part);
  const auto chosen = d.Forward(kernel_.any(), kernel_.engine());
  kernel_.Prepare(chosen.weights_desc());
  primitives_.push_back(MakePrimitive<dnnl::convolution_forward>(
      part, d, chosen, chosen.weights_desc(), kernel_.workspace(), reserved_elems_));
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

}  // namespace lockstep
