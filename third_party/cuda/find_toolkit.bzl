"""@cuda: the CUDA toolkit of this machine, or empty targets of the same names where there is none.

Looked for in $CUDA_HOME, beside nvcc on $PATH, and in /usr/local/cuda; LOCKSTEP_CUDA=no builds as if
there were none. cuDNN 9 and NCCL lie in the toolkit or where Debian's and NVIDIA's packages put them.
"""

_SYSTEM_INCLUDES = ["/usr/include", "/usr/include/x86_64-linux-gnu"]

def _toolkit_folder(ctx):
    """The toolkit's folder, or None."""
    environ = ctx.os.environ
    if environ.get("LOCKSTEP_CUDA", "") == "no":
        return None
    if environ.get("CUDA_HOME", ""):
        folder = ctx.path(environ["CUDA_HOME"])
        if not folder.get_child("bin").get_child("nvcc").exists:
            fail("CUDA_HOME is %s, which has no bin/nvcc; unset it, or set LOCKSTEP_CUDA=no" % folder)
        return folder
    nvcc = ctx.which("nvcc")
    folders = ([nvcc.realpath.dirname.dirname] if nvcc else []) + [ctx.path("/usr/local/cuda")]
    for folder in folders:
        if folder.get_child("bin").get_child("nvcc").exists:
            return folder
    return None

def _include_folder(ctx, toolkit, header):
    """The folder that has `header`, or None."""
    for folder in [toolkit.get_child("include")] + [ctx.path(path) for path in _SYSTEM_INCLUDES]:
        if folder.get_child(header).exists:
            return folder
    return None

def _missing(ctx, toolkit):
    """What a toolkit lacks, as a text; "" where it is whole."""
    for file in ["include/cublasLt.h", "lib64/libcudart_static.a"]:
        if not ctx.path(str(toolkit) + "/" + file).exists:
            return file
    cudnn = _include_folder(ctx, toolkit, "cudnn_version.h")
    if cudnn == None:
        return "cudnn.h"
    if "#define CUDNN_MAJOR 9" not in ctx.read(cudnn.get_child("cudnn_version.h")):
        return "cuDNN 9; its cudnn_version.h is of another"
    return ""

def _link_headers(ctx, toolkit):
    """Links cuDNN's and NCCL's headers where they are not the toolkit's. Returns whether NCCL is there."""
    own = toolkit.get_child("include")
    for header in ["cudnn.h", "nccl.h"]:
        folder = _include_folder(ctx, toolkit, header)
        if folder == None or folder == own:
            continue
        for child in folder.readdir():
            if child.basename.startswith(header[:-2]):
                ctx.symlink(child, "packages/" + child.basename)
    return _include_folder(ctx, toolkit, "nccl.h") != None

def _find_toolkit(ctx):
    toolkit = _toolkit_folder(ctx)
    if toolkit != None and _missing(ctx, toolkit):
        print("building without CUDA: %s has no %s" % (toolkit, _missing(ctx, toolkit)))
        toolkit = None
    architectures = ctx.os.environ.get("LOCKSTEP_CUDA_ARCHITECTURES", "") or "80,90,100"
    has_nccl = False
    version = ""
    if toolkit != None:
        ctx.symlink(toolkit.get_child("include"), "include")
        ctx.symlink(toolkit.get_child("lib64"), "lib")
        has_nccl = _link_headers(ctx, toolkit)
        version = ctx.execute([toolkit.get_child("bin").get_child("nvcc"), "--version"]).stdout

    # Every compilation depends on this file, so that another nvcc compiles anew.
    ctx.file("nvcc_version.txt", version)
    ctx.file("toolkit.bzl", "NVCC = %r\nARCHITECTURES = %r\n" % (
        "%s/bin/nvcc" % toolkit if toolkit != None else "",
        architectures.split(","),
    ))
    ctx.template("BUILD", Label("//third_party/cuda:toolkit.BUILD"), {
        "%{found}": str(toolkit != None),
        "%{nccl_found}": str(has_nccl),
    })

find_toolkit = repository_rule(
    implementation = _find_toolkit,
    environ = ["CUDA_HOME", "LOCKSTEP_CUDA", "LOCKSTEP_CUDA_ARCHITECTURES", "PATH"],
    local = True,
)

def _fact(_ctx):
    return []

# A fact about this machine that a config_setting can ask for.
fact = rule(implementation = _fact, build_setting = config.bool())
