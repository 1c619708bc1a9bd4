"""Hosts on this machine for benchmarks, and trainings on them: real gradients through shaped links, computing as a sleep."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = ROOT / 'tests/testing/emulated_hosts.sh'
TRAINING = ROOT / 'bazel-bin/benchmarks/emulated_training'
LOCKSTEP = ROOT / 'bazel-bin/tools/lockstep'
# Ranks as processes on this host.
MPIRUN = ['mpirun', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none', '-n']
FORWARD = 1 / 3  # of computing: EmulatedNetwork::forward_share


class Hosts:
    """Emulated hosts as long as the `with` lasts."""

    def __init__(self, prefix, count):
        self.prefix, self.count = prefix, count
        self.environment = dict(os.environ, LOCKSTEP_HOSTS=prefix, TMPDIR='/tmp')

    def __enter__(self):
        self._run('down')
        self._run('up', self.count)
        return self

    def __exit__(self, *_):
        self._run('down')

    def set_rate(self, rate):
        """Shapes all links: 100mbit, 1gbit ..."""
        for host in range(1, self.count + 1):
            self._run('rate', f'{self.prefix}{host}', rate)

    def mpirun(self, ranks):
        """What comes before a command: one rank on each of so many hosts."""
        return [str(SCRIPT), 'mpirun', '1', str(ranks)]

    def train(self, ranks, *words):
        run(self.mpirun(ranks) + training(*words), self.environment)

    def _run(self, *words):
        run([SCRIPT, *words], self.environment)


def training(net, folder, steps, *flags):
    """The command of a training of an emulated network, whose run folder is `folder`."""
    return [str(word) for word in (TRAINING, '--net', net, '--run-dir', folder, '--steps', steps, *flags)]


def run(words, environment=None):
    """The output of a command that must succeed."""
    words = [str(word) for word in words]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environment)
    if done.returncode != 0:
        sys.exit(f'{" ".join(words)}\nended with {done.returncode}: {done.stdout.strip()}')
    return done.stdout


def last_epoch(folder):
    """The last epoch of a run's timing.json."""
    return json.loads(pathlib.Path(folder, 'timing.json').read_text(encoding='utf-8'))['epochs'][-1]


def check_usable(*binaries):
    """Ends the benchmark, with the reason, where it cannot run."""
    for binary in binaries:
        if not binary.exists():
            sys.exit(f'needs {binary.relative_to(ROOT)}: bazel build //{binary.parent.name}:{binary.name}')
    if os.geteuid() != 0:
        sys.exit('needs root: hosts are network namespaces')
