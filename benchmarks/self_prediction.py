#!/usr/bin/env python3
"""How well steps on 3 and 4 hosts are predicted from 1 and 2: real gradients through shaped links.

    benchmarks/self_prediction.py [--only WORD] [--repeats 3] [--steps 10] [--keep DIR]

Needs root, iproute2, mpirun and built //tools:lockstep and //benchmarks:emulated_training. Each setting is a
network, a batch and a link; it runs on 1, 2, 3 and 4 emulated hosts, computing as a sleep, repeats interleaved.
`lockstep scale --from DIR --ranks 1,2 --predict 3,4` sees the first two. Prints Markdown; exits with 1 if the
median error is over 5 %, the worst over 10 %, or 90 % intervals hold fewer than 85 % of what was measured.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile

import emulated

SEEN, PREDICTED = (1, 2), (3, 4)

# Network, scale of its sizes, batch, computing of a sample in ms, link.
SETTINGS = [(net, scale, batch, 4, link)
            for link in ('1gbit', '300mbit')
            for net, scale in (('resnet50', 0.2), ('alexnet', 0.1), ('vgg16', 0.04))
            for batch in (48, 144)]


def train(hosts, setting, ranks, steps, folder):
    net, size, batch, per_sample, _ = setting
    hosts.train(ranks, net, folder, steps, '--scale', size, '--batch', batch, '--fixed-ms', 5, '--per-sample-ms', per_sample)


def scale(folder, out, *flags):
    emulated.run([emulated.LOCKSTEP, 'scale', '--from', folder, '--out', out, *flags])
    with open(os.path.join(out, 'scaling.json'), encoding='utf-8') as file:
        return json.load(file)


def measure(hosts, setting, arguments, folder):
    for repeat in range(1, arguments.repeats + 1):
        for ranks in SEEN + PREDICTED:
            train(hosts, setting, ranks, arguments.steps, os.path.join(folder, 'runs', f'ranks-{ranks}-repeat-{repeat}'))


def compare(folder):
    """(ranks, measured, predicted, low, high) of each predicted number of ranks."""
    everything = scale(folder, os.path.join(folder, 'all'))
    fitted = scale(folder, os.path.join(folder, 'seen'), '--ranks', ','.join(map(str, SEEN)), '--predict',
                   ','.join(map(str, PREDICTED)))
    measured = {row['ranks']: row['step_ms']['value'] for row in everything['measured']}
    predicted = {row['ranks']: row['step_ms'] for row in fitted['predicted']}
    for ranks in PREDICTED:
        step = predicted[ranks]
        yield ranks, measured[ranks], step['value'], step['low'], step['high']


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', default='', help='settings whose name has this word')
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--steps', type=int, default=10)
    parser.add_argument('--keep', default='', help='folder for the runs; those that are there are not made again')
    arguments = parser.parse_args()
    emulated.check_usable(emulated.TRAINING, emulated.LOCKSTEP)
    root = arguments.keep or tempfile.mkdtemp()
    errors, held = [], 0
    print('| network | batch | link | ranks | measured, ms | predicted, ms | 90 % interval | error |')
    print('| --- | --- | --- | --- | --- | --- | --- | --- |')
    with emulated.Hosts('lsself', max(PREDICTED)) as hosts:
        for setting in SETTINGS:
            net, _, batch, _, link = setting
            name = f'{net}-{batch}-{link}'
            if arguments.only not in name:
                continue
            folder = os.path.join(root, name)
            if not os.path.exists(os.path.join(folder, 'whole')):
                hosts.set_rate(link)
                measure(hosts, setting, arguments, folder)
                with open(os.path.join(folder, 'whole'), 'w', encoding='utf-8'):
                    pass
            for ranks, measured, predicted, low, high in compare(folder):
                errors.append(abs(predicted / measured - 1))
                held += low <= measured <= high
                print(f'| {net} | {batch} | {link} | {ranks} | {measured:.1f} | {predicted:.1f} | {low:.1f} to {high:.1f} '
                      f'| {100 * (predicted / measured - 1):+.1f} % |', flush=True)
    if not arguments.keep:
        shutil.rmtree(root)
    share = held / len(errors)
    print(f'\nmedian error {100 * statistics.median(errors):.1f} %, worst {100 * max(errors):.1f} %; '
          f'{100 * share:.0f} % of {len(errors)} within their 90 % intervals')
    sys.exit(statistics.median(errors) > 0.05 or max(errors) > 0.1 or share < 0.85)


if __name__ == '__main__':
    main()
