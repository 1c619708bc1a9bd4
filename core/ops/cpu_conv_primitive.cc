#include "core/ops/cpu_conv_primitive.h"

#include "core/base/check.h"

namespace lockstep {
namespace {

using Tag = dnnl::memory::format_tag;

}  // namespace

void Expect(dnnl_status_t status) {
  LOCKSTEP_CHECK(status == dnnl_success, "oneDNN returned %d", static_cast<int>(status));
}

void Reorder(const dnnl::reorder& reorder, const dnnl::stream& stream, dnnl_memory_t from,
             dnnl_memory_t to) {
  Execute<2>(reorder, stream, {{{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}});
}

void Point(const dnnl::memory& memory, const float* data) {
  Expect(dnnl_memory_set_data_handle(memory.get(), const_cast<float*>(data)));
}

dnnl::memory Unplaced(const ConvLayout& layout, const dnnl::engine& engine) {
  return dnnl::memory(layout, engine, DNNL_MEMORY_NONE);
}

int64_t Elems(const ConvLayout& layout) {
  return (static_cast<int64_t>(layout.get_size()) + 63) / 64 * 16;
}

ConvDescriptors::ConvDescriptors(const ConvSpec& spec, const ConvPart& part)
    : in({part.images, spec.in.channels, part.in_rows, spec.in.width}, kFloat, Tag::nhwc),
      out({part.images, spec.out.channels, part.out_rows, spec.out.width}, kFloat, Tag::nhwc),
      bias({spec.out.channels}, kFloat, Tag::x),
      strides{spec.window.stride_height, spec.window.stride_width},
      dilation{spec.window.dilation_height - 1, spec.window.dilation_width - 1},
      pad_before{part.pad_top, spec.window.pad_left},
      pad_after{part.pad_bottom, spec.window.pad_right} {
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
}

dnnl::convolution_forward::primitive_desc ConvDescriptors::Forward(
    const ConvLayout& kernel, const dnnl::engine& engine) const {
  return {{dnnl::prop_kind::forward_training, kDirect, in, kernel, bias, out, strides, dilation,
           pad_before, pad_after},
          attributes,
          engine};
}

void ConvDescriptors::LeaveLayoutsOpen() {
  in = ConvLayout(in.dims(), kFloat, Tag::any);
  out = ConvLayout(out.dims(), kFloat, Tag::any);
}

}  // namespace lockstep
