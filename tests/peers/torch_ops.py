"""Compares lockstep's convolution, pooling, batch norm and LRN, and their gradients, with PyTorch's in float64.

    python torch_ops.py OP_OUTPUTS_BINARY

Prints per op how many cases ran and the largest difference as a part of what the number of terms allows; ends with 1 if any
case is off. The limit is that of docs/numerics.md: (terms + 8) * 2^-24 * the sum of the terms' absolute values, which float64
runs on absolute values give.
"""

import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch.nn import functional

UNIT = 2.0**-24
SLACK = 8  # operations besides the sum: bias, scaling, the rounding of the results


def draw(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def spans(size, pads, window, stride, dilation):
    return (size + sum(pads) - (window - 1) * dilation - 1) // stride + 1


def same_pads(size, window, stride, dilation):
    total = max((-(-size // stride) - 1) * stride + (window - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def windows(item, height, width, kernel, strides, dilations, padding):
    """Completes a case whose picture and window are given; False if no window fits."""
    if padding == "same":
        pads = [same_pads(s, k, t, d) for s, k, t, d in zip((height, width), kernel, strides, dilations)]
    else:
        pads = [tuple(padding[:2]), tuple(padding[2:])]
    item["window"] = [*kernel, *strides, *dilations, *pads[0], *pads[1]]
    out = [spans(s, p, k, t, d) for s, p, k, t, d in zip((height, width), pads, kernel, strides, dilations)]
    item["out"] = [*out, item["out"]]
    return min(out) >= 1


def conv_cases():
    shapes = [(1, 7, 7), (2, 8, 9), (3, 13, 5), (2, 16, 16), (1, 15, 23)]
    kernels = [(1, 1), (3, 3), (5, 5), (7, 7), (3, 1), (1, 7), (2, 2), (2, 3), (11, 11)]
    channels = [(1, 8, 1), (3, 16, 1), (4, 6, 2), (16, 16, 1), (16, 32, 4), (17, 5, 1), (8, 8, 8), (6, 12, 6), (64, 33, 1)]
    paddings = ["same", (0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 2, 0)]
    strides = [(1, 1), (2, 2), (1, 2), (3, 2), (4, 4)]
    dilations = [(1, 1), (2, 2), (1, 3)]
    for i, (kernel, (c, f, groups)) in enumerate(itertools.product(kernels, channels)):
        for k in range(2):  # walks through the other settings at different rates, so that they mix
            at = 2 * i + k
            n, h, w = shapes[at % len(shapes)]
            stride = strides[(at // 2 + k) % len(strides)]
            dilation = dilations[(at // 3) % len(dilations)] if max(stride) == 1 else (1, 1)
            item = {"op": "conv", "n": n, "in": [h, w, c], "out": f, "groups": groups, "bias": at % 3 != 0,
                    "relu": at % 5 == 4}
            if windows(item, h, w, kernel, stride, dilation, paddings[(at // 5 + k) % len(paddings)]):
                yield item


def pool_cases():
    settings = [((2, 2), (2, 2)), ((3, 3), (2, 2)), ((3, 3), (1, 1)), ((2, 3), (3, 1)), ((5, 5), (3, 3)), ((7, 7), (7, 7))]
    paddings = ["same", (0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 1, 0)]
    for op, (kernel, stride), padding, (n, h, w, c) in itertools.product(
            ("max_pool", "average_pool"), settings, paddings, [(2, 7, 9, 3), (1, 14, 14, 17), (3, 8, 5, 32)]):
        item = {"op": op, "n": n, "in": [h, w, c], "out": c}
        fits = padding == "same" or 2 * max(padding) <= min(kernel)
        if fits and windows(item, h, w, kernel, stride, (1, 1), padding):
            yield item


def batch_norm_cases():
    for (n, pixels, channels), relu, addend in itertools.product(
            [(2, 1, 3), (5, 1, 16), (1, 49, 7), (2, 63, 64), (3, 100, 17), (4, 196, 1), (2, 300, 33)], (False, True),
            (False, True)):
        yield {"op": "batch_norm", "n": n, "pixels": pixels, "channels": channels, "epsilon": 1e-3 if relu else 1e-5,
               "relu": relu, "addend": addend}


def lrn_cases():
    for (pixels, channels), (radius, alpha, beta, bias) in itertools.product(
            [(5, 1), (9, 3), (49, 16), (12, 33), (30, 96)],
            [(2, 2e-5, 0.75, 1.0), (5, 1.0, 0.5, 1.0), (1, 0.3, 1.0, 2.0), (40, 0.01, 0.6, 0.5)]):
        yield {"op": "lrn", "pixels": pixels, "channels": channels, "depth_radius": radius, "alpha": alpha, "beta": beta,
               "bias": bias}


def nchw(array):
    return torch.from_numpy(array.astype(np.float64)).permute(0, 3, 1, 2)


def nhwc(tensor):
    return tensor.detach().permute(0, 2, 3, 1).numpy()


def pad(x, window, value=0.0):
    top, bottom, left, right = window[6:]
    return functional.pad(x, (left, right, top, bottom), value=value)


def conv_results(item, arrays, absolute):
    """y, dx, dw, db in float64; on absolute values the ReLU is left out: every term counts."""
    x, w, b, dy = [np.abs(a) for a in arrays] if absolute else arrays
    x, dy = nchw(x).requires_grad_(), nchw(dy)
    w = torch.from_numpy(w.astype(np.float64)).permute(3, 2, 0, 1).contiguous().requires_grad_()
    b = torch.from_numpy(b.astype(np.float64)).requires_grad_() if item["bias"] else None
    window = item["window"]
    y = functional.conv2d(pad(x, window), w, b, window[2:4], 0, window[4:6], item["groups"])
    z = y if absolute or not item["relu"] else functional.relu(y)
    z.backward(dy)
    return [nhwc(z), nhwc(x.grad), w.grad.permute(2, 3, 1, 0).numpy(), b.grad.numpy() if item["bias"] else np.zeros(0)]


def conv_case(rng, item):
    n, (h, w, c), (oh, ow, f) = item["n"], item["in"], item["out"]
    kernel = item["window"][:2]
    arrays = [draw(rng, n, h, w, c), draw(rng, *kernel, c // item["groups"], f), draw(rng, f if item["bias"] else 0),
              draw(rng, n, oh, ow, f)]
    window = kernel[0] * kernel[1]
    terms = [window * c // item["groups"], window * f // item["groups"], n * oh * ow, n * oh * ow]
    expected = conv_results(item, arrays, False)
    limits = [(k + SLACK) * UNIT * size for k, size in zip(terms, conv_results(item, arrays, True))]
    if item["relu"]:  # a result next to 0 may take the other side: keep clear of it
        near = np.abs(conv_results({**item, "relu": False}, arrays, False)[0]) <= limits[0]
        arrays[3][near] = 0
        expected = conv_results(item, arrays, False)
    return arrays, expected, limits


def pool_case(rng, item):
    n, (h, w, c), (oh, ow, _) = item["n"], item["in"], item["out"]
    arrays = [draw(rng, n, h, w, c), draw(rng, n, oh, ow, c)]

    def results(x, dy):
        x, window = nchw(x).requires_grad_(), item["window"]
        if item["op"] == "max_pool":
            y = functional.max_pool2d(pad(x, window, float("-inf")), window[:2], window[2:4])
        else:
            ones = functional.avg_pool2d(pad(torch.ones_like(x), window), window[:2], window[2:4])
            y = functional.avg_pool2d(pad(x, window), window[:2], window[2:4]) / ones
        y.backward(nchw(dy))
        return [nhwc(y), nhwc(x.grad)]

    sizes = results(*map(np.abs, arrays))
    if item["op"] == "max_pool":
        sizes = [np.zeros_like(sizes[0]), results(arrays[0], np.abs(arrays[1]))[1]]
        return arrays, results(*arrays), [sizes[0], 50 * UNIT * sizes[1]]
    return arrays, results(*arrays), [(50 + SLACK) * UNIT * size for size in sizes]


def batch_norm_case(rng, item):
    n, pixels, channels = item["n"], item["pixels"], item["channels"]
    shape = (n, pixels, channels)
    x = draw(rng, *shape) * np.float32(1.7) + np.float32(0.6)
    gamma, beta = draw(rng, channels), draw(rng, channels)
    addend, dy = draw(rng, *shape) if item["addend"] else np.zeros(0, np.float32), draw(rng, *shape)
    x64, gamma64, beta64 = (torch.from_numpy(a.astype(np.float64)).requires_grad_() for a in (x, gamma, beta))
    a64 = torch.from_numpy(addend.astype(np.float64)).requires_grad_()
    mean, variance = x64.mean((0, 1)), x64.var((0, 1), unbiased=False)
    z = gamma64 * (x64 - mean) / torch.sqrt(variance + item["epsilon"]) + beta64 + (a64 if item["addend"] else 0)
    near = np.abs(z.detach().numpy()) < 1e-3
    if item["relu"]:
        dy[near] = 0
    y = functional.relu(z) if item["relu"] else z
    y.backward(torch.from_numpy(dy.astype(np.float64)))
    grads = [t.grad.numpy() for t in (x64, gamma64, beta64)]
    scale = (np.abs(gamma64.detach().numpy()) / np.sqrt(variance.detach().numpy() + item["epsilon"]))
    m, hat = np.abs(mean.detach().numpy()), np.abs(x) + np.abs(mean.detach().numpy())
    inverse = 1 / np.sqrt(variance.detach().numpy() + item["epsilon"])
    hat = hat * inverse
    down = np.abs(dy.astype(np.float64))
    means = down.mean((0, 1)), (down * hat).mean((0, 1))
    sizes = [np.abs(gamma) * hat + np.abs(beta) + (np.abs(addend) if item["addend"] else 0), m + np.abs(x).mean((0, 1)),
             ((np.abs(x) + m).astype(np.float64)**2).mean((0, 1)), scale * (down + means[0] + hat * means[1]),
             down if item["addend"] else np.zeros(0), (down * hat).sum((0, 1)), down.sum((0, 1))]
    expected = [y.detach().numpy(), mean.detach().numpy(), variance.detach().numpy(), grads[0],
                a64.grad.numpy() if item["addend"] else np.zeros(0), grads[1], grads[2]]
    terms = n * pixels + SLACK
    return [x, gamma, beta, addend, dy], expected, [2 * terms * UNIT * size for size in sizes]


def lrn_case(rng, item):
    pixels, channels, radius = item["pixels"], item["channels"], item["depth_radius"]
    arrays = [draw(rng, pixels, channels), draw(rng, pixels, channels)]

    def scale_of(x):
        squares = functional.pad(x * x, (radius, radius))
        return item["bias"] + item["alpha"] * squares.unfold(1, 2 * radius + 1, 1).sum(-1)

    x = torch.from_numpy(arrays[0].astype(np.float64)).requires_grad_()
    y = x / scale_of(x)**item["beta"]
    if 2 * radius + 1 <= channels:  # the formula above is PyTorch's own
        theirs = functional.local_response_norm(x.detach().T[None], 2 * radius + 1, item["alpha"] * (2 * radius + 1),
                                                item["beta"], item["bias"])[0].T
        assert torch.allclose(theirs, y.detach(), rtol=1e-12)
    y.backward(torch.from_numpy(arrays[1].astype(np.float64)))
    scale = scale_of(x).detach()
    size_x, size_dy = x.detach().abs(), torch.from_numpy(np.abs(arrays[1]).astype(np.float64))
    through = functional.pad(size_dy * size_x * scale**(-item["beta"] - 1), (radius, radius))
    through = through.unfold(1, 2 * radius + 1, 1).sum(-1)
    sizes = [y.detach().abs(), size_dy * scale**-item["beta"] + 2 * item["alpha"] * item["beta"] * size_x * through]
    terms = 2 * (2 * radius + 1) + 2 * SLACK
    return arrays, [y.detach().numpy(), x.grad.numpy()], [terms * UNIT * size.numpy() for size in sizes]


MAKERS = {"conv": conv_case, "max_pool": pool_case, "average_pool": pool_case, "batch_norm": batch_norm_case,
          "lrn": lrn_case}
RESULTS = {"conv": ["y", "dx", "dw", "db"], "max_pool": ["y", "dx"], "average_pool": ["y", "dx"],
           "batch_norm": ["y", "mean", "variance", "dx", "daddend", "dgamma", "dbeta"], "lrn": ["y", "dx"]}


def compare(item, values, expected, limits, worst):
    """The names of results that are off; notes the largest part of a limit."""
    off = []
    for name, ours, theirs, limit in zip(RESULTS[item["op"]], values, expected, limits):
        difference = np.abs(ours.reshape(theirs.shape).astype(np.float64) - theirs)
        part = np.max(difference / (limit + 1e-30), initial=0.0)
        if np.isnan(part) or part > 1:
            off.append(f"{name} by {np.max(difference, initial=0.0):.3g}, {part:.3g} times the limit")
        worst[item["op"]] = max(worst.get(item["op"], 0.0), part)
    return off


def main():
    binary = sys.argv[1]
    rng = np.random.default_rng(3)
    items = [*conv_cases(), *pool_cases(), *batch_norm_cases(), *lrn_cases()]
    made = [MAKERS[item["op"]](rng, item) for item in items]
    with tempfile.TemporaryDirectory() as folder:
        cases, given, got = (pathlib.Path(folder, name) for name in ("cases.jsonl", "in.bin", "out.bin"))
        cases.write_text("".join(json.dumps(item) + "\n" for item in items))
        given.write_bytes(b"".join(array.tobytes() for arrays, _, _ in made for array in arrays))
        subprocess.run([binary, cases, given, got], check=True, stdout=subprocess.DEVNULL)
        values = np.fromfile(got, np.float32)
    at, failures, worst, counts = 0, 0, {}, {}
    for item, (_, expected, limits) in zip(items, made):
        results = []
        for array in expected:
            results.append(values[at:at + array.size])
            at += array.size
        counts[item["op"]] = counts.get(item["op"], 0) + 1
        off = compare(item, results, expected, limits, worst)
        if off:
            failures += 1
            print(json.dumps(item), "; ".join(off))
    assert at == values.size, "op_outputs wrote another number of results"
    for op, count in counts.items():
        print(f"{op}: {count} cases, largest difference {worst[op]:.3f} of the limit")
    print(f"{len(items)} cases, {failures} off")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
