#!/usr/bin/env python3
"""By how much transfers between hosts slow as hosts double, beyond what the bytes explain: emulated hosts, shaped links.

    benchmarks/link_sharing.py [--steps 7]

Needs root, iproute2, mpirun and built //benchmarks:emulated_training. Trainings on 2, 3 and 4 hosts that compute, as a
sleep, half as long as the bytes of 2 hosts take; with P hosts each link carries 2 (P - 1) / P of the bytes. Prints
Markdown, then mean and standard deviation: what the model takes network_sharing for before more than two hosts are
measured (distributed/scaling/fit_model.cc). benchmarks/self_prediction.py scores the model on other networks and links.
"""

import argparse
import math
import statistics
import tempfile

import emulated

# Network, scale of its sizes, MB of gradients then.
NETS = (('googlenet', 0.4, 10.6), ('inception_v3', 0.15, 14.3), ('resnet152', 0.05, 12.0))
RATES = {'200mbit': 200, '500mbit': 500, '2gbit': 2000}


def transfers_ms(hosts, ranks, rate, net, scale, megabytes, steps):
    with tempfile.TemporaryDirectory() as folder:
        compute = 0.5 * 8e3 * megabytes / RATES[rate]
        hosts.train(ranks, net, folder, steps, '--scale', scale, '--batch', 12, '--fixed-ms', compute)
        return sum(bucket['transfer_ms'] for bucket in emulated.last_epoch(folder)['buckets'])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--steps', type=int, default=7)
    steps = parser.parse_args().steps
    emulated.check_usable(emulated.TRAINING)
    found = []
    print('| network | link | 2 hosts, ms | 3 | 4 | slower per doubling, 2 to 3 | 2 to 4 |\n' + '| --- ' * 7 + '|')
    with emulated.Hosts('lssharing', 4) as hosts:
        for rate in RATES:
            hosts.set_rate(rate)
            for net, *sizes in NETS:
                ms = {ranks: transfers_ms(hosts, ranks, rate, net, *sizes, steps) for ranks in (2, 3, 4)}
                shares = [math.log2(ms[ranks] / ms[2] / (2 * (ranks - 1) / ranks)) / math.log2(ranks / 2) for ranks in (3, 4)]
                found += shares
                print(f'| {net} | {rate} | {ms[2]:.1f} | {ms[3]:.1f} | {ms[4]:.1f} | {100 * shares[0]:+.1f} % '
                      f'| {100 * shares[1]:+.1f} % |', flush=True)
    print(f'\nmean {100 * statistics.mean(found):.1f} %, standard deviation {100 * statistics.stdev(found):.1f} %')


if __name__ == '__main__':
    main()
