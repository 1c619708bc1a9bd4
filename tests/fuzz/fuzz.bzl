"""Fuzz targets for libFuzzer."""

def fuzz_target(name, srcs, deps):
    """Declares a binary that defines LLVMFuzzerTestOneInput and is built with --config=fuzz only.

    tools/test.sh finds it by its tag, runs it for some seconds from the seeds in tests/fuzz/corpus/<name>, and fails on
    whatever AddressSanitizer or UndefinedBehaviorSanitizer reports. Keep deps small: they are built once more for it.

    Args:
      name: the target; its seeds lie in corpus/<name>.
      srcs: its source files.
      deps: libraries; Clang 14 has to compile them (its <ranges> views do not work).
    """
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = srcs,
        tags = [
            "fuzz",
            "manual",  # without --config=fuzz there is no main()
        ],
        deps = deps,
    )
