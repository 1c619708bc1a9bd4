// A part of a convolution's pass as oneDNN prepared it, and how one is made and called. Nothing is
// chosen by timing: a primitive depends on sizes alone.
#ifndef LOCKSTEP_CORE_OPS_CPU_CONV_PRIMITIVE_H_
#define LOCKSTEP_CORE_OPS_CPU_CONV_PRIMITIVE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "core/ops/cpu_conv_parts.h"
#include "core/ops/cpu_workspace.h"
#include "core/ops/specs.h"

namespace lockstep {

using ConvLayout = dnnl::memory::desc;
inline constexpr auto kFloat = dnnl::memory::data_type::f32;
inline constexpr auto kDirect = dnnl::algorithm::convolution_direct;

// Ends the program unless the call was right: sizes were checked before.
void Expect(dnnl_status_t status);

// dnnl.hpp would build a map for each call.
template <size_t kArguments>
void Execute(const dnnl::primitive& primitive, const dnnl::stream& stream,
             const std::array<dnnl_exec_arg_t, kArguments>& arguments) {
  Expect(dnnl_primitive_execute(primitive.get(), stream.get(), kArguments, arguments.data()));
}

void Reorder(const dnnl::reorder& reorder, const dnnl::stream& stream, dnnl_memory_t from,
             dnnl_memory_t to);

void Point(const dnnl::memory& memory, const float* data);
dnnl::memory Unplaced(const ConvLayout& layout, const dnnl::engine& engine);
// In whole cache lines.
int64_t Elems(const ConvLayout& layout);

// What the descriptors of a part's passes have in common.
struct ConvDescriptors {
  ConvDescriptors(const ConvSpec& spec, const ConvPart& part);
  dnnl::convolution_forward::primitive_desc Forward(const ConvLayout& kernel,
                                                    const dnnl::engine& engine) const;
  // oneDNN chooses how the pictures lie.
  void LeaveLayoutsOpen();

  ConvLayout in, out, bias;
  dnnl::memory::dims strides, dilation, pad_before, pad_after;
  dnnl::primitive_attr attributes;
};

// With memory objects that a call points at its arrays.
struct ConvPrimitive {
  ConvPart part;
  dnnl::primitive primitive;
  dnnl::memory in, out, kernel, scratch;
};

using ConvPrimitives = std::vector<std::unique_ptr<ConvPrimitive>>;

// The one that was made for parts of these sizes, or nullptr.
template <typename Made>
Made* FindPrimitive(const std::vector<std::unique_ptr<Made>>& made, const ConvPart& part) {
  for (const auto& one : made) {
    if (one->part.HasSizesOf(part)) return one.get();
  }
  return nullptr;
}

// A primitive for a part, `reserved` elements of the workspace lying before its scratchpad.
template <typename Pass, typename Description>
std::unique_ptr<ConvPrimitive> MakePrimitive(const ConvPart& part, const ConvDescriptors& d,
                                             const Description& chosen, const ConvLayout& kernel,
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

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_CONV_PRIMITIVE_H_
