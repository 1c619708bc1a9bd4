#!/usr/bin/env python3
"""How well gradients hide behind backward on slow links: emulated hosts, shaped links, real gradients.

    benchmarks/overlap.py [--nets resnet50,alexnet,vgg16] [--rates 1gbit,100mbit] [--hosts 2] [--steps 6]

Needs root, iproute2, mpirun and built //benchmarks:emulated_training. Prints Markdown. For each network and
link, first steps that compute next to nothing: all transfers, one behind the other. Then steps that compute,
as a sleep, as long as --factors times that. The bound of a step is

    forward + max(backward, first bucket ready + all transfers) + optimizer

which no order of the same transfers beats. `reached` is the median step over it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
HOSTS = os.path.join(ROOT, 'tests/testing/emulated_hosts.sh')
TRAINING = os.path.join(ROOT, 'bazel-bin/benchmarks/emulated_training')
PREFIX = 'lsoverlap'
FORWARD = 1 / 3  # EmulatedNetwork::forward_share


def hosts(*words):
    return subprocess.run([HOSTS, *words], check=True, capture_output=True, text=True,
                          env=dict(os.environ, LOCKSTEP_HOSTS=PREFIX, TMPDIR='/tmp')).stdout


def train(net, arguments, compute_ms):
    """The last epoch of timing.json."""
    with tempfile.TemporaryDirectory() as folder:
        hosts('mpirun', '1', str(arguments.hosts), arguments.training, '--net', net, '--batch', str(8 * arguments.hosts), '--steps',
              str(arguments.steps), '--fixed-ms', str(compute_ms), '--run-dir', folder)
        with open(os.path.join(folder, 'timing.json'), encoding='utf-8') as file:
            return json.load(file)['epochs'][-1]


def mean(epoch, name):
    return sum(rank[name] for rank in epoch['ranks']) / len(epoch['ranks'])


def first_ready_ms(net, backward_ms):
    """When the first bucket of 1 MiB is final: layers are worked on from the last to the first."""
    with open(os.path.join(ROOT, 'measurements/nets.csv'), encoding='utf-8') as file:
        rows = [cells for cells in (line.strip().split(',') for line in file) if cells[0] == net]
    work = [float(row[3]) for row in rows]
    elems, done = 0, 0.0
    for row, macs in zip(reversed(rows), reversed(work)):
        elems += int(row[2])
        done += macs
        if 4 * elems >= 1 << 20:
            break
    return backward_ms * done / sum(work)


def measure(net, rate, arguments):
    alone = train(net, arguments, 1)
    transfers = alone['median_step_ms'] - mean(alone, 'optimizer_ms')
    for factor in arguments.factors:
        compute = factor * transfers
        epoch = train(net, arguments, compute)
        backward = (1 - FORWARD) * compute
        bound = FORWARD * compute + mean(epoch, 'optimizer_ms') + max(
            backward, first_ready_ms(net, backward) + transfers)
        step = epoch['median_step_ms']
        print(f'| {net} | {arguments.hosts} | {rate} | {compute:.0f} | {transfers:.0f} | {bound:.0f} | {step:.0f} '
              f'| {step / bound:.3f} | {epoch["verdict"]} |', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--nets', default='resnet50,alexnet,vgg16')
    parser.add_argument('--rates', default='1gbit,100mbit')
    parser.add_argument('--hosts', type=int, default=2)
    parser.add_argument('--steps', type=int, default=6)
    parser.add_argument('--factors', default='0.75,1.5,3')
    parser.add_argument('--training', default=TRAINING, help='the built binary of emulated_training')
    arguments = parser.parse_args()
    arguments.factors = [float(factor) for factor in arguments.factors.split(',')]
    if os.geteuid() != 0 or not os.path.exists(arguments.training):
        sys.exit('overlap: needs root and bazel build //benchmarks:emulated_training')
    print('| network | hosts | link | computing, ms | transfers alone, ms | bound, ms | step, ms | reached | verdict |')
    print('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
    hosts('down')
    try:
        hosts('up', str(arguments.hosts))
        for rate in arguments.rates.split(','):
            for host in range(1, arguments.hosts + 1):
                hosts('rate', PREFIX + str(host), rate)
            for net in arguments.nets.split(','):
                measure(net, rate, arguments)
    finally:
        hosts('down')


if __name__ == '__main__':
    main()
