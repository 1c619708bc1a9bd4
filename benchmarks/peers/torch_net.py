"""A PyTorch module from a lockstep config: the same network, layer by layer, for comparing numbers and speed.

    net = torch_net.Net(torch_net.read_config("examples/resnet50.textproto", "bazel-bin/tools/lockstep"), (224, 224, 3))
    net.load("weights.npz")          # as `lockstep export --format npz` writes them
    outputs = net(images)            # images [N,H,W,C]; a list of logits, the prediction first

Inside, pictures are NCHW tensors in channels_last memory, which is PyTorch's fastest form on a CPU. The last activation of
an output is left to the loss (logits), as lockstep's fused losses do.
"""

import functools
import pathlib
import subprocess
import tempfile

import torch
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from torch import nn
from torch.nn import functional

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@functools.cache
def config_class():
    """The message class of proto/config.proto, by protoc."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "config.bin")
        subprocess.run(["protoc", f"-I{ROOT}", f"--descriptor_set_out={out}", "--include_imports",
                        "proto/config.proto"], check=True, cwd=ROOT)
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("lockstep.Config"))


def parse_config(text):
    return text_format.Parse(text, config_class()())


def read_config(path, lockstep, sets=()):
    """The config with a zoo's network written out in layers."""
    arguments = [a for text in sets for a in ("--set", text)]
    done = subprocess.run([str(lockstep), "summary", str(path), "--expand", *arguments], check=True, text=True,
                          capture_output=True)
    return parse_config(done.stdout)


def enum_name(message, field):
    descriptor = message.DESCRIPTOR.fields_by_name[field]
    return descriptor.enum_type.values_by_number[getattr(message, field)].name


def pair(values, default):
    values = list(values)
    return default if not values else tuple(values * 2) if len(values) == 1 else tuple(values)


def sides(config, sizes, window, strides, dilations=(1, 1)):
    """(top, bottom, left, right) zeros around a picture."""
    given = list(config.explicit_padding)
    if given:
        return {1: given * 4, 2: [given[0]] * 2 + [given[-1]] * 2, 4: given}[len(given)]
    if enum_name(config, "padding") == "VALID":
        return [0] * 4
    result = []
    for size, extent, stride, dilation in zip(sizes, window, strides, dilations):
        reach = (extent - 1) * dilation + 1
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        result += [total // 2, total - total // 2]
    return result


def output_size(sizes, pads, window, strides, dilations=(1, 1)):
    spans = [size + pads[2 * i] + pads[2 * i + 1] for i, size in enumerate(sizes)]
    return [(span - (extent - 1) * dilation - 1) // stride + 1
            for span, extent, stride, dilation in zip(spans, window, strides, dilations)]


ACTIVATIONS = {"LINEAR": lambda x: x, "RELU": functional.relu, "SIGMOID": torch.sigmoid, "TANH": torch.tanh,
               "GELU": functional.gelu, "SOFTMAX": lambda x: torch.softmax(x, 1 if x.dim() == 4 else -1)}


class Padded(nn.Module):
    """A module behind zero (or -inf) padding that it cannot do itself."""

    def __init__(self, module, pads, value=0.0):
        super().__init__()
        self.module, self.value = module, value
        top, bottom, left, right = pads
        self.pads = (left, right, top, bottom)

    def forward(self, x):
        return self.module(functional.pad(x, self.pads, value=self.value))


class AverageWithoutPadding(nn.Module):
    """Average pooling that leaves asymmetric padding out of the count."""

    def __init__(self, window, strides, pads):
        super().__init__()
        self.window, self.strides = window, strides
        self.pads = (pads[2], pads[3], pads[0], pads[1])

    def forward(self, x):
        ones = functional.pad(torch.ones_like(x[:1, :1]), self.pads)
        sums = functional.avg_pool2d(functional.pad(x, self.pads), self.window, self.strides)
        return sums / functional.avg_pool2d(ones, self.window, self.strides)


class Flatten(nn.Module):
    """In the order of [H,W,C], as lockstep and Keras flatten; in channels_last memory that is a view."""

    def __init__(self, shape=None):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        flat = (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).flatten(1)
        if self.shape is None or len(self.shape) == 1:
            return flat
        return flat.reshape(-1, *self.shape).permute(0, 3, 1, 2)


class Node:
    """A layer's name, its module (None for the input), activation and where its inputs come from."""

    def __init__(self, name, inputs, module, activation="LINEAR"):
        self.name, self.inputs, self.module, self.activation = name, inputs, module, activation


class Net(nn.Module):
    """The network of `config`, whose zoo has been expanded, for pictures or vectors of `shape` ([H,W,C] or [n])."""

    def __init__(self, config, shape):
        super().__init__()
        self.shapes = {"input": tuple(shape)}
        self.nodes = []
        self.macs = 0            # multiply-adds of one sample's forward pass, of products and convolutions
        self.first_macs = 0      # those of layers that see the input, whose gradient nobody needs
        self.layers = nn.ModuleDict()
        previous, counts = "input", {}
        for layer in config.model.layer:
            kind = layer.WhichOneof("kind")
            count = counts.get(kind, 0)
            name = layer.name or (kind if count == 0 else f"{kind}_{count}")
            if not layer.name:
                counts[kind] = count + 1
            inputs = list(layer.input) or [previous]
            module, out, activation = getattr(self, "make_" + kind)(getattr(layer, kind), [self.shapes[i] for i in inputs])
            self.shapes[name] = tuple(out)
            if isinstance(module, nn.Module):
                self.layers[name.replace(".", "_")] = module
                self.count(module, inputs, out)
            self.nodes.append(Node(name, inputs, module, activation))
            previous = name
        self.outputs = [output.layer for output in config.model.output] or [previous]
        self.weights = [output.weight for output in config.model.output] or [1.0]
        self.to(memory_format=torch.channels_last)

    def count(self, module, inputs, out):
        inner = module.module if isinstance(module, Padded) else module
        if not isinstance(inner, (nn.Conv2d, nn.Linear)):
            return
        pixels = out[0] * out[1] if len(out) == 3 else 1
        macs = inner.weight.numel() * pixels
        self.macs += macs
        self.first_macs += macs if "input" in inputs else 0

    @staticmethod
    def make_dense(config, shapes):
        module = nn.Linear(shapes[0][0], config.units, bias=config.use_bias)
        return module, [config.units], enum_name(config, "activation")

    @staticmethod
    def make_conv2d(config, shapes):
        height, width, channels = shapes[0]
        window, strides = pair(config.kernel_size, (1, 1)), pair(config.strides, (1, 1))
        dilations = pair(config.dilation_rate, (1, 1))
        pads = sides(config, (height, width), window, strides, dilations)
        even = pads[0] == pads[1] and pads[2] == pads[3]
        module = nn.Conv2d(channels, config.filters, window, strides, (pads[0], pads[2]) if even else 0, dilations,
                           config.groups, config.use_bias)
        out = output_size((height, width), pads, window, strides, dilations) + [config.filters]
        return module if even else Padded(module, pads), out, enum_name(config, "activation")

    @staticmethod
    def make_max_pooling2d(config, shapes):
        window = pair(config.pool_size, (2, 2))
        strides = pair(config.strides, window)
        pads = sides(config, shapes[0][:2], window, strides)
        out = output_size(shapes[0][:2], pads, window, strides) + [shapes[0][2]]
        if pads[0] == pads[1] and pads[2] == pads[3] and 2 * pads[0] <= window[0] and 2 * pads[2] <= window[1]:
            return nn.MaxPool2d(window, strides, (pads[0], pads[2])), out, "LINEAR"
        return Padded(nn.MaxPool2d(window, strides), pads, float("-inf")), out, "LINEAR"

    @staticmethod
    def make_average_pooling2d(config, shapes):
        window = pair(config.pool_size, (2, 2))
        strides = pair(config.strides, window)
        pads = sides(config, shapes[0][:2], window, strides)
        out = output_size(shapes[0][:2], pads, window, strides) + [shapes[0][2]]
        if pads[0] == pads[1] and pads[2] == pads[3] and 2 * pads[0] <= window[0] and 2 * pads[2] <= window[1]:
            return nn.AvgPool2d(window, strides, (pads[0], pads[2]), count_include_pad=False), out, "LINEAR"
        return AverageWithoutPadding(window, strides, pads), out, "LINEAR"

    @staticmethod
    def make_global_average_pooling2d(_, shapes):
        return (lambda x: x.mean((2, 3))), [shapes[0][2]], "LINEAR"

    @staticmethod
    def make_batch_normalization(config, shapes):
        kind = nn.BatchNorm2d if len(shapes[0]) == 3 else nn.BatchNorm1d
        return kind(shapes[0][-1], config.epsilon, 1 - config.momentum), shapes[0], "LINEAR"

    @staticmethod
    def make_local_response_normalization(config, shapes):
        size = 2 * config.depth_radius + 1
        return nn.LocalResponseNorm(size, config.alpha * size, config.beta, config.bias), shapes[0], "LINEAR"

    @staticmethod
    def make_add(_, shapes):
        return (lambda *x: functools.reduce(torch.add, x)), shapes[0], "LINEAR"

    @staticmethod
    def make_concatenate(config, shapes):
        axis = config.axis - 1 if config.axis > 0 else len(shapes[0]) + config.axis
        out = list(shapes[0])
        out[axis] = sum(shape[axis] for shape in shapes)
        torch_axis = {0: 2, 1: 3, 2: 1}[axis] if len(out) == 3 else axis + 1
        return (lambda *x: torch.cat(x, torch_axis)), out, "LINEAR"

    @staticmethod
    def make_zero_padding2d(config, shapes):
        given = list(config.padding) or [1]
        top, bottom, left, right = {1: given * 4, 2: [given[0]] * 2 + [given[-1]] * 2, 4: given}[len(given)]
        height, width, channels = shapes[0]
        pad = functools.partial(functional.pad, pad=(left, right, top, bottom))
        return pad, [height + top + bottom, width + left + right, channels], "LINEAR"

    @staticmethod
    def make_reshape(config, shapes):
        elems = functools.reduce(lambda a, b: a * b, shapes[0])
        shape = list(config.target_shape)
        if -1 in shape:
            known = functools.reduce(lambda a, b: a * b, [extent for extent in shape if extent != -1], 1)
            shape[shape.index(-1)] = elems // known
        return Flatten(shape), shape, "LINEAR"

    @staticmethod
    def make_flatten(_, shapes):
        return Flatten(), [functools.reduce(lambda a, b: a * b, shapes[0])], "LINEAR"

    @staticmethod
    def make_activation(config, shapes):
        return (lambda x: x), shapes[0], enum_name(config, "function")

    @staticmethod
    def make_dropout(config, shapes):
        return nn.Dropout(config.rate), shapes[0], "LINEAR"

    def load(self, path):
        """Weights in Keras' names and layouts."""
        import numpy  # pylint: disable=import-outside-toplevel
        names = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var",
                 "kernel": "weight", "bias": "bias"}
        with numpy.load(path) as arrays, torch.no_grad():
            for key in arrays.files:
                layer, name = key.rsplit("/", 1)
                module = self.layers[layer.replace(".", "_")]
                module = module.module if isinstance(module, Padded) else module
                values = torch.from_numpy(arrays[key])
                if name == "kernel":
                    values = values.permute(3, 2, 0, 1) if values.dim() == 4 else values.T
                getattr(module, names[name]).copy_(values)

    def forward(self, x):
        if x.dim() == 4:
            x = x.permute(0, 3, 1, 2)
        values = {"input": x}
        for node in self.nodes:
            value = node.module(*[values[i] for i in node.inputs])
            is_logits = node.name in self.outputs and node.activation in ("SOFTMAX", "SIGMOID")
            values[node.name] = value if is_logits else ACTIVATIONS[node.activation](value)
        return [values[name] for name in self.outputs]

    def loss(self, outputs, labels):
        return sum(weight * functional.cross_entropy(output, labels) for weight, output in zip(self.weights, outputs))
