# SPDX-License-Identifier: Apache-2.0
"""Writes MobileNetV2 1.0 224 and MobileNetV3-Large 224 as .onnx files, with seeded weights.

Published tables: Sandler et al., "MobileNetV2", table 2; Howard et al., "Searching for
MobileNetV3", table 1. Batch norms are folded already. Needs the packages of requirements.txt.

  build/peers/bin/python bench/peers/make_networks.py build/networks
"""

import argparse
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# kernel, expanded channels, output channels, squeeze and excite, hard-swish, stride
V3_LARGE = [
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
]
# expansion, output channels, repeats, stride of the first
V2 = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]


def rounded(channels):
    """The nearest multiple of 8, at least 8, that loses no more than a tenth."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near


class Network:
    """Nodes and weights, in order; methods take and return names of values."""

    def __init__(self):
        self.random = np.random.default_rng(7)
        self.nodes, self.weights, self.channels = [], [], {"input": 3}

    def constant(self, value):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def add(self, op, inputs, channels, **attributes):
        name = f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        self.channels[name] = channels
        return name

    def conv(self, x, channels, size=1, stride=1, groups=1):
        depth = self.channels[x] // groups * size * size
        shape = (channels, self.channels[x] // groups, size, size)
        weights = self.random.normal(0, (2 / depth) ** 0.5, shape).astype(np.float32)
        bias = self.random.normal(0, 0.1, channels).astype(np.float32)
        return self.add(
            "Conv",
            [x, self.constant(weights), self.constant(bias)],
            channels,
            group=groups,
            kernel_shape=[size, size],
            pads=[size // 2] * 4,
            strides=[stride, stride],
        )

    def act(self, x, kind):
        if kind == "Clip":
            limits = [self.constant(np.float32(v)) for v in (0, 6)]
            return self.add("Clip", [x, *limits], self.channels[x])
        return self.add(kind, [x], self.channels[x])

    def squeeze_excite(self, x):
        channels = self.channels[x]
        pooled = self.add("GlobalAveragePool", [x], channels)
        inner = self.act(self.conv(pooled, rounded(channels / 4)), "Relu")
        gate = self.conv(inner, channels)
        gate = self.add("HardSigmoid", [gate], channels, alpha=1 / 6, beta=0.5)
        return self.add("Mul", [x, gate], channels)

    def bottleneck(self, x, size, expanded, channels, stride, kind, excite=False):
        y = x
        if expanded != self.channels[x]:
            y = self.act(self.conv(y, expanded), kind)
        y = self.act(self.conv(y, expanded, size, stride, groups=expanded), kind)
        if excite:
            y = self.squeeze_excite(y)
        y = self.conv(y, channels)
        if stride == 1 and channels == self.channels[x]:
            y = self.add("Add", [x, y], channels)
        return y

    def save(self, x, path):
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [value("input", TensorProto.FLOAT, [1, 3, 224, 224])],
            [value(x, TensorProto.FLOAT, [1, 1000])],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)


def mobilenet_v2():
    net = Network()
    x = net.act(net.conv("input", 32, 3, 2), "Clip")
    for expansion, channels, repeats, stride in V2:
        for i in range(repeats):
            expanded = net.channels[x] * expansion
            x = net.bottleneck(x, 3, expanded, channels, stride if i == 0 else 1, "Clip")
    x = net.act(net.conv(x, 1280), "Clip")
    return net, net.conv(net.add("GlobalAveragePool", [x], 1280), 1000)


def mobilenet_v3_large():
    net = Network()
    x = net.act(net.conv("input", 16, 3, 2), "HardSwish")
    for size, expanded, channels, excite, swish, stride in V3_LARGE:
        kind = "HardSwish" if swish else "Relu"
        x = net.bottleneck(x, size, expanded, channels, stride, kind, excite)
    x = net.act(net.conv(x, 960), "HardSwish")
    x = net.add("GlobalAveragePool", [x], 960)
    return net, net.conv(net.act(net.conv(x, 1280), "HardSwish"), 1000)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, build in (
        ("mobilenet_v2_1.0_224", mobilenet_v2),
        ("mobilenet_v3_large_224", mobilenet_v3_large),
    ):
        net, x = build()
        net.save(net.add("Flatten", [x], 1000), folder / f"{name}.onnx")


if __name__ == "__main__":
    main()
