"""Trains a config's network on CIFAR-10 in PyTorch and prints what it reaches, one JSON line.

    python torch_cifar.py examples/resnet20_cifar.textproto --lockstep BINARY --pictures FOLDER --epochs 8 --drop 6 --seed 0

FOLDER holds train/CLASS/*.jpg and test/CLASS/*.jpg (or .png). Network, batch, learning rate, momentum, l2 and normalisation are
the config's; the rate falls tenfold after --drop epochs. As lockstep does: kernels of convolutions from He's normal distribution,
black borders of 4 pixels and a random crop, a mirror half of the times, l2 on kernels only, the last, smaller batch trained too.
"""

import argparse
import json
import pathlib
import time

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

import torch_net


def read_pictures(folder):
    """(bytes [N,H,W,C], labels [N]); classes are folders in sorted order."""
    pictures, labels = [], []
    for label, group in enumerate(sorted(path for path in pathlib.Path(folder).iterdir() if path.is_dir())):
        for path in sorted(group.iterdir()):
            pictures.append(np.asarray(Image.open(path).convert("RGB")))
            labels.append(label)
    return torch.from_numpy(np.stack(pictures)), torch.tensor(labels)


def augmented(pictures):
    count, height, width, _ = pictures.shape
    padded = functional.pad(pictures, (0, 0, 4, 4, 4, 4))
    tops, lefts = torch.randint(9, (2, count))
    rows = (tops[:, None] + torch.arange(height))[:, :, None]
    mirrored = torch.rand(count) < 0.5
    columns = torch.where(mirrored[:, None], torch.arange(width - 1, -1, -1), torch.arange(width))
    columns = (lefts[:, None] + columns)[:, None, :]
    return padded[torch.arange(count)[:, None, None], rows, columns]


def initialise(net):
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


def optimizer_of(net, config):
    kernels = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() <= 1]
    settings = config.optimizer.sgd
    return torch.optim.SGD([{"params": kernels, "weight_decay": 2 * config.optimizer.l2}, {"params": others}],
                           lr=settings.learning_rate, momentum=settings.momentum, foreach=True)


def accuracy(net, prepare, pictures, labels):
    net.eval()
    with torch.no_grad():
        right = sum(int((net(prepare(part))[0].argmax(1) == target).sum())
                    for part, target in zip(pictures.split(500), labels.split(500)))
    net.train()
    return right / len(labels)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("--lockstep", required=True)
    parser.add_argument("--pictures", required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--drop", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)
    torch.manual_seed(flags.seed)
    config = torch_net.read_config(flags.config, flags.lockstep)
    pictures, labels = read_pictures(pathlib.Path(flags.pictures, "train"))
    net = torch_net.Net(config, tuple(pictures.shape[1:])).train()
    initialise(net)
    optimizer = optimizer_of(net, config)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [flags.drop])
    mean, std = torch.tensor(config.data.normalize.mean), torch.tensor(config.data.normalize.std)

    def prepare(part):
        return (part.float() / config.data.divide_by - mean) / std

    start = time.perf_counter()
    for _ in range(flags.epochs):
        right = 0
        for chosen in torch.randperm(len(labels)).split(config.training.batch_size):
            optimizer.zero_grad(set_to_none=True)
            outputs = net(prepare(augmented(pictures[chosen])))
            net.loss(outputs, labels[chosen]).backward()
            optimizer.step()
            right += int((outputs[0].argmax(1) == labels[chosen]).sum())
        schedule.step()
    seconds = time.perf_counter() - start
    test = accuracy(net, prepare, *read_pictures(pathlib.Path(flags.pictures, "test")))
    print(json.dumps({"accuracy": right / len(labels), "test_accuracy": test, "seconds": seconds,
                      "torch": torch.__version__}), flush=True)


if __name__ == "__main__":
    main()
