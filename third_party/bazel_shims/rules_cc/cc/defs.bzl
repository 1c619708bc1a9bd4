"""The names that Bazel's own BUILD files load from @rules_cc, as the native rules they stand for."""

cc_binary = native.cc_binary
cc_import = native.cc_import
cc_library = native.cc_library
cc_proto_library = native.cc_proto_library
cc_test = native.cc_test
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
fdo_prefetch_hints = native.fdo_prefetch_hints
fdo_profile = native.fdo_profile
objc_library = native.objc_library

def cc_flags_supplier(**_kwargs):
    """Only coverage and make variables of foreign toolchains need it."""

def compiler_flag(**_kwargs):
    """Only toolchains other than the host's need it."""
