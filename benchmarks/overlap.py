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
import csv
import tempfile

import emulated


def train(net, hosts, arguments, compute_ms):
    """The last epoch of timing.json."""
    with tempfile.TemporaryDirectory() as folder:
        hosts.train(hosts.count, net, folder, arguments.steps, '--batch', 8 * hosts.count, '--fixed-ms', compute_ms)
        return emulated.last_epoch(folder)


def mean(epoch, name):
    return sum(rank[name] for rank in epoch['ranks']) / len(epoch['ranks'])


def first_ready_ms(net, backward_ms):
    """When the first bucket of 1 MiB is final: layers are worked on from the last to the first."""
    with open(emulated.ROOT / 'measurements/nets.csv', encoding='utf-8') as file:
        rows = [cells for cells in csv.reader(file) if cells and cells[0] == net]
    work = [float(row[3]) for row in rows]
    elems, done = 0, 0.0
    for row, macs in zip(reversed(rows), reversed(work)):
        elems += int(row[2])
        done += macs
        if 4 * elems >= 1 << 20:
            break
    return backward_ms * done / sum(work)


def measure(net, rate, hosts, arguments):
    alone = train(net, hosts, arguments, 1)
    transfers = alone['median_step_ms'] - mean(alone, 'optimizer_ms')
    for factor in arguments.factors:
        compute = factor * transfers
        epoch = train(net, hosts, arguments, compute)
        backward = (1 - emulated.FORWARD) * compute
        bound = emulated.FORWARD * compute + mean(epoch, 'optimizer_ms') + max(
            backward, first_ready_ms(net, backward) + transfers)
        step = epoch['median_step_ms']
        print(f'| {net} | {hosts.count} | {rate} | {compute:.0f} | {transfers:.0f} | {bound:.0f} | {step:.0f} '
              f'| {step / bound:.3f} | {epoch["verdict"]} |', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--nets', default='resnet50,alexnet,vgg16')
    parser.add_argument('--rates', default='1gbit,100mbit')
    parser.add_argument('--hosts', type=int, default=2)
    parser.add_argument('--steps', type=int, default=6)
    parser.add_argument('--factors', default='0.75,1.5,3')
    arguments = parser.parse_args()
    arguments.factors = [float(factor) for factor in arguments.factors.split(',')]
    emulated.check_usable(emulated.TRAINING)
    print('| network | hosts | link | computing, ms | transfers alone, ms | bound, ms | step, ms | reached | verdict |')
    print('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
    with emulated.Hosts('lsoverlap', arguments.hosts) as hosts:
        for rate in arguments.rates.split(','):
            hosts.set_rate(rate)
            for net in arguments.nets.split(','):
                measure(net, rate, hosts, arguments)


if __name__ == '__main__':
    main()
