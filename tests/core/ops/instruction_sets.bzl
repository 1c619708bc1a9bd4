"""The CPU's ops compiled for one instruction set.

In the product the loader picks between three, so a machine tests one of them alone. A copy of the
sources whose kernels have one target instead of several is a library of its own here, and a test
that links it in place of //core/ops:cpu_ops tests that instruction set.
"""

_SOURCES = [
    "cpu_batch_norm.cc",
    "cpu_batch_norm_kernels.cc",
    "cpu_conv.cc",
    "cpu_conv_gradients.cc",
    "cpu_conv_kernels.cc",
    "cpu_conv_onednn.cc",
    "cpu_conv_parts.cc",
    "cpu_conv_primitive.cc",
    "cpu_dense_kernels.cc",
    "cpu_element_kernels.cc",
    "cpu_loss_kernels.cc",
    "cpu_lrn_kernels.cc",
    "cpu_ops.cc",
    "cpu_pool.cc",
    "cpu_pool_kernels.cc",
    "cpu_sparse_kernels.cc",
    "cpu_update_kernels.cc",
]
_HEADERS = [
    "cpu_activation.h",
    "cpu_batch_norm.h",
    "cpu_conv.h",
    "cpu_conv_gradients.h",
    "cpu_conv_onednn.h",
    "cpu_conv_parts.h",
    "cpu_conv_primitive.h",
    "cpu_image_kernels.h",
    "cpu_kernels.h",
    "cpu_pool.h",
    "cpu_vector.h",
    "cpu_workspace.h",
]

def cpu_ops_for(name, arch):
    """Declares cpu_ops_NAME. `arch` is GCC's name of the instruction set."""
    better = {
        "x86-64-v3": ["x86-64-v4"],
        "x86-64": ["x86-64-v4", "x86-64-v3"],
    }[arch]
    edits = [
        "s,core/ops/\\(cpu_[a-z_]*\\)[.]h,tests/core/ops/%s/\\1.h," % name,
        "s,target_clones([^)]*),target(\"arch=%s\")," % arch,
    ] + ["s,__builtin_cpu_supports(\"%s\"),false," % other for other in better]
    native.genrule(
        name = "cpu_ops_%s_sources" % name,
        srcs = ["//core/ops:" + file for file in _SOURCES + _HEADERS],
        outs = ["%s/%s" % (name, file) for file in _SOURCES + _HEADERS],
        cmd = "for file in $(SRCS); do sed %s $$file >$(RULEDIR)/%s/$$(basename $$file); done" %
              (" ".join(["-e '%s'" % edit for edit in edits]), name),
    )
    native.cc_library(
        name = "cpu_ops_" + name,
        testonly = True,
        srcs = ["%s/%s" % (name, file) for file in _SOURCES + _HEADERS],
        linkopts = ["-lgomp"],
        linkstatic = True,
        deps = [
            "//core/base:check",
            "//core/device:buffer",
            "//core/device:tensor",
            "//core/ops",
            "//core/ops:element",
            "//core/ops:specs",
            "//third_party/onednn",
        ],
    )
