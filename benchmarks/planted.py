#!/usr/bin/env python3
"""Plants faults into trainings and reads what the verdict says of them.

    benchmarks/planted.py [--only WORD]

Needs root, iproute2 and mpirun for slow links, and built //tools:lockstep and //benchmarks:emulated_training.
Prints a line per run; exits with 1 if a verdict names another cause or culprit than was planted.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
HOSTS = os.path.join(ROOT, 'tests/testing/emulated_hosts.sh')
TRAINING = os.path.join(ROOT, 'bazel-bin/benchmarks/emulated_training')
LOCKSTEP = os.path.join(ROOT, 'bazel-bin/tools/lockstep')
MPIRUN = ['mpirun', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none', '-n']
ENVIRONMENT = dict(os.environ, LOCKSTEP_HOSTS='lsplanted', TMPDIR='/tmp')
CORES = len(os.sched_getaffinity(0))
CONFIG = '''data { synthetic { shape: %(shape)d classes: 2 samples: %(samples)d } }
model { layer { dense { units: %(units)d activation: RELU } } layer { dense { units: 2 activation: SOFTMAX } } }
loss: CATEGORICAL_CROSSENTROPY optimizer { adam {} }
training { batch_size: %(batch)d epochs: 1 microbatches: %(parts)d }
'''


def emulated(launch, *flags, net='resnet50', scale='0.01', steps=30, fixed=20):
    """A training of an emulated network; `launch`: a number of threads, or a command before it."""
    words = [TRAINING, '--net', net, '--scale', scale, '--steps', str(steps),
             '--fixed-ms', str(fixed), *flags]
    return ['--ranks', str(launch)] + words if isinstance(launch, int) else launch + words


def trained(launch, **values):
    """A real training."""
    settings = dict({'shape': 64, 'samples': 8192, 'units': 64, 'batch': 256, 'parts': 8}, **values)
    return launch, CONFIG % settings


def run(command, stall=None):
    """The last epoch of the run's timing.json."""
    with tempfile.TemporaryDirectory() as folder:
        words = command
        if isinstance(command, tuple):
            config = os.path.join(folder, 'planted.textproto')
            with open(config, 'w', encoding='utf-8') as file:
                file.write(command[1])
            launch = command[0]
            words = ([LOCKSTEP, 'train', config, '--ranks', str(launch)] if isinstance(launch, int)
                     else launch + [LOCKSTEP, 'train', config])
        elif words[0] == '--ranks':
            words = words[2:] + words[:2]
        words = words + ['--run-dir', os.path.join(folder, 'run')]
        with subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as process:
            if stall:
                threading.Thread(target=stall, args=(process,), daemon=True).start()
            output = process.communicate(timeout=120)[0]
        if process.returncode != 0:
            sys.exit('planted: %s\n%s' % (' '.join(words), output))
        with open(os.path.join(folder, 'run', 'timing.json'), encoding='utf-8') as file:
            return json.load(file)['epochs'][-1]


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
            yield (f'rank {slow} of {ranks} threads slow', emulated(ranks, '--slow-rank', str(slow), '--slow-ms', '20'),
                   'late_rank', slow, None)
    for ranks, slow in ((2, 1), (3, 0), (4, 2)):
        yield (f'rank {slow} of {ranks} processes slow',
               emulated(MPIRUN + [str(ranks)], '--slow-rank', str(slow), '--slow-ms', '20'), 'late_rank', slow, None)
    yield ('5 micro-batches on 2 ranks', trained(2, parts=5, batch=4096, samples=131072, units=128), 'late_rank', 0,
           None)
    for rank in (0, 1):
        yield (f'rank {rank} of 2 processes stopped now and then', emulated(MPIRUN + ['2'], steps=150), 'stall', rank,
               stop_rank(rank))
    for net, rate, scale in (('resnet50', '100mbit', '0.02'), ('alexnet', '100mbit', '0.01'),
                             ('vgg16', '1gbit', '0.03')):
        command = [HOSTS, 'mpirun', '1', '2']
        yield (f'link of {rate}, {net}', emulated(command, net=net, scale=scale, fixed=30), 'communication', None, rate)
    for ranks in (1, 2):
        yield (f'slow input, {ranks} ranks', trained(ranks, shape=200000, samples=600, units=1, batch=8, parts=2),
               'input', None, None)
    yield ('tiny batch, 1 rank', trained(1, batch=1, parts=1, units=512), 'small_batch', None, None)
    yield ('tiny batch, 2 threads', trained(2, batch=2, parts=2, units=512, samples=4096), 'small_batch', None, None)
    yield ('tiny batch, 2 processes', trained(MPIRUN + ['2'], batch=2, parts=2, samples=4096), 'small_batch', None,
           None)
    for ranks in (2 * CORES, 4 * CORES):
        yield (f'{ranks} threads on {CORES} cores', trained(ranks, parts=16, batch=4096, samples=65536, units=128),
               'too_many_ranks', None, None)
    yield (f'{2 * CORES} processes on {CORES} cores',
           trained(MPIRUN + [str(2 * CORES)], parts=16, batch=4096, samples=65536, units=128), 'too_many_ranks', None,
           None)
    for ranks in (1, 2, 4):
        yield (f'no fault, {ranks} threads', emulated(ranks), 'none', None, None)
    yield ('no fault, 3 processes', emulated(MPIRUN + ['3']), 'none', None, None)
    yield ('no fault, real network', trained(1, batch=4096, samples=65536, units=256), 'none', None, None)


def set_up(rate):
    subprocess.run([HOSTS, 'down'], env=ENVIRONMENT, check=True)
    subprocess.run([HOSTS, 'up', '2'], env=ENVIRONMENT, check=True)
    for host in ('lsplanted1', 'lsplanted2'):
        subprocess.run([HOSTS, 'rate', host, rate], env=ENVIRONMENT, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', default='', help='plants whose name has this word')
    arguments = parser.parse_args()
    wrong = total = 0
    for name, command, cause, rank, plant in plants():
        if arguments.only not in name:
            continue
        if isinstance(plant, str):
            set_up(plant)
        epoch = run(command, plant if callable(plant) else None)
        right = epoch['cause'] == cause and (rank is None or epoch.get('blamed_rank') == rank)
        total += 1
        wrong += not right
        print('%s  %s: %s' % ('right' if right else 'WRONG', name, epoch['verdict']), flush=True)
    subprocess.run([HOSTS, 'down'], env=ENVIRONMENT, check=True)
    print('%d of %d right' % (total - wrong, total))
    sys.exit(wrong > 0)


if __name__ == '__main__':
    main()
