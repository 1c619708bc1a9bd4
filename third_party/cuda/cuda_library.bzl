"""cuda_library: .cu files compiled by nvcc, linked as a cc_library is."""

load("@cuda//:toolkit.bzl", "ARCHITECTURES", "NVCC")

# Machine code for each architecture, and PTX of the newest, which the driver compiles for later GPUs.
_TARGETS = [
    "-gencode=arch=compute_%s,code=sm_%s" % (architecture, architecture)
    for architecture in ARCHITECTURES
] + ["-gencode=arch=compute_%s,code=compute_%s" % (ARCHITECTURES[-1], ARCHITECTURES[-1])]

# --expt-relaxed-constexpr: kernels may use what the standard library declares constexpr, std::array among it.
_FLAGS = [
    "-c",
    "-O3",
    "-std=c++20",
    "--expt-relaxed-constexpr",
    "-Werror=all-warnings",
    "-Xcompiler=-Wall,-Werror,-fPIC,-ffp-contract=off",
]

def _compile(ctx, source, context):
    """Declares the action that compiles `source`; returns the object file."""
    object = ctx.actions.declare_file("_objs/%s/%s.o" % (ctx.label.name, source.basename))
    ctx.actions.run(
        executable = NVCC,
        arguments = _FLAGS + _TARGETS + ["-I.", source.path, "-o", object.path],
        inputs = depset([source, ctx.file._version] + ctx.files.hdrs, transitive = [context.headers]),
        outputs = [object],
        mnemonic = "CudaCompile",
        progress_message = "Compiling %s" % source.short_path,
        use_default_shell_env = True,
    )
    return object

def _cuda_library(ctx):
    dependency = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps])
    if not NVCC:
        return [dependency]
    toolchain = ctx.attr._toolchain[cc_common.CcToolchainInfo]
    features = cc_common.configure_features(ctx = ctx, cc_toolchain = toolchain)
    objects = depset([_compile(ctx, source, dependency.compilation_context) for source in ctx.files.srcs])
    linking, _ = cc_common.create_linking_context_from_compilation_outputs(
        actions = ctx.actions,
        name = ctx.label.name,
        feature_configuration = features,
        cc_toolchain = toolchain,
        compilation_outputs = cc_common.create_compilation_outputs(objects = objects, pic_objects = objects),
        disallow_dynamic_library = True,
    )
    own = CcInfo(
        compilation_context = cc_common.create_compilation_context(headers = depset(ctx.files.hdrs)),
        linking_context = linking,
    )
    return [
        DefaultInfo(files = objects),
        cc_common.merge_cc_infos(direct_cc_infos = [own], cc_infos = [dependency]),
    ]

cuda_library = rule(
    implementation = _cuda_library,
    doc = "Without a toolkit this is an empty library, so that the same tree builds.",
    attrs = {
        "srcs": attr.label_list(allow_files = [".cu"]),
        "hdrs": attr.label_list(allow_files = [".h"]),
        "deps": attr.label_list(providers = [CcInfo]),
        "_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_version": attr.label(default = "@cuda//:nvcc_version.txt", allow_single_file = True),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
