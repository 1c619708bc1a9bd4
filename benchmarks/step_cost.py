#!/usr/bin/env python3
"""What a change costs a training step: two lockstep binaries in turns, as what a step's instruments cost.

    benchmarks/step_cost.py BEFORE AFTER [--rows boston,mnist] [--runs 15] [--most 1.01]

Networks of benchmarks/configs on made-up samples of their shapes, so no data set is needed. Epochs are short, and
each run gives the time per step of its fastest one, which a busy machine disturbs least. Printed are the median over
runs, in microseconds, with the middle half of them, and two ratios: of medians, and of the fastest runs. With
--most, exits with 1 if both ratios of a row are above that.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

DENSE = 'layer { dense { units: %d activation: %s } } '


def config(data, units, last, loss, optimizer, batch):
    layers = ''.join(DENSE % (count, 'RELU') for count in units) + last
    return ('seed: 1 data { synthetic { %s } } model { %s } loss: %s optimizer { %s {} } '
            'training { batch_size: %d }' % (data, layers, loss, optimizer, batch))


def boston():
    return config('shape: 13 classes: 2 samples: 10000', (64, 64), 'layer { dense { units: 1 activation: SIGMOID } }',
                  'BINARY_CROSSENTROPY', 'rmsprop', 1)


def mnist(batch):
    return config('shape: 784 classes: 10 samples: 6000', (128, 64), DENSE % (10, 'SOFTMAX'),
                  'CATEGORICAL_CROSSENTROPY', 'adam', batch)


MPIRUN = ['mpirun', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none', '-n', '2']
# name: config, ranks, launcher, steps of an epoch, epochs
ROWS = {
    'boston': (boston(), 1, [], 10000, 80),
    'mnist': (mnist(100), 1, [], 60, 60),
    'mnist-2': (mnist(100), 2, [], 60, 90),
    'mnist-2-mpi': (mnist(100), 0, MPIRUN, 60, 60),
}


def run(binary, row, folder):
    """Microseconds a step of the fastest epoch."""
    text, ranks, launcher, steps, epochs = row
    path = os.path.join(folder, 'config.textproto')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    words = launcher + [binary, 'train', path, '--run-dir', os.path.join(folder, 'run'), '--quiet', '--set',
                        'training { epochs: %d }' % epochs]
    if ranks:
        words += ['--ranks', str(ranks)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, TMPDIR='/tmp'))
    with open(os.path.join(folder, 'run', 'history.json'), encoding='utf-8') as file:
        seconds = json.load(file)['seconds'][1:]
    return 1e6 * min(seconds) / steps


def text_of(times):
    low, middle, high = statistics.quantiles(times, n=4)
    return f'{middle:.3f} ({low:.3f} to {high:.3f})'


def measure(name, arguments):
    times = [[], []]
    for turn in range(arguments.runs):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            with tempfile.TemporaryDirectory() as folder:
                times[which].append(run((arguments.before, arguments.after)[which], ROWS[name], folder))
    medians = statistics.median(times[1]) / statistics.median(times[0])
    fastest = min(times[1]) / min(times[0])
    print(f'| {name} | {text_of(times[0])} | {text_of(times[1])} | {medians:.3f} | {fastest:.3f} |', flush=True)
    return min(medians, fastest)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('before')
    parser.add_argument('after')
    parser.add_argument('--rows', default=','.join(ROWS))
    parser.add_argument('--runs', type=int, default=15)
    parser.add_argument('--most', type=float, default=0)
    arguments = parser.parse_args()
    print('| step | before, us | after, us | ratio | of the fastest |')
    print('| --- | --- | --- | --- | --- |')
    worst = max(measure(name, arguments) for name in arguments.rows.split(','))
    sys.exit(0 < arguments.most < worst)


if __name__ == '__main__':
    main()
