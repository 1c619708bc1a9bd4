#!/usr/bin/env python3
"""Trains ResNet-20 on CIFAR-10 in lockstep and PyTorch, seed by seed, and prints what both reach in Markdown.

    bazel build //tools:lockstep && benchmarks/setup.sh
    benchmarks/cifar_accuracy.py FOLDER                    # FOLDER/train/CLASS/*.jpg and FOLDER/test/CLASS/*.jpg
    benchmarks/cifar_accuracy.py FOLDER --epochs 20 --drop 15 --seeds 5

The same network, epochs, batch, learning rates, l2 and augmentation (examples/resnet20_cifar.textproto with --epochs epochs, the
rate a tenth after --drop of them); each draws its own random numbers. One core each; a seed of 8 epochs takes about 20 minutes.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
CONFIG = REPOSITORY / "examples/resnet20_cifar.textproto"
BATCH = 128


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"cifar_accuracy: {' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def lockstep(flags, seed):
    steps = -(-len(list(pathlib.Path(flags.pictures, "train").glob("*/*"))) // BATCH) * flags.drop
    pictures = pathlib.Path(flags.pictures).resolve()
    sets = (f"seed: {seed}", f"training {{ epochs: {flags.epochs} }}",
            f'data {{ image_folder {{ path: "{pictures}/train" test_path: "{pictures}/test" height: 32 width: 32 }} }}')
    # A --set adds to a list; the schedule's boundaries must be replaced.
    text = CONFIG.read_text().replace("[32000, 48000]", f"[{steps}]")
    with tempfile.TemporaryDirectory(prefix="lockstep-cifar-") as folder:
        config = pathlib.Path(folder, "config.textproto")
        config.write_text(text)
        run(flags.lockstep, "train", config, "--ranks", "1", "--quiet", "--run-dir", pathlib.Path(folder, "run"),
            *(argument for one in sets for argument in ("--set", one)))
        history = json.loads(pathlib.Path(folder, "run/history.json").read_text())
        summary = json.loads(pathlib.Path(folder, "run/summary.json").read_text())
    return {"accuracy": history["accuracy"][-1], "test_accuracy": history["val_accuracy"][-1],
            "seconds": summary["seconds"]}


def torch(flags, seed):
    python = pathlib.Path(flags.peers, "bin/python")
    return json.loads(run(python, REPOSITORY / "benchmarks/peers/torch_cifar.py", CONFIG, "--lockstep", flags.lockstep,
                          "--pictures", flags.pictures, "--epochs", flags.epochs, "--drop", flags.drop, "--seed", seed))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", help="folder with train/ and test/")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--drop", type=int, default=6, help="epochs until the learning rate is a tenth")
    parser.add_argument("--seeds", type=int, default=3, help="number of seeds, from 1")
    parser.add_argument("--lockstep", type=pathlib.Path, default=REPOSITORY / "bazel-bin/tools/lockstep")
    parser.add_argument("--peers", default=os.environ.get("LOCKSTEP_PEERS", pathlib.Path.home() / ".cache/lockstep-peers"))
    flags = parser.parse_args()
    found = {"lockstep": [], "PyTorch": []}
    for seed in range(1, flags.seeds + 1):
        for name, train in (("lockstep", lockstep), ("PyTorch", torch)):
            found[name].append(train(flags, seed))
            print(f"{name}, seed {seed}: {json.dumps(found[name][-1])}", file=sys.stderr, flush=True)
    print("| | test accuracy | training accuracy of the last epoch | seconds |\n| --- | --- | --- | --- |")
    for name, runs in found.items():
        cells = [f"{statistics.mean(run[key] for run in runs):{form}} ({min(run[key] for run in runs):{form}} to "
                 f"{max(run[key] for run in runs):{form}})"
                 for key, form in (("test_accuracy", ".4f"), ("accuracy", ".4f"), ("seconds", ".0f"))]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
