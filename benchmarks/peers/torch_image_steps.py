"""Times PyTorch training steps of a convolutional network in PyTorch's best forms, one JSON line per form.

    python torch_image_steps.py CONFIG --lockstep BINARY --shape 224,224,3 --batch 16 --threads 1

The network is the config's (torch_net.py). channels_last memory, SGD with momentum as a config of the speed table has it; one
batch in memory, so no time goes into input. Forms: eager and torch.compile's default. `ms` are the steps after warm-up.
"""

import argparse
import json
import resource
import statistics
import time

import torch

import torch_net


def forms(step_of, net, wanted):
    if "eager" in wanted:
        yield "eager", step_of(net)
    if "compiled" in wanted:
        yield "compiled", step_of(torch.compile(net))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("--lockstep", required=True)
    parser.add_argument("--shape", default="224,224,3")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--forms", default="eager,compiled")
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)
    torch.manual_seed(1)
    shape = tuple(map(int, flags.shape.split(",")))
    net = torch_net.Net(torch_net.read_config(flags.config, flags.lockstep), shape).train()
    images = torch.rand(flags.batch, *shape)
    classes = net.shapes[net.outputs[0]][0]
    labels = torch.randint(classes, (flags.batch,))

    def step_of(model):
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, foreach=True)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = net.loss(model(images), labels)
            loss.backward()
            optimizer.step()
            return loss
        return step

    for form, step in forms(step_of, net, flags.forms.split(",")):
        for _ in range(flags.warm_up):
            step()
        times = []
        for _ in range(flags.steps):
            start = time.perf_counter()
            step()
            times.append(1e3 * (time.perf_counter() - start))
        print(json.dumps({"form": form, "ms": times, "median_ms": statistics.median(times), "torch": torch.__version__,
                          "gflop": 2e-9 * flags.batch * (3 * net.macs - net.first_macs),
                          "max_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


if __name__ == "__main__":
    main()
