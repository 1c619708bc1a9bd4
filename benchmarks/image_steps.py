#!/usr/bin/env python3
"""Times training steps of image networks in lockstep and PyTorch, in turns, and prints a table in Markdown.

    benchmarks/setup.sh                                  # once: PyTorch in a virtual environment
    benchmarks/image_steps.py --rows resnet50,vgg16      # default: all
    benchmarks/image_steps.py --ranks 2                  # two ranks beside PyTorch with two threads

Both train the same network (a config of lockstep's zoo, rebuilt layer by layer in PyTorch) on one batch of 224 x 224 pictures in
memory, SGD with momentum. PyTorch runs in its best form: channels_last, eager or compiled, whichever is faster. The peak is
that of fused multiply-adds on registers, measured in turns with the rest, and a step's work is counted from the network's
shapes: 3 products per layer, less the input's gradient.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import compare

HERE = pathlib.Path(__file__).resolve().parent


@dataclass(frozen=True)
class Row:
    """A network of the zoo, the side of its pictures, and the batch."""
    zoo: str
    side: int
    batch: int


ROWS = {
    "alexnet": Row("alexnet", 227, 16),
    "vgg16": Row("vgg16", 224, 16),
    "googlenet": Row("googlenet", 224, 16),
    "resnet18": Row("resnet18", 224, 16),
    "resnet50": Row("resnet50", 224, 16),
    "resnet152": Row("resnet152", 224, 8),
}

CONFIG = """name: "{zoo}"
data {{ synthetic {{ shape: [{side}, {side}, 3] classes: 1000 samples: {samples} }} }}
model {{ zoo: "{zoo}" classes: 1000 }}
loss: CATEGORICAL_CROSSENTROPY
optimizer {{ sgd {{ learning_rate: 0.01 momentum: 0.9 }} }}
training {{ batch_size: {batch} epochs: 1 shuffle: false }}
"""


def lockstep_step(flags, config, ranks, folder):
    """(median milliseconds of the steps after the first, largest resident set in MiB)."""
    run_dir = pathlib.Path(folder, f"run-{ranks}")
    command = [str(flags.lockstep), "train", str(config), "--ranks", str(ranks), "--quiet", "--run-dir", str(run_dir)]
    if ranks == 1:
        command = ["taskset", "-c", flags.pin, *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"image_steps: {' '.join(command)} ended with {status}: {process.stderr.read().strip()}")
    steps = [json.loads(line) for line in (run_dir / "steps.jsonl").read_text().splitlines()]
    keys = [key for key in steps[0] if key.endswith("_ms") and "max" not in key]
    totals = [sum(step[key] for key in keys) for step in steps]
    return statistics.median(totals[1:]), usage.ru_maxrss / 1024


def torch_step(flags, row, config, threads, forms):
    """Form -> its record."""
    command = [str(flags.peers / "bin/python"), str(HERE / "peers/torch_image_steps.py"), str(config), "--lockstep",
               str(flags.lockstep), "--shape", f"{row.side},{row.side},3", "--batch", str(row.batch), "--threads",
               str(threads), "--forms", forms, "--steps", str(flags.steps)]
    if threads == 1:
        command = ["taskset", "-c", flags.pin, *command]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": str(threads)})
    if done.returncode != 0:
        sys.exit(f"image_steps: {' '.join(command)} ended with {done.returncode}: {done.stderr.strip().splitlines()[-1]}")
    return {record["form"]: record for record in compare.json_lines(done.stdout)}


def peak_gflops(flags):
    """Of one core: what fused multiply-adds on registers reach now."""
    done = subprocess.run(["taskset", "-c", flags.pin, str(flags.lockstep.parent.parent / "benchmarks/matrix_products")],
                          capture_output=True, text=True, check=True)
    return float(re.search(r"peak[^0-9]*([0-9.]+)", done.stdout).group(1))


def measure(flags, row):
    """A line of the table."""
    with tempfile.TemporaryDirectory(prefix="lockstep-image-steps-") as folder:
        config = pathlib.Path(folder, f"{row.zoo}.textproto")
        config.write_text(CONFIG.format(zoo=row.zoo, side=row.side, batch=row.batch, samples=row.batch * (flags.steps + 1)))
        ours, theirs, peaks, rss, torch_rss = [], {}, [], 0, 0
        for run in range(flags.runs):
            milliseconds, rss = lockstep_step(flags, config, flags.ranks, pathlib.Path(folder, str(run)))
            ours.append(milliseconds)
            forms = flags.forms if run == 0 else min(theirs, key=lambda form: min(theirs[form]))
            for form, record in torch_step(flags, row, config, flags.ranks, forms).items():
                theirs.setdefault(form, []).append(record["median_ms"])
                gflop, torch_rss = record["gflop"], max(torch_rss, record["max_rss_mib"])
            peaks.append(peak_gflops(flags))
            print(json.dumps({"row": row.zoo, "lockstep_ms": ours, "torch_ms": theirs, "peaks": peaks, "rss_mib": rss}),
                  file=sys.stderr, flush=True)
    best = min(theirs, key=lambda form: statistics.median(theirs[form]))
    ratio = statistics.median(theirs[best]) / statistics.median(ours)
    peak = statistics.median(peaks) * flags.ranks

    def share(milliseconds):
        return f"{100 * gflop / (statistics.median(milliseconds) / 1e3) / peak:.0f} %"

    return [f"{row.zoo}, batch {row.batch}", compare.spread(ours, 0), compare.spread(theirs[best], 0), best, f"{ratio:.2f}x",
            share(ours), share(theirs[best]), f"{rss:.0f}", f"{torch_rss:.0f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lockstep", type=pathlib.Path, default=HERE.parent / "bazel-bin/tools/lockstep")
    parser.add_argument("--peers", type=pathlib.Path,
                        default=os.environ.get("LOCKSTEP_PEERS", pathlib.Path.home() / ".cache/lockstep-peers"))
    parser.add_argument("--rows", default=",".join(ROWS), help=f"comma-separated, of {' '.join(ROWS)}")
    parser.add_argument("--ranks", type=int, default=1, help="lockstep's ranks and PyTorch's threads")
    parser.add_argument("--runs", type=int, default=3, help="processes of each, in turns")
    parser.add_argument("--steps", type=int, default=4, help="timed steps of a process")
    parser.add_argument("--forms", default="eager,compiled", help="PyTorch's forms to try")
    parser.add_argument("--pin", default="0", help="core that one-thread runs are bound to")
    flags = parser.parse_args()
    unknown = [row for row in flags.rows.split(",") if row not in ROWS]
    if unknown:
        sys.exit(f"image_steps: --rows {unknown[0]}: no such row; there are {', '.join(ROWS)}")
    lines = [measure(flags, ROWS[row]) for row in flags.rows.split(",")]
    print(f"Machine: {compare.machine()}. {flags.ranks} rank(s) beside PyTorch with {flags.ranks} thread(s); medians of "
          f"{flags.runs} runs in turns, (least–most).\n")
    print(compare.table(["training step", "lockstep, ms", "PyTorch, ms", "form", "ratio", "share of peak",
                         "PyTorch's share", "resident MiB", "PyTorch's MiB"], lines))


if __name__ == "__main__":
    main()
