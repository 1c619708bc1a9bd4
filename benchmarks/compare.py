#!/usr/bin/env python3
"""Times lockstep beside PyTorch and Keras on this machine, in turns, and prints a table in Markdown.

    benchmarks/setup.sh                                       # once: PyTorch and Keras in a virtual environment
    benchmarks/compare.py --rows imdb,boston                  # training steps
    benchmarks/compare.py --rows job-mnist --job-runs 3       # whole jobs, process start to end

README.md beside this file says what each row measures.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent


@dataclass(frozen=True)
class StepRow:
    """One training step; `take` samples are whole batches."""
    config: str
    net: str
    batch: int
    take: int
    epochs: int
    target: float
    words: str


@dataclass(frozen=True)
class JobRow:
    """A whole job: lockstep's arguments before and after the config, and the epochs of the full job."""
    job: str
    command: tuple
    sets: str
    epochs: int
    target: float
    words: str


STEP_ROWS = {
    "imdb": StepRow("imdb", "imdb", 512, 24576, 6, 40, "IMDB step, batch 512"),
    "imdb-bag": StepRow("imdb", "imdb_bag", 512, 24576, 6, 25, "IMDB step, batch 512; PyTorch with EmbeddingBag"),
    "reuters": StepRow("reuters", "reuters", 512, 8704, 12, 20, "Reuters step, batch 512"),
    "boston": StepRow("boston", "boston", 1, 404, 400, 150, "Boston step, batch 1"),
    "mnist-100": StepRow("mnist", "mnist100", 100, 60000, 5, 3, "MNIST step, batch 100"),
    "mnist-1000": StepRow("mnist", "mnist1000", 1000, 60000, 5, 1.3, "MNIST step, batch 1000"),
}
JOB_ROWS = {
    "job-imdb": JobRow("imdb", ("train",), "data { validation { first: 10000 } }", 20, 15, "IMDB, 20 epochs"),
    "job-boston": JobRow("boston", ("crossval", "--folds", "4"), "", 100, 80, "Boston, 4 folds, 100 epochs"),
    "job-mnist": JobRow("mnist", ("train",), "data { validation { test: true } }", 5, 4, "MNIST, 5 epochs, batch 100"),
}
OWN_ROWS = {"two-ranks": "MNIST batch 1000, two ranks against one", "start-up": "IMDB, process start to first step"}


def fail(message):
    sys.exit(f"compare: {message}")


def run(command, pin=None, threads=None):
    """(wall seconds, stdout) of a command that must succeed."""
    if pin is not None:
        command = ["taskset", "-c", pin, *command]
    environment = dict(os.environ)
    if threads:
        environment["OMP_NUM_THREADS"] = str(threads)
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        fail(f"{shlex.join(map(str, command))} ended with {done.returncode}: {last}")
    return seconds, done.stdout


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


class Bench:
    """The tools that rows use, and the log of raw results."""

    def __init__(self, flags):
        self.flags = flags
        self.log = []
        self.versions = {}

    def keep(self, **record):
        self.log.append(record)
        print(json.dumps(record), file=sys.stderr, flush=True)

    def python(self, script, *arguments, pin=None, threads=None):
        seconds, out = run([str(self.flags.peers / "bin/python"), str(HERE / "peers" / script), *map(str, arguments)],
                           pin, threads)
        results = json_lines(out)
        for result in results:
            self.versions.update({name: result[name] for name in ("torch", "keras") if name in result})
        return seconds, results

    def lockstep(self, command, config, sets, ranks=1, pin=None):
        """(wall seconds, history of the run; None for crossval)."""
        with tempfile.TemporaryDirectory(prefix="lockstep-compare-") as folder:
            arguments = [a for text in sets if text for a in ("--set", text)]
            seconds, _ = run([str(self.flags.lockstep), command[0], str(HERE / "configs" / f"{config}.textproto"),
                              *command[1:], "--ranks", str(ranks), "--run-dir", folder, "--quiet", *arguments], pin)
            summary, history = pathlib.Path(folder, "summary.json"), pathlib.Path(folder, "history.json")
            if summary.exists():
                self.versions["lockstep"] = json.loads(summary.read_text()).get("versions", {}).get("lockstep", "?")
            return seconds, json.loads(history.read_text()) if history.exists() else None

    def lockstep_step_us(self, row, ranks=1):
        """Microseconds per step: the median over the epochs after the first of their wall time by their steps."""
        sets = (f"data {{ take: {row.take} }}",
                f"training {{ batch_size: {row.batch} epochs: {row.epochs} shuffle: false }}")
        _, history = self.lockstep(("train",), row.config, sets, ranks, self.flags.pin if ranks == 1 else None)
        return statistics.median(history["seconds"][1:]) / (row.take // row.batch) * 1e6

    def torch_step_us(self, row, only, repeats):
        """Variant -> (median, minimum) microseconds per step in one process run."""
        chosen = ["--only", only] if only else []
        _, results = self.python("torch_steps.py", "--net", row.net, "--repeats", repeats, *chosen, pin=self.flags.pin,
                                 threads=1)
        return {result["variant"]: (result["median_us"], result["min_us"]) for result in results}


def spread(values, digits):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def verdict(ratio, target):
    return f"{ratio:.1f}x" + ("" if ratio >= target else " **below**")


def step_row(bench, name, row):
    """Finds PyTorch's best variants, then times the best ones and lockstep in turns."""
    survey = bench.torch_step_us(row, bench.flags.variants, 5)
    by_speed = sorted(survey, key=lambda variant: survey[variant][0])
    bench.keep(row=name, survey=survey)
    contenders = by_speed[:2]  # the second may turn out the faster one
    theirs = {variant: [] for variant in contenders}
    ours = []
    for _ in range(bench.flags.runs):
        ours.append(bench.lockstep_step_us(row))
        for variant, (median, _) in bench.torch_step_us(row, ",".join(contenders), 5).items():
            theirs[variant].append(median)
    best = min(contenders, key=lambda variant: statistics.median(theirs[variant]))
    bench.keep(row=name, lockstep_us=ours, torch_us=theirs)
    ratio = statistics.median(theirs[best]) / statistics.median(ours)
    of_minima = min(map(min, theirs.values())) / min(ours)
    return [row.words, spread(ours, 2), spread(theirs[best], 1), best, verdict(ratio, row.target), f"{of_minima:.1f}x",
            f"{row.target:g}x"]


def peer_job_seconds(bench, script, row, arguments, threads):
    """(seconds of the whole job, how it was found out, the job's results)."""
    pin = bench.flags.pin if threads else None

    def seconds_of(epochs):
        return bench.python(script, row.job, "--epochs", epochs, "--threads", threads or 0, *arguments, pin=pin,
                            threads=threads)

    few, more = max(1, row.epochs // 50), max(3, row.epochs // 12)
    if bench.flags.full or row.epochs < 50:
        seconds, results = seconds_of(row.epochs)
        return seconds, "measured", results
    first, _ = seconds_of(few)
    second, results = seconds_of(more)
    per_epoch = (second - first) / (more - few)
    return first + per_epoch * (row.epochs - few), f"extrapolated from {few} and {more} epochs", results


def job_row(bench, name, row):
    """Times each peer's job and lockstep's in turns."""
    peers = {"PyTorch": ("torch_jobs.py", ()), "PyTorch, sliced": ("torch_jobs.py", ("--batches", "sliced")),
             "Keras": ("keras_jobs.py", ())}
    wanted = {key: value for key, value in peers.items() if key.split(",")[0].lower() in bench.flags.frameworks}
    sets = (row.sets, f"training {{ epochs: {row.epochs} }}")
    ours, theirs, how = [], {}, {}
    for _ in range(bench.flags.job_runs):
        ours.append(bench.lockstep(row.command, row.job, sets, pin=bench.flags.pin)[0])
        for peer, (script, arguments) in wanted.items():
            for threads in (1, None):
                key = f"{peer}, {'1 thread' if threads else 'default threads'}"
                seconds, how[key], results = peer_job_seconds(bench, script, row, arguments, threads)
                theirs.setdefault(key, []).append(seconds)
                bench.keep(row=name, peer=key, seconds=seconds, how=how[key], results=results)
    bench.keep(row=name, lockstep_seconds=ours)
    ratios = {key: statistics.median(values) / statistics.median(ours) for key, values in theirs.items()}
    return [[row.words, spread(ours, 3), key, spread(theirs[key], 2), how[key], verdict(ratios[key], row.target),
             f"{row.target:g}x"] for key in theirs]


def own_row(bench, name):
    """lockstep against itself or a limit; no peer takes part."""
    if name == "start-up":
        sets = ("data { validation { first: 10000 } }", "training { steps: 1 }")
        times = [bench.lockstep(("train",), "imdb", sets, pin=bench.flags.pin)[0] for _ in range(bench.flags.runs)]
        bench.keep(row=name, seconds=times)
        # The process's whole life, so a little more than start to first step.
        return [OWN_ROWS[name], spread(times, 2) + " s", "at most 1.5 s"]
    one, two = [], []
    for _ in range(bench.flags.runs):
        one.append(bench.lockstep_step_us(STEP_ROWS["mnist-1000"], ranks=1))
        two.append(bench.lockstep_step_us(STEP_ROWS["mnist-1000"], ranks=2))
    bench.keep(row=name, one_rank_us=one, two_ranks_us=two)
    return [OWN_ROWS[name], f"{spread(one, 0)} µs, {spread(two, 0)} µs: "
            + verdict(statistics.median(one) / statistics.median(two), 1.6), "at least 1.6x"]


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join(["---"] * len(header)) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def machine():
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def page(bench, sections, load):
    when = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    versions = ", ".join(f"{name} {version}" for name, version in sorted(bench.versions.items()))
    text = (f"Machine: {machine()}. {when}. {versions}.\n"
            f"Load average of the last minute: {load:.1f} before, {os.getloadavg()[0]:.1f} after. "
            f"Step rows: {bench.flags.runs} runs in turns; job rows: {bench.flags.job_runs}. "
            "Values are medians with (minimum–maximum).\n"
            f"Command: `benchmarks/compare.py {shlex.join(sys.argv[1:])}`\n")
    return text + "".join("\n" + section for section in sections)


def parse_flags():
    every = [*STEP_ROWS, *JOB_ROWS, *OWN_ROWS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lockstep", type=pathlib.Path, default=HERE.parent / "bazel-bin/tools/lockstep")
    parser.add_argument("--peers", type=pathlib.Path, help="virtual environment made by setup.sh",
                        default=os.environ.get("LOCKSTEP_PEERS", pathlib.Path.home() / ".cache/lockstep-peers"))
    parser.add_argument("--rows", default=",".join([*STEP_ROWS, *OWN_ROWS]),
                        help=f"comma-separated, of {' '.join(every)} (default: all but the jobs)")
    parser.add_argument("--runs", type=int, default=5, help="runs of a step row")
    parser.add_argument("--job-runs", type=int, default=1, help="runs of a job row")
    parser.add_argument("--full", action="store_true", help="run long peer jobs whole instead of extrapolating")
    parser.add_argument("--frameworks", default="pytorch,keras", help="whose jobs to time")
    parser.add_argument("--variants", help="PyTorch step variants to look at (default: all)")
    parser.add_argument("--pin", default="0", help="core that one-thread runs are bound to")
    parser.add_argument("--out", type=pathlib.Path, help="file for the tables (default: standard output)")
    parser.add_argument("--json", type=pathlib.Path, help="file for all raw results")
    flags = parser.parse_args()
    flags.rows, flags.frameworks = flags.rows.split(","), flags.frameworks.split(",")
    for row in flags.rows:
        if row not in every:
            fail(f"--rows {row}: no such row; there are {', '.join(every)}")
    if not os.access(flags.lockstep, os.X_OK):
        fail(f"{flags.lockstep}: no lockstep binary; build it with: bazel build //tools:lockstep")
    needs_peers = any(row not in OWN_ROWS for row in flags.rows)
    if needs_peers and not os.access(flags.peers / "bin/python", os.X_OK):
        fail(f"{flags.peers}: no virtual environment; make it with benchmarks/setup.sh, or name it with --peers")
    return flags


def main():
    flags = parse_flags()
    bench = Bench(flags)
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"compare: the machine is busy (load average {load:.1f}); ratios will be noisy", file=sys.stderr)
    steps = [step_row(bench, name, STEP_ROWS[name]) for name in flags.rows if name in STEP_ROWS]
    jobs = [line for name in flags.rows if name in JOB_ROWS for line in job_row(bench, name, JOB_ROWS[name])]
    own = [own_row(bench, name) for name in flags.rows if name in OWN_ROWS]
    sections = []
    if steps:
        sections.append(table(["training step, one thread", "lockstep, µs", "PyTorch's best, µs", "PyTorch variant",
                               "ratio", "ratio of minima", "target"], steps))
    if jobs:
        sections.append(table(["whole job", "lockstep, 1 rank, s", "peer", "peer, s", "how", "ratio", "target"], jobs))
    if own:
        sections.append(table(["lockstep alone", "result", "target"], own))
    text = page(bench, sections, load)
    if flags.out:
        flags.out.write_text(text)
    else:
        print(text)
    if flags.json:
        flags.json.write_text(json.dumps(bench.log, indent=1) + "\n")


if __name__ == "__main__":
    main()
