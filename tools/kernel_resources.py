#!/usr/bin/env python3
"""What our GPU kernels use, as the table of docs/gpu.md: registers and shared memory, and no spills.

    tools/kernel_resources.py > table.md

builds //core/ops/cuda:stream_ops and asks cuobjdump ($CUOBJDUMP, or that of $CUDA_HOME, $PATH or /usr/local/cuda).
Each figure is the largest over all architectures and index widths. The exit status is 1 if a kernel keeps
anything in local memory, which is where spilled registers go.
"""

import os
import re
import shutil
import subprocess
import sys

OBJECT = 'bazel-bin/core/ops/cuda/_objs/stream_ops/stream_ops.cu.o'
USAGE = re.compile(r'REG:(\d+) STACK:(\d+) SHARED:(\d+) LOCAL:(\d+)')


def cuobjdump():
    for path in (os.environ.get('CUOBJDUMP'), os.path.join(os.environ.get('CUDA_HOME', ''), 'bin/cuobjdump'),
                 shutil.which('cuobjdump'), '/usr/local/cuda/bin/cuobjdump'):
        if path and os.access(path, os.X_OK):
            return path
    sys.exit('kernel_resources: no cuobjdump; set CUOBJDUMP to one (the CUDA toolkit and Python\'s triton have it)')


def kernel_name(function):
    """ "GradientTerms" of RunForEachBlock<ColumnPartsKernel<GradientTerms> >(...); "" for no kernel of ours."""
    name = function.replace('lockstep::cuda::', '').replace('lockstep::', '')
    found = re.match(r'void RunForEach(?:Block)?<(.*)>\(', name)
    if not found:
        return ''
    name = re.sub(r', (unsigned int|long)$', '', found.group(1)).replace(' >', '>').strip()
    for kind, text in (('(UpdateKind)0', 'sgd'), ('(UpdateKind)1', 'rmsprop'), ('(UpdateKind)2', 'adam')):
        name = name.replace(kind, text)
    return name.replace(', false', '').replace(', true', ', momentum')


def usages(text):
    """{kernel: [registers, shared bytes, stack bytes, local bytes]}, each the largest of all variants."""
    largest = {}
    function = ''
    for line in text.split('\n'):
        named = re.match(r'\s*Function (.*):$', line)
        if named:
            function = kernel_name(named.group(1))
        used = USAGE.search(line)
        if not used or not function:
            continue
        registers, stack, shared, local = map(int, used.groups())
        values = (registers, shared, stack, local)
        largest[function] = [max(pair) for pair in zip(largest.get(function, values), values)]
    return largest


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    tool = cuobjdump()
    subprocess.run(['bazel', 'build', '--noshow_progress', '--ui_event_filters=-info', '//core/ops/cuda:stream_ops'],
                   check=True, stdout=sys.stderr)
    if not os.path.exists(OBJECT):
        sys.exit('kernel_resources: this was built without CUDA; docs/gpu.md says how the toolkit is found')
    dump = subprocess.run([tool, '--dump-resource-usage', OBJECT], check=True, capture_output=True, text=True).stdout
    kernels = usages(subprocess.run(['c++filt'], input=dump, check=True, capture_output=True, text=True).stdout)
    if not kernels:
        sys.exit('kernel_resources: found no kernel in ' + OBJECT)
    print('| kernel | registers | shared memory, bytes | stack, bytes | local memory, bytes |')
    print('| --- | --- | --- | --- | --- |')
    for name, values in sorted(kernels.items()):
        print('| `%s` | %s |' % (name, ' | '.join(map(str, values))))
    return 1 if any(values[2] or values[3] for values in kernels.values()) else 0


if __name__ == '__main__':
    sys.exit(main())
