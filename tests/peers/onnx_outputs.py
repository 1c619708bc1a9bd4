"""Runs networks of every layer in ONNX Runtime and compares with lockstep's own predictions.

    python onnx_outputs.py LOCKSTEP_BINARY

Trains each network of the table a few steps on made-up pictures, exports it as .onnx, .npz and .safetensors, and compares:
ONNX Runtime's probabilities for the test set with `lockstep predict`'s, and the values of both weight files. Prints the
largest difference of each and ends with 1 if one is above the limit.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

LIMIT = 2e-6  # of a probability: the CSV has six decimals, float32 sums of some hundred terms

HEAD = 'layer { global_average_pooling2d {} } layer { dense { units: 4 activation: SOFTMAX } }'
NETWORKS = {
    "dense": ("[20]", "layer { dense { units: 9 activation: GELU } } layer { dropout { rate: 0.3 } } "
              "layer { dense { units: 7 activation: TANH use_bias: false } } layer { activation { function: SIGMOID } } "
              "layer { dense { units: 4 activation: SOFTMAX } }"),
    "convolutions": ("[11, 10, 3]", "layer { conv2d { filters: 6 kernel_size: [3, 2] strides: 2 padding: SAME activation: RELU } } "
                     "layer { conv2d { filters: 8 kernel_size: 3 dilation_rate: 2 groups: 2 explicit_padding: [2, 1, 1, 2] activation: GELU } } "
                     "layer { conv2d { filters: 5 kernel_size: 1 use_bias: false activation: SOFTMAX } } " + HEAD),
    "pools": ("[11, 10, 3]", "layer { conv2d { filters: 6 kernel_size: 3 } } layer { max_pooling2d { pool_size: 3 strides: 2 padding: SAME } } "
              "layer { average_pooling2d { pool_size: [2, 3] strides: 1 padding: SAME } } layer { zero_padding2d { padding: [1, 0, 2, 1] } } "
              "layer { average_pooling2d { explicit_padding: 1 } } layer { flatten {} } layer { dense { units: 4 activation: SOFTMAX } }"),
    "residual": ("[8, 8, 3]", "layer { conv2d { filters: 6 kernel_size: 3 padding: SAME use_bias: false } } "
                 "layer { batch_normalization { momentum: 0.5 } } layer { name: \"a\" activation { function: RELU } } "
                 "layer { conv2d { filters: 6 kernel_size: 3 padding: SAME } } layer { name: \"b\" batch_normalization {} } "
                 "layer { input: \"a\" input: \"b\" add {} } layer { activation { function: RELU } } "
                 "layer { local_response_normalization { depth_radius: 2 alpha: 0.1 beta: 0.75 } } " + HEAD),
    "branches": ("[9, 7, 4]", "layer { name: \"stem\" conv2d { filters: 6 kernel_size: 3 activation: RELU } } "
                 "layer { name: \"one\" input: \"stem\" conv2d { filters: 3 kernel_size: 1 } } "
                 "layer { name: \"two\" input: \"stem\" max_pooling2d { pool_size: 3 strides: 1 padding: SAME } } "
                 "layer { name: \"all\" input: \"one\" input: \"two\" input: \"stem\" concatenate {} } "
                 "layer { name: \"rows\" input: \"all\" input: \"all\" concatenate { axis: 1 } } "
                 "layer { reshape { target_shape: [5, -1, 15] } } layer { activation { function: SOFTMAX } } "
                 "layer { flatten {} } layer { name: \"main\" dense { units: 4 activation: SOFTMAX } } "
                 "layer { input: \"one\" global_average_pooling2d {} } layer { name: \"side\" dense { units: 4 activation: SOFTMAX } } "
                 "output { layer: \"main\" } output { layer: \"side\" weight: 0.3 }"),
}


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stdout}{done.stderr}")


def arrays(folder, classes=4, samples=40):
    """An .npz of pictures: training and test samples."""
    rng = np.random.default_rng(1)
    shape = tuple(json.loads(folder.shape))
    return {"x_train": rng.normal(size=(samples, *shape)).astype(np.float32),
            "y_train": np.arange(samples) % classes,
            "x_test": rng.normal(size=(samples, *shape)).astype(np.float32),
            "y_test": np.arange(samples) % classes}


class Net:
    """One network's folder."""

    def __init__(self, lockstep, root, name):
        self.lockstep, self.name = lockstep, name
        self.shape, self.layers = NETWORKS[name]
        self.path = pathlib.Path(root, name)
        self.path.mkdir()

    def train(self):
        self.data = arrays(self)
        np.savez(self.path / "data.npz", **self.data)
        (self.path / "c.textproto").write_text(
            f'data {{ npz {{ path: "data.npz" }} }} model {{ {self.layers} }} loss: CATEGORICAL_CROSSENTROPY '
            "metric: ACCURACY optimizer { sgd { learning_rate: 0.1 } } training { batch_size: 10 epochs: 2 }")
        run(self.lockstep, "train", self.path / "c.textproto", "--quiet", "--ranks", 1, "--run-dir", self.path / "run")
        for form in ("onnx", "npz", "safetensors"):
            run(self.lockstep, "export", self.path / "run", "--format", form, "--out", self.path / f"net.{form}")
        run(self.lockstep, "predict", self.path / "run", "--out", self.path / "p.csv")

    def probability_difference(self):
        """Of the predicted class' probability; a class that differs is off by the whole of it."""
        model = onnx.load(self.path / "net.onnx")
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(self.path / "net.onnx", providers=["CPUExecutionProvider"])
        outputs = session.run(None, {"input": self.data["x_test"]})[0]
        worst = 0.0
        with open(self.path / "p.csv", newline="") as file:
            for row, values in zip(csv.DictReader(file), outputs):
                best = int(row["predicted"])
                worst = max(worst, abs(float(row["probability"]) - float(values[best])))
                assert values.argmax() == best or values.max() - values[best] < LIMIT
        assert abs(outputs.sum(axis=1) - 1).max() < 1e-5
        return worst

    def weights_differ(self):
        ours = load_file(self.path / "net.safetensors")
        with np.load(self.path / "net.npz") as theirs:
            return sorted(ours) != sorted(theirs.files) or any((ours[k] != theirs[k]).any() for k in ours)

    def starts_from_safetensors(self):
        """A training from the exported weights with rate 0 ends with them."""
        run(self.lockstep, "train", self.path / "c.textproto", "--quiet", "--ranks", 1, "--run-dir", self.path / "again",
            "--set", f'training {{ initial_weights: "{self.path}/net.safetensors" steps: 1 }} '
            "optimizer { sgd { learning_rate: 1e-30 } }")
        run(self.lockstep, "export", self.path / "again", "--format", "safetensors", "--out", self.path / "again.safetensors")
        before, after = load_file(self.path / "net.safetensors"), load_file(self.path / "again.safetensors")
        return all((before[k] == after[k]).all() for k in before if "moving" not in k)


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as root:
        for name in NETWORKS:
            net = Net(sys.argv[1], root, name)
            net.train()
            difference = net.probability_difference()
            off = difference > LIMIT or net.weights_differ() or not net.starts_from_safetensors()
            failures += off
            print(f"{name}: largest difference of a probability {difference:.1e}" + (" OFF" if off else ""))
    print(f"{len(NETWORKS)} networks, {failures} off")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
