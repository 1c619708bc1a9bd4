"""Runs networks of every layer in ONNX Runtime and compares with lockstep's own predictions.

    LOCKSTEP_DATA=FOLDER python onnx_outputs.py LOCKSTEP_BINARY CONFIG...

Trains each network a few steps on made-up samples (reviews: on the imdb.npz of FOLDER), exports it as .onnx, .npz and
.safetensors, and compares: every output of ONNX Runtime for the test set with the column of `lockstep predict --out`, which gives
float32 exactly; and the values of both weight files. ONNX Runtime gets the samples as they are in the data set. Prints
the largest difference of each and ends with 1 if one is above the limit.
"""

import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

LIMIT = 1e-6  # of an output of about 1: some hundred float32 sums and roundings of 6e-8 in another order
REVIEW_WORDS = 50  # as reviews.textproto has them
SHAPES = {"dense": (20,), "convolutions": (11, 10, 3), "pools": (11, 10, 3), "residual": (8, 8, 3), "branches": (9, 7, 4),
          "pixels": (9, 8, 3), "amounts": (6,), "reviews": None}


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stdout}{done.stderr}")


def made_up(name, samples=40):
    """Arrays of a training and a test set."""
    rng = np.random.default_rng(1)
    arrays = {}
    for part in ("train", "test"):
        x = rng.normal(size=(samples, *SHAPES[name])).astype(np.float32)
        y = np.arange(samples) % (7 if name == "pixels" else 4)
        if name == "pixels":
            x = rng.integers(0, 256, size=x.shape, dtype=np.uint8)
        if name == "amounts":
            x = x * np.array([1, 10, 100, 0.01, 3, 5], np.float32) + np.array([0, 5, -300, 0.02, 2, 7], np.float32)
            y = rng.normal(size=(samples, 2)).astype(np.float32)
        arrays["x_" + part], arrays["y_" + part] = x, y
    return arrays


def reviews():
    """The test set as Keras' load_data(num_words=REVIEW_WORDS) has it, as zeros and ones."""
    with np.load(pathlib.Path(os.environ["LOCKSTEP_DATA"], "imdb.npz"), allow_pickle=True) as file:
        train, test = len(file["x_train"]), file["x_test"]
    order = np.random.RandomState(113)
    order.shuffle(np.arange(train))
    rows = np.arange(len(test))
    order.shuffle(rows)
    x = np.zeros((len(test), REVIEW_WORDS), np.float32)
    for row, words in zip(x, test[rows]):
        row[[word if word < REVIEW_WORDS else 2 for word in [1] + [word + 3 for word in words]]] = 1
    return x


class Net:
    """One network's folder."""

    def __init__(self, lockstep, root, config):
        self.lockstep, self.name = lockstep, pathlib.Path(config).stem
        self.path = pathlib.Path(root, self.name)
        self.path.mkdir()
        self.config = shutil.copy(config, self.path)
        if SHAPES[self.name] is None:
            self.test = reviews()
            return
        arrays = made_up(self.name)
        np.savez(self.path / "data.npz", **arrays)
        self.test = arrays["x_test"].astype(np.float32)

    def train(self):
        run(self.lockstep, "train", self.config, "--quiet", "--ranks", 1, "--run-dir", self.path / "run")
        for form in ("onnx", "npz", "safetensors"):
            run(self.lockstep, "export", self.path / "run", "--format", form, "--out", self.path / f"net.{form}")
        run(self.lockstep, "predict", self.path / "run", "--out", self.path / "p.csv")

    def predicted(self):
        """[samples, outputs] of the CSV."""
        with open(self.path / "p.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        columns = [name for name in rows[0] if name.startswith(("probability_", "predicted_"))]
        return np.array([[np.float32(row[name]) for name in columns] for row in rows])

    def output_difference(self):
        """Of any output of any sample; a sigmoid's is that of its class 1."""
        onnx.checker.check_model(onnx.load(self.path / "net.onnx"), full_check=True)
        session = onnxruntime.InferenceSession(self.path / "net.onnx", providers=["CPUExecutionProvider"])
        outputs = session.run(None, {"input": self.test})[0]
        ours = self.predicted()
        if outputs.shape[1] == 1:
            assert abs(ours.sum(axis=1) - 1).max() < 1e-6
            ours = ours[:, 1:]
        assert outputs.shape == ours.shape, f"{self.name}: {outputs.shape} and {ours.shape}"
        assert ours.std(axis=0).min() > 100 * LIMIT, f"{self.name} gives all samples the same"
        return abs(outputs - ours).max()

    def weights_differ(self):
        ours = load_file(self.path / "net.safetensors")
        with np.load(self.path / "net.npz") as theirs:
            return sorted(ours) != sorted(theirs.files) or any((ours[k] != theirs[k]).any() for k in ours)

    def starts_from_safetensors(self):
        """A training from the exported weights with rate 0 ends with them."""
        run(self.lockstep, "train", self.config, "--quiet", "--ranks", 1, "--run-dir", self.path / "again",
            "--set", f'training {{ initial_weights: "{self.path}/net.safetensors" steps: 1 }} '
            "optimizer { sgd { learning_rate: 1e-30 } }")
        run(self.lockstep, "export", self.path / "again", "--format", "safetensors", "--out", self.path / "again.safetensors")
        before, after = load_file(self.path / "net.safetensors"), load_file(self.path / "again.safetensors")
        return all((before[k] == after[k]).all() for k in before if "moving" not in k)


def main():
    lockstep, configs = sys.argv[1], sys.argv[2:]
    assert sorted(pathlib.Path(config).stem for config in configs) == sorted(SHAPES), "other networks than SHAPES"
    failures, worst = 0, 0.0
    with tempfile.TemporaryDirectory() as root:
        for config in configs:
            net = Net(lockstep, root, config)
            net.train()
            difference = net.output_difference()
            off = not difference <= LIMIT or net.weights_differ() or not net.starts_from_safetensors()
            failures += off
            worst = max(worst, difference)
            print(f"{net.name}: largest difference of an output {difference:.1e}" + (" OFF" if off else ""))
    print(f"{len(configs)} networks, largest difference {worst:.1e}, {failures} off")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
