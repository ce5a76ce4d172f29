# SPDX-License-Identifier: Apache-2.0
"""Writes the corpus of onnx_fuzz: small files that together reach every part of the reader.

Needs the package onnx: python tests/fuzz/make_onnx_corpus.py tests/fuzz/corpus/onnx
"""

import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def ramp(name, *dims):
    count = int(np.prod(dims))
    return constant(name, np.arange(count).reshape(dims) / count)


def model(nodes, x_dims, initializers, opset=13, outputs=("y",)):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", FLOAT, x_dims)],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        initializers,
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", opset)])


def node(op_type, inputs, outputs, **attributes):
    return helper.make_node(op_type, inputs.split(), outputs.split(), name=op_type, **attributes)


def convolutions():
    nodes = [
        node("Conv", "x w", "a", pads=[1, 1, 1, 1], strides=[2, 2]),
        node("BatchNormalization", "a s s s s", "b"),
        node("Clip", "b low high", "c"),
        node("Conv", "c d", "e", group=2, auto_pad="SAME_UPPER"),
        node("MaxPool", "e", "f", kernel_shape=[2, 2], ceil_mode=1),
        node("ConvTranspose", "f t", "y", output_shape=[6, 6], strides=[2, 2]),
    ]
    weights = [ramp("w", 2, 3, 3, 3), ramp("s", 2), ramp("d", 2, 1, 3, 3), ramp("t", 2, 1, 2, 2)]
    return model(nodes, [1, 3, 8, 8], weights + [constant("low", 0), constant("high", 6)])


def shape_arithmetic():
    nodes = [
        node("Shape", "x", "shape"),
        node("Gather", "shape zero", "batch"),
        node("Unsqueeze", "batch axis", "list"),
        node("Concat", "list rest", "wanted", axis=0),
        node("ConstantOfShape", "rest2", "filled", value=constant("", [2], np.int64)),
        node("Range", "zero two one", "range"),
        node("Equal", "range filled", "same"),
        node("Where", "same range filled", "picked"),
        node("Mul", "picked filled", "product"),
        node("Cast", "product", "floats", to=FLOAT),
        node("Reshape", "x wanted", "flat"),
        node("ReduceMean", "flat", "mean", axes=[1], keepdims=1),
        node("Slice", "floats one_list two_list", "part"),
        node("Add", "mean part", "y"),
    ]
    numbers = {"zero": 0, "one": 1, "two": 2, "axis": [0], "rest": [-1], "rest2": [2]}
    numbers |= {"one_list": [1], "two_list": [2]}
    return model(nodes, [2, 3, 4], [constant(k, v, np.int64) for k, v in numbers.items()])


def layers():
    nodes = [
        node("Flatten", "x", "a"),
        node("Gemm", "a w b", "c", transB=1, alpha=0.5),
        node("LeakyRelu", "c", "d", alpha=0.1),
        node("MatMul", "d v", "e"),
        node("Dropout", "e", "f mask", ratio=0.5),
        node("Softmax", "f", "y", axis=1),
    ]
    return model(nodes, [1, 2, 3], [ramp("w", 4, 6), ramp("b", 4), ramp("v", 4, 3)], opset=11)


def normalisations():
    nodes = [
        node("LayerNormalization", "x s b", "a", axis=-1),
        node("Gelu", "a", "c", approximate="tanh"),
        node("InstanceNormalization", "c t t", "d"),
        node("GroupNormalization", "d t t", "e", num_groups=2),
        node("Elu", "e", "f", alpha=0.5),
        node("Mish", "f", "g"),
        node("Tile", "g times", "h"),
        node("ReduceL2", "h last", "y"),
    ]
    weights = [ramp("s", 3), ramp("b", 3), ramp("t", 4)]
    lists = [constant("times", [1, 1, 2, 1], np.int64), constant("last", [3], np.int64)]
    return model(nodes, [1, 4, 2, 3], weights + lists, opset=21)


def movement():
    nodes = [
        node("Pad", "x", "a", pads=[0, 0, 1, 1, 0, 0, 1, 1], mode="reflect"),
        node("Upsample", "a scales", "b", mode="linear"),
        node("Split", "b", "c d", axis=1, split=[1, 3]),
        node("Slice", "d", "e", starts=[0], ends=[-1], axes=[1]),
        node("Transpose", "e", "f", perm=[0, 2, 3, 1]),
        node("Squeeze", "f", "y", axes=[0]),
        node("SpaceToDepth", "c", "z", blocksize=2),
    ]
    scales = constant("scales", [1, 1, 2, 2])
    return model(nodes, [1, 4, 3, 3], [scales], opset=9, outputs=("y", "z"))


def typed_fields():
    weights = [
        helper.make_tensor("w", FLOAT, [2], [1.5, -2]),
        helper.make_tensor("i", TensorProto.INT32, [1], [-1]),
        helper.make_tensor("h", TensorProto.FLOAT16, [2], [1.0, 2.0]),
    ]
    nodes = [
        node("Cast", "h", "half", to=FLOAT),
        node("Add", "half w", "sum"),
        node("Gather", "sum i", "one"),
        node("PRelu", "x one", "y"),
    ]
    return model(nodes, [2], weights)


def quantised():
    nodes = [
        node("QuantizeLinear", "x s z", "q"),
        node("DequantizeLinear", "q s z", "y"),
    ]
    weights = [constant("s", 0.5), constant("z", 3, np.uint8)]
    return model(nodes, [2], weights)


def external():
    weight = ramp("w", 2)
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "w.bin", "offset": "0", "length": "8"}.items():
        weight.external_data.add(key=key, value=value)
    return model([node("Add", "x w", "y")], [2], [weight])


def main(folder):
    files = [convolutions, shape_arithmetic, layers, normalisations, movement, typed_fields]
    for make in [*files, quantised, external]:
        path = pathlib.Path(folder) / f"{make.__name__}.onnx"
        path.write_bytes(make().SerializeToString())


if __name__ == "__main__":
    main(sys.argv[1])
