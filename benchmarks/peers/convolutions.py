"""The convolutions of well-known networks: lockstep beside PyTorch, one thread each, in turns.

    bazel build //benchmarks:convolutions
    ~/.cache/lockstep-peers/bin/python benchmarks/peers/convolutions.py

PyTorch runs with channels_last, its faster layout here. Each shape is measured by both one after the
other, `--rounds` times; medians. The sums weigh each shape by how often the network has it, without
the gradient of the first layer's input, which no training needs.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

BATCH = 16
PASSES = ('forward', 'dx', 'dw')


def median_ms(call, seconds):
    call()
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - begin))
    return statistics.median(times)


def torch_ms(shape, seconds):
    extent, channels, filters, window, stride, padding, groups = shape
    last = torch.channels_last
    x = torch.randn(BATCH, channels, extent, extent).to(memory_format=last)
    w = torch.randn(filters, channels // groups, window, window).to(memory_format=last)
    y = F.conv2d(x, w, None, stride, padding, 1, groups)
    dy = torch.randn_like(y)

    def backward(dx, dw):
        torch.ops.aten.convolution_backward(
            dy, x, w, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], groups, [dx, dw, False])

    # dx alone would find dy in the cache, as no step does: as on lockstep's side, it is what both take more than dw.
    forward = median_ms(lambda: F.conv2d(x, w, None, stride, padding, 1, groups), seconds)
    dw = median_ms(lambda: backward(False, True), seconds)
    return forward, median_ms(lambda: backward(True, True), seconds) - dw, dw


def lockstep_ms(binary, index, seconds):
    out = subprocess.run([binary, str(index), str(seconds)], check=True, capture_output=True, text=True).stdout
    return tuple(float(ms) for ms in re.findall(r'([-0-9.]+) ms', out))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument('--binary', default=os.path.join(here, '../../bazel-bin/benchmarks/convolutions'))
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=0.1)
    parser.add_argument('--networks', default='')
    flags = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    wanted = set(filter(None, flags.networks.split(',')))
    sums = {}
    listed = subprocess.run([flags.binary, '--list'], check=True, capture_output=True, text=True).stdout
    print('size in out window stride padding groups | lockstep ms: forward dx dw | PyTorch ms | PyTorch / lockstep')
    for index, line in enumerate(listed.splitlines()):
        words = line.split()
        shape = tuple(map(int, words[:7]))
        counts = {name: int(count) for name, count in (word.split(':') for word in words[7:])}
        if wanted and not wanted & set(counts):
            continue
        rounds = [(lockstep_ms(flags.binary, index, flags.seconds), torch_ms(shape, flags.seconds))
                  for _ in range(flags.rounds)]
        ours, theirs = ([statistics.median(r[side][i] for r in rounds) for i in range(3)] for side in (0, 1))
        print(*shape, '|', *('%.3f' % t for t in ours), '|', *('%.3f' % t for t in theirs), '|',
              *('%.2f' % (b / a) for a, b in zip(ours, theirs)), flush=True)
        for name, count in counts.items():
            if wanted and name not in wanted:
                continue
            total = sums.setdefault(name, [[0.0] * 3, [0.0] * 3])
            for i in range(3):
                if PASSES[i] == 'dx' and shape[1] == 3:
                    continue
                total[0][i] += count * ours[i]
                total[1][i] += count * theirs[i]
    print('network | lockstep ms: forward dx dw all | PyTorch ms | PyTorch / lockstep: forward dx dw all')
    for name, (ours, theirs) in sums.items():
        ours, theirs = ours + [sum(ours)], theirs + [sum(theirs)]
        print(name, '|', *('%.1f' % t for t in ours), '|', *('%.1f' % t for t in theirs), '|',
              *('%.2f' % (b / a) for a, b in zip(ours, theirs)))


if __name__ == '__main__':
    sys.exit(main())
