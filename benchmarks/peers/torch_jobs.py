"""A whole PyTorch job as a tutorial writes it, to be timed from process start to end by ../compare.py.

    python torch_jobs.py imdb|boston|mnist [--epochs N] [--batches loader|sliced] [--threads N]

`loader` is a DataLoader over a TensorDataset, as in PyTorch's tutorials; `sliced` shuffles with randperm and indexes the
tensors, what a user does who has found that the DataLoader takes most of the time. The last line printed is a JSON object
with the job's results, so that a fast wrong job is noticed. torch.optim.RMSprop divides by sqrt(v) + eps where Keras and
lockstep divide by sqrt(v + eps).
"""

import argparse
import json

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import datasets

EPOCHS = {"imdb": 20, "boston": 100, "mnist": 5}


class SlicedBatches:
    """Iterates over batches of tensors by indexing them; a new order each time if shuffled."""

    def __init__(self, x, y, batch_size, shuffle):
        self.x, self.y, self.batch_size, self.shuffle = x, y, batch_size, shuffle

    def __iter__(self):
        order = torch.randperm(len(self.y)) if self.shuffle else torch.arange(len(self.y))
        for rows in order.split(self.batch_size):
            yield self.x[rows], self.y[rows]


def batches(kind, x, y, batch_size, shuffle=False):
    if kind == "sliced":
        return SlicedBatches(x, y, batch_size, shuffle)
    return DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=shuffle)


def train_epoch(model, loss_function, optimizer, data):
    model.train()
    for x, y in data:
        optimizer.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()


def evaluate(model, loss_function, metric, data):
    """(mean loss, mean metric) over the samples."""
    model.eval()
    loss_sum, metric_sum, samples = 0.0, 0.0, 0
    with torch.no_grad():
        for x, y in data:
            output = model(x)
            loss_sum += loss_function(output, y).item() * len(y)
            metric_sum += metric(output, y).item()
            samples += len(y)
    return loss_sum / samples, metric_sum / samples


def fit(model, loss_function, metric, optimizer, data, epochs):
    """Trains with validation after each epoch; data is (training, validation). The last epoch's validation values."""
    training, validation = data
    for epoch in range(epochs):
        train_epoch(model, loss_function, optimizer, training)
        loss, value = evaluate(model, loss_function, metric, validation)
        print(f"epoch {epoch + 1}/{epochs} val_loss {loss:.4f} val_metric {value:.4f}")
    return {"val_loss": round(loss, 4), "val_metric": round(value, 4)}


def rmsprop(model):
    return torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)


def imdb(epochs, kind):
    (texts, labels), _ = datasets.imdb()
    x, y = torch.tensor(datasets.multi_hot(texts)), torch.tensor(labels, dtype=torch.float32)[:, None]
    model = nn.Sequential(nn.Linear(10000, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    data = batches(kind, x[10000:], y[10000:], 512, shuffle=True), batches(kind, x[:10000], y[:10000], 512)
    correct = lambda logits, y: ((logits > 0) == (y > 0.5)).sum()
    return fit(model, nn.BCEWithLogitsLoss(), correct, rmsprop(model), data, epochs)


def boston(epochs, kind, folds=4):
    (x, y), _ = datasets.boston()
    x, y = torch.tensor(x), torch.tensor(y)[:, None]
    size = len(x) // folds
    results = []
    for fold in range(folds):
        held = torch.zeros(len(x), dtype=torch.bool)
        held[fold * size:(fold + 1) * size] = True
        model = nn.Sequential(nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
        data = batches(kind, x[~held], y[~held], 1, shuffle=True), batches(kind, x[held], y[held], 32)
        error = lambda output, y: (output - y).abs().sum()
        results.append(fit(model, nn.MSELoss(), error, rmsprop(model), data, epochs))
    return {key: round(sum(result[key] for result in results) / folds, 4) for key in results[0]}


def mnist(epochs, kind):
    (x, y), (x_test, y_test) = datasets.mnist()
    x, y, x_test, y_test = map(torch.tensor, (x, y, x_test, y_test))
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
    data = batches(kind, x, y, 100, shuffle=True), batches(kind, x_test, y_test, 100)
    correct = lambda logits, y: (logits.argmax(dim=1) == y).sum()
    return fit(model, nn.CrossEntropyLoss(), correct, torch.optim.Adam(model.parameters()), data, epochs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=list(EPOCHS))
    parser.add_argument("--epochs", type=int, help="default: the tutorial's 20, 100, 5")
    parser.add_argument("--batches", choices=["loader", "sliced"], default="loader")
    parser.add_argument("--threads", type=int, default=0, help="0 (default) leaves PyTorch's own choice")
    flags = parser.parse_args()
    if flags.threads > 0:
        torch.set_num_threads(flags.threads)
    torch.manual_seed(0)
    epochs = flags.epochs or EPOCHS[flags.job]
    result = {"imdb": imdb, "boston": boston, "mnist": mnist}[flags.job](epochs, flags.batches)
    print(json.dumps({"job": flags.job, "epochs": epochs, "batches": flags.batches, "threads": torch.get_num_threads(),
                      **result, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
