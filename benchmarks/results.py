#!/usr/bin/env python3
"""Trains the tutorial's networks over several seeds and prints their results beside Keras' in Markdown.

    bazel build //tools:lockstep
    LOCKSTEP_DATA=DIR benchmarks/results.py                        # all rows; three minutes on one core
    LOCKSTEP_DATA=DIR benchmarks/results.py --rows imdb --seeds 20

Keras' figures are means (least to most) over seeds 0 to n-1 of Keras 3.15.1 with TensorFlow 2.21.0 on a CPU in float32.
`inside` says whether our mean lies between Keras' least and most. imdb-test trains on all reviews but one.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent


@dataclass(frozen=True)
class Row:
    """One network: its config, what is merged over it, and what Keras gives: metric -> (mean, least, most)."""
    config: str
    sets: tuple
    keras: dict
    command: tuple = ("train",)
    evaluate: bool = True


ROWS = {
    "imdb": Row("imdb", (), {
        "best val_accuracy": (0.8890, 0.8873, 0.8922), "last val_accuracy": (0.8701, 0.8675, 0.8722),
        "least val_loss": (0.2765, 0.2740, 0.2797), "last val_loss": (0.5391, 0.5200, 0.5499)}, evaluate=False),
    "imdb-test": Row("imdb", ("data { validation { first: 1 } } training { epochs: 4 }",), {
        "test loss": (0.2890, 0.2843, 0.2993), "test accuracy": (0.8846, 0.8800, 0.8869)}),
    "reuters": Row("reuters", (), {
        "test loss": (0.9559, 0.9331, 0.9790), "test accuracy": (0.7854, 0.7729, 0.7921)}),
    "reuters-deep": Row("reuters_deep", (), {
        "test loss": (1.3131, 1.2355, 1.3684), "test accuracy": (0.7479, 0.7391, 0.7565)}),
    "mnist": Row("mnist", (), {
        "last accuracy": (0.9856, 0.9843, 0.9865), "test loss": (0.0844, 0.0746, 0.0979),
        "test accuracy": (0.9742, 0.9704, 0.9770)}),
    "mnist-raw": Row("mnist_raw", (), {
        "last val_accuracy": (0.9498, 0.9416, 0.9556), "test loss": (0.5308, 0.4717, 0.6013),
        "test accuracy": (0.9480, 0.9390, 0.9534)}),
    "boston": Row("boston", (), {
        "mean of 4 folds": (2.4391, 2.3000, 2.5607)}, ("crossval", "--folds", "4"), False),
}


def fail(message):
    sys.exit(f"results: {message}")


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()}")


def results_of(folder, row):
    """metric -> value of one finished run."""
    if row.command[0] == "crossval":
        curves = json.loads((folder / "crossval.json").read_text())
        return {"mean of 4 folds": curves["mean"]["val_mean_absolute_error"][-1]}
    history = json.loads((folder / "history.json").read_text())
    found = {f"last {name}": values[-1] for name, values in history.items()}
    found.update({f"best {name}": max(values) for name, values in history.items() if name.endswith("accuracy")})
    found.update({f"least {name}": min(values) for name, values in history.items() if name.endswith("loss")})
    if row.evaluate:
        test = json.loads((folder / "summary.json").read_text())["test"]
        found.update({f"test {name}": value for name, value in test.items()})
    return found


def train(flags, row, seed):
    with tempfile.TemporaryDirectory(prefix="lockstep-results-") as folder:
        sets = [argument for text in (f"seed: {seed}", *row.sets, *flags.set) for argument in ("--set", text)]
        run(flags.lockstep, row.command[0], REPOSITORY / "examples" / f"{row.config}.textproto", *row.command[1:],
            "--ranks", flags.ranks, "--run-dir", folder, "--quiet", *sets)
        if row.evaluate:
            run(flags.lockstep, "evaluate", folder)
        return results_of(pathlib.Path(folder), row)


def text(mean, least, most):
    return f"{mean:.4f} ({least:.4f} to {most:.4f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(ROWS), help="comma-separated: " + ", ".join(ROWS))
    parser.add_argument("--seeds", type=int, default=10, help="number of seeds, from 0 (default 10)")
    parser.add_argument("--set", action="append", default=[], help="config text merged over every row's, as for train")
    parser.add_argument("--ranks", type=int, default=1, help="thread ranks; the results are the same for any number")
    parser.add_argument("--lockstep", type=pathlib.Path, default=REPOSITORY / "bazel-bin/tools/lockstep")
    flags = parser.parse_args()
    if "LOCKSTEP_DATA" not in os.environ:
        fail("set LOCKSTEP_DATA to the folder with imdb.npz, reuters.npz, boston_housing.npz and mnist.npz")
    outside = 0
    print(f"| network | result | lockstep, {flags.seeds} seeds | Keras | inside |\n| --- | --- | --- | --- | --- |")
    for name in flags.rows.split(","):
        if name not in ROWS:
            fail(f"no row {name}; there are {', '.join(ROWS)}")
        found = [train(flags, ROWS[name], seed) for seed in range(flags.seeds)]
        for metric, keras in ROWS[name].keras.items():
            values = [one[metric] for one in found]
            mean = statistics.mean(values)
            inside = keras[1] <= mean <= keras[2]
            outside += not inside
            print(f"| {name} | {metric} | {text(mean, min(values), max(values))} | {text(*keras)} | "
                  f"{'yes' if inside else 'NO'} |", flush=True)
    sys.exit(1 if outside else 0)


if __name__ == "__main__":
    main()
