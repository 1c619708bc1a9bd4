#!/usr/bin/env python3
"""Plants faults into trainings and reads what the verdict says of them.

    benchmarks/planted.py [--only WORD]

Needs root, iproute2 and mpirun for slow links, and built //tools:lockstep and //benchmarks:emulated_training.
Prints a line per run; exits with 1 if a verdict names another cause or culprit than was planted.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import emulated

CORES = len(os.sched_getaffinity(0))
HOSTS = emulated.Hosts('lsplanted', 2)
CONFIG = '''data { synthetic { shape: %(shape)d classes: 2 samples: %(samples)d } }
model { layer { dense { units: %(units)d activation: RELU } } layer { dense { units: 2 activation: SOFTMAX } } }
loss: CATEGORICAL_CROSSENTROPY optimizer { adam {} }
training { batch_size: %(batch)d epochs: 1 microbatches: %(parts)d }
'''


def sleeping(launch, *flags, net='resnet50', scale='0.01', steps=30, fixed=20):
    """A training that computes as a sleep; `launch`: a number of threads, or a command before it."""
    return launch, lambda folder: emulated.training(net, folder, steps, '--scale', scale, '--fixed-ms', fixed, *flags)


def trained(launch, **values):
    """A real training."""
    settings = dict({'shape': 64, 'samples': 8192, 'units': 64, 'batch': 256, 'parts': 8}, **values)
    return launch, CONFIG % settings


def real(config, folder):
    """The command of a real training."""
    path = os.path.join(folder, 'planted.textproto')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(config)
    return [str(emulated.LOCKSTEP), 'train', path, '--run-dir', os.path.join(folder, 'run')]


def run(launch, command, stall=None):
    """The last epoch of the run's timing.json."""
    with tempfile.TemporaryDirectory() as folder:
        words = command(os.path.join(folder, 'run')) if callable(command) else real(command, folder)
        words = words + ['--ranks', str(launch)] if isinstance(launch, int) else launch + words
        with subprocess.Popen(words, env=HOSTS.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as process:
            if stall:
                threading.Thread(target=stall, args=(process,), daemon=True).start()
            output = process.communicate(timeout=120)[0]
        if process.returncode != 0:
            sys.exit('planted: %s\n%s' % (' '.join(words), output))
        return emulated.last_epoch(os.path.join(folder, 'run'))


def stop_rank(rank):
    """Stops the process of an MPI rank three times, 400 ms each."""
    def stall(process):
        time.sleep(2)
        for _ in range(4):
            for pid in subprocess.run(['pgrep', '-P', str(process.pid)], capture_output=True,
                                      text=True, check=False).stdout.split():
                with open('/proc/%s/environ' % pid, encoding='utf-8', errors='replace') as file:
                    if 'OMPI_COMM_WORLD_RANK=%d\0' % rank not in file.read():
                        continue
                os.kill(int(pid), signal.SIGSTOP)
                time.sleep(0.4)
                os.kill(int(pid), signal.SIGCONT)
            time.sleep(0.5)
    return stall


def plants():
    """(name, command, expected cause, expected rank, what disturbs it)."""
    for ranks in (2, 3, 4):
        for slow in {0, ranks - 1}:
            yield (f'rank {slow} of {ranks} threads slow', sleeping(ranks, '--slow-rank', str(slow), '--slow-ms', '20'),
                   'late_rank', slow, None)
    for ranks, slow in ((2, 1), (3, 0), (4, 2)):
        yield (f'rank {slow} of {ranks} processes slow',
               sleeping(emulated.MPIRUN + [str(ranks)], '--slow-rank', str(slow), '--slow-ms', '20'), 'late_rank', slow, None)
    yield ('5 micro-batches on 2 ranks', trained(2, parts=5, batch=4096, samples=131072, units=128), 'late_rank', 0,
           None)
    for rank in (0, 1):
        yield (f'rank {rank} of 2 processes stopped now and then', sleeping(emulated.MPIRUN + ['2'], steps=150), 'stall', rank,
               stop_rank(rank))
    for net, rate, scale in (('resnet50', '100mbit', '0.02'), ('alexnet', '100mbit', '0.01'),
                             ('vgg16', '1gbit', '0.03')):
        yield (f'link of {rate}, {net}', sleeping(HOSTS.mpirun(2), net=net, scale=scale, fixed=30), 'communication', None, rate)
    for ranks in (1, 2):
        yield (f'slow input, {ranks} ranks', trained(ranks, shape=200000, samples=600, units=1, batch=8, parts=2),
               'input', None, None)
    yield ('tiny batch, 1 rank', trained(1, batch=1, parts=1, units=512), 'small_batch', None, None)
    yield ('tiny batch, 2 threads', trained(2, batch=2, parts=2, units=512, samples=4096), 'small_batch', None, None)
    yield ('tiny batch, 2 processes', trained(emulated.MPIRUN + ['2'], batch=2, parts=2, samples=4096), 'small_batch', None,
           None)
    for ranks in (2 * CORES, 4 * CORES):
        yield (f'{ranks} threads on {CORES} cores', trained(ranks, parts=16, batch=4096, samples=65536, units=128),
               'too_many_ranks', None, None)
    yield (f'{2 * CORES} processes on {CORES} cores',
           trained(emulated.MPIRUN + [str(2 * CORES)], parts=16, batch=4096, samples=65536, units=128), 'too_many_ranks', None,
           None)
    for ranks in (1, 2, 4):
        yield (f'no fault, {ranks} threads', sleeping(ranks), 'none', None, None)
    yield ('no fault, 3 processes', sleeping(emulated.MPIRUN + ['3']), 'none', None, None)
    yield ('no fault, real network', trained(1, batch=4096, samples=65536, units=256), 'none', None, None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', default='', help='plants whose name has this word')
    arguments = parser.parse_args()
    emulated.check_usable(emulated.TRAINING, emulated.LOCKSTEP)
    wrong = total = 0
    with HOSTS:
        for name, (launch, command), cause, rank, plant in plants():
            if arguments.only not in name:
                continue
            if isinstance(plant, str):
                HOSTS.set_rate(plant)
            epoch = run(launch, command, plant if callable(plant) else None)
            right = epoch['cause'] == cause and (rank is None or epoch.get('blamed_rank') == rank)
            total += 1
            wrong += not right
            print('%s  %s: %s' % ('right' if right else 'WRONG', name, epoch['verdict']), flush=True)
    print('%d of %d right' % (total - wrong, total))
    sys.exit(wrong > 0)


if __name__ == '__main__':
    main()
