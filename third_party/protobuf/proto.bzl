"""C++ code of one .proto file, made by Debian's protoc."""

def cc_proto(name, src, deps = [], imports = [], visibility = None):
    """Declares cc_library `name`, whose header is `src` with .proto replaced by .pb.h.

    Args:
      name: the library.
      src: one .proto file of this package.
      deps: cc_proto libraries of the files that `src` imports.
      imports: labels of those files themselves.
      visibility: of the library.
    """
    base = src[:-len(".proto")]
    native.genrule(
        name = name + "_gen",
        srcs = [src] + imports,
        outs = [base + ".pb.h", base + ".pb.cc"],
        cmd = "$(execpath @usr//:bin/protoc) --proto_path=. --cpp_out=$(GENDIR) $(execpath %s)" % src,
        tools = ["@usr//:bin/protoc"],
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name,
        srcs = [base + ".pb.cc"],
        hdrs = [base + ".pb.h"],
        visibility = visibility,
        deps = deps + ["//third_party/protobuf"],
    )
