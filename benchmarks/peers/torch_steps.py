"""Times one PyTorch training step (slice the batch, forward, loss, backward, optimizer) in every way PyTorch offers.

    python torch_steps.py --net imdb|imdb_bag|reuters|boston|mnist100|mnist1000 [--only VARIANT,...] [--repeats 7]

Prints one JSON object per variant: microseconds per step of each repeat (`us`), their median, minimum and maximum, and the
median and minimum of the thread's own CPU time, which a busy machine disturbs less. One thread. The data are in memory; a batch is a contiguous slice, which costs PyTorch nothing (no shuffle, no DataLoader). Only whole
batches are used, so that compiled code keeps its shapes. Repeats of all variants take turns, so that a slow moment of the
machine falls on all of them. torch.optim.RMSprop divides by sqrt(v) + eps where Keras and lockstep divide by sqrt(v + eps):
the same work, not the same number.
"""

import argparse
import json
import multiprocessing
import os
import signal
import statistics
import sys
import time

import torch
from torch import nn

import datasets

TUNED = "max-autotune-no-cudagraphs"


class Batches:
    """Hands out the batches of tensors in memory, round and round."""

    def __init__(self, x, y, size):
        self.x, self.y, self.size, self.at = x, y, size, 0
        self.end = len(y) // size * size

    def next(self):
        at = self.at
        self.at = (at + self.size) % self.end
        return (self.x[at:at + self.size],), self.y[at:at + self.size]


class BagBatches(Batches):
    """The same for word lists: a batch is its words, and where each text starts among them."""

    def __init__(self, words, starts, y, size):
        super().__init__(words, y, size)
        self.starts = starts.tolist() + [len(words)]
        self.start_tensor = starts

    def next(self):
        at = self.at
        self.at = (at + self.size) % self.end
        first, last = self.starts[at], self.starts[at + self.size]
        return (self.x[first:last], self.start_tensor[at:at + self.size] - first), self.y[at:at + self.size]


class BagNet(nn.Module):
    """The IMDB net with its first product as a sum of embedding rows."""

    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(datasets.WORDS, 16, mode="sum")
        nn.init.xavier_uniform_(self.bag.weight)
        self.bias = nn.Parameter(torch.zeros(16))
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, words, starts):
        return self.rest(self.bag(words, starts) + self.bias)


def mlp(*widths):
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def rmsprop(parameters, **how):
    return torch.optim.RMSprop(parameters, lr=0.001, alpha=0.9, eps=1e-7, **how)


def adam(parameters, **how):
    return torch.optim.Adam(parameters, lr=0.001, eps=1e-7, **how)


def load(net):
    """(model factory, loss, optimizer factory, batches factory) of a net."""
    if net in ("imdb", "imdb_bag"):
        (texts, labels), _ = datasets.imdb()
        y = torch.tensor(labels, dtype=torch.float32)[:, None]
        if net == "imdb_bag":
            words, starts = map(torch.tensor, datasets.bags(texts))
            return BagNet, nn.BCEWithLogitsLoss(), rmsprop, lambda: BagBatches(words, starts, y, 512)
        x = torch.tensor(datasets.multi_hot(texts))
        return lambda: mlp(10000, 16, 16, 1), nn.BCEWithLogitsLoss(), rmsprop, lambda: Batches(x, y, 512)
    if net == "reuters":
        (texts, labels), _ = datasets.reuters()
        x, y = torch.tensor(datasets.multi_hot(texts)), torch.tensor(labels)
        return lambda: mlp(10000, 64, 64, 46), nn.CrossEntropyLoss(), rmsprop, lambda: Batches(x, y, 512)
    if net == "boston":
        (x, y), _ = datasets.boston()
        x, y = torch.tensor(x), torch.tensor(y)[:, None]
        return lambda: mlp(13, 64, 64, 1), nn.MSELoss(), rmsprop, lambda: Batches(x, y, 1)
    (x, y), _ = datasets.mnist()
    x, y = torch.tensor(x), torch.tensor(y)
    size = int(net.removeprefix("mnist"))
    return lambda: mlp(784, 128, 64, 10), nn.CrossEntropyLoss(), adam, lambda: Batches(x, y, size)


def eager_step(model, loss_function, optimizer):
    def step(inputs, y):
        optimizer.zero_grad()
        loss = loss_function(model(*inputs), y)
        loss.backward()
        optimizer.step()
        return loss
    return step


def part_compiled_step(model, loss_function, optimizer, mode, compile_optimizer):
    """Forward, loss and (through autograd) backward compiled as one part, the optimizer as another or not at all."""
    forward = torch.compile(lambda inputs, y: loss_function(model(*inputs), y), mode=mode)
    update = torch.compile(optimizer.step, mode=mode) if compile_optimizer else optimizer.step

    def step(inputs, y):
        optimizer.zero_grad()
        loss = forward(inputs, y)
        loss.backward()
        update()
        return loss
    return step


def variants(make_model, loss_function, make_optimizer):
    """Name -> function that builds a step."""
    def build(wrap, **how):
        def make():
            torch.manual_seed(0)
            model = make_model()
            return wrap(model, loss_function, make_optimizer(model.parameters(), **how))
        return make

    def whole(mode=None, options=None):
        return lambda *parts: torch.compile(eager_step(*parts), mode=mode, options=options)

    def parts(mode, compile_optimizer):
        return lambda *parts: part_compiled_step(*parts, mode, compile_optimizer)

    made = {
        "eager": build(eager_step, foreach=False),
        "eager_foreach": build(eager_step, foreach=True),
        "compiled_model": build(parts("default", False), foreach=False),
        "compiled_model_and_optimizer": build(parts("default", True)),
        "compiled_step": build(whole()),
        "compiled_step_cpp_wrapper": build(whole(options={"cpp_wrapper": True})),
        "compiled_model_and_optimizer_tuned": build(parts(TUNED, True)),
        "compiled_step_tuned": build(whole(TUNED)),
    }
    if make_optimizer is adam:  # RMSprop has no fused form on the CPU
        made["eager_fused"] = build(eager_step, fused=True)
        made["compiled_model_fused_optimizer"] = build(parts("default", False), fused=True)
    return made


def serve(make_step, make_batches, pipe):
    """In a process of its own: builds and warms a variant, then runs as many steps as asked and sends their times.

    A process each keeps the variants' compiled code apart; torch.compile would otherwise test the guards of all of them.
    """
    try:
        step, batches = make_step(), make_batches()
        for _ in range(25):
            loss = step(*batches.next())
    except Exception as error:  # whatever this PyTorch cannot build is reported, the other variants go on
        lines = str(error).strip().splitlines() or [type(error).__name__]
        pipe.send(lines[0])
        return
    pipe.send(None)
    while (count := pipe.recv()) > 0:
        wall, cpu = time.perf_counter(), time.thread_time()
        for _ in range(count):
            loss = step(*batches.next())
        wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
        pipe.send((wall / count * 1e6, cpu / count * 1e6, loss.item()))


class Variant:
    """A serving process and the times that it sent."""

    def __init__(self, net, name, make_step, make_batches):
        self.net, self.name = net, name
        self.pipe, theirs = multiprocessing.Pipe()
        fork = multiprocessing.get_context("fork")  # the data are shared, not copied
        self.process = fork.Process(target=serve, args=(make_step, make_batches, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.wall, self.cpu, self.loss = [], [], None
        self.failure = self._receive()

    def _receive(self):
        try:
            return self.pipe.recv()
        except EOFError:
            sys.exit(f"{self.net} {self.name}: its process died")

    def repeat(self, count):
        self.pipe.send(count)
        wall, cpu, self.loss = self._receive()
        self.wall.append(wall)
        self.cpu.append(cpu)

    def stop(self):
        self.pipe.send(0)
        self.process.join()

    def result(self):
        rounded = [round(us, 2) for us in self.wall]
        return {"net": self.net, "variant": self.name, "median_us": round(statistics.median(self.wall), 2),
                "min_us": min(rounded), "max_us": max(rounded), "us": rounded,
                "cpu_us": round(statistics.median(self.cpu), 2), "min_cpu_us": round(min(self.cpu), 2),
                "loss": round(self.loss, 4), "torch": torch.__version__}


def start_variants(flags):
    """The variants asked for, built one after another; what cannot be built is told on stderr."""
    make_model, loss_function, make_optimizer, make_batches = load(flags.net)
    makers = variants(make_model, loss_function, make_optimizer)
    names = flags.only.split(",") if flags.only else list(makers)
    ready = []
    for name in names:
        if name not in makers:
            sys.exit(f"--only {name}: no such variant of {flags.net}; there are {', '.join(makers)}")
        variant = Variant(flags.net, name, makers[name], make_batches)
        if variant.failure is None:
            ready.append(variant)
        else:
            print(f"{flags.net} {name}: left out: {variant.failure}", file=sys.stderr)
    return ready


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", required=True,
                        choices=["imdb", "imdb_bag", "reuters", "boston", "mnist100", "mnist1000"])
    parser.add_argument("--only", help="comma-separated variants (default: all)")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="CPU time of one repeat; short ones give a truer minimum on a busy machine")
    flags = parser.parse_args()
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")  # no idle pool of compilers per variant
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit ends the serving processes, a kill does not
    torch.set_num_threads(1)

    ready = start_variants(flags)
    counts = []
    for variant in ready:
        variant.repeat(10)
        counts.append(max(1, round(flags.seconds * 1e6 / variant.cpu.pop())))
        variant.wall.clear()
    for _ in range(flags.repeats):
        for variant, count in zip(ready, counts):
            variant.repeat(count)
    for variant in ready:
        variant.stop()
        print(json.dumps(variant.result()), flush=True)


if __name__ == "__main__":
    main()
