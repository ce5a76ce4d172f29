# SPDX-License-Identifier: Apache-2.0
"""Writes the digits network as ONNX: NCHW, activations as nodes of their own, a free batch."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

_OPSET = 13


def _initializers(parameters):
    """ONNX's layouts: filters OIHW, and the flattened features in the order c, h, w."""
    tensors = {name: value for name, value in parameters.items() if name.endswith("_bias")}
    for name in ("stem", "pointwise", "body"):
        tensors[f"{name}_weights"] = parameters[f"{name}_weights"].transpose(0, 3, 1, 2)
    depthwise = parameters["depthwise_weights"].transpose(2, 0, 1)
    tensors["depthwise_weights"] = depthwise[:, None]
    hidden = parameters["hidden_weights"].reshape(64, 2, 2, 64).transpose(0, 3, 1, 2)
    tensors["hidden_weights"] = hidden.reshape(64, 256)
    tensors["logits_weights"] = parameters["logits_weights"]
    tensors["zero"], tensors["six"] = np.float32(0), np.float32(6)
    return [
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in sorted(tensors.items())
    ]


def _conv(name, src, size, group=1):
    edge = size // 2
    return helper.make_node(
        "Conv",
        [src, f"{name}_weights", f"{name}_bias"],
        [f"{name}_sum"],
        name,
        kernel_shape=[size, size],
        pads=[edge] * 4,
        group=group,
    )


def _gemm(name, src, dst):
    inputs = [src, f"{name}_weights", f"{name}_bias"]
    return helper.make_node("Gemm", inputs, [dst], name, transB=1)


def _pool(name, src):
    return helper.make_node("MaxPool", [src], [name], name, kernel_shape=[2, 2], strides=[2, 2])


def _node(op, inputs, dst, **attributes):
    return helper.make_node(op, inputs, [dst], f"{dst}_{op.lower()}", **attributes)


def write_onnx(parameters, path):
    nodes = [
        _conv("stem", "image", 3),
        _node("Relu", ["stem_sum"], "stem"),
        _conv("depthwise", "stem", 3, group=32),
        _node("Clip", ["depthwise_sum", "zero", "six"], "depthwise"),
        _conv("pointwise", "depthwise", 1),
        _node("Add", ["stem", "pointwise_sum"], "add_sum"),
        _node("Relu", ["add_sum"], "add"),
        _pool("pool1", "add"),
        _conv("body", "pool1", 3),
        _node("Relu", ["body_sum"], "body"),
        _pool("pool2", "body"),
        _node("Flatten", ["pool2"], "flat"),
        _gemm("hidden", "flat", "hidden_sum"),
        _node("Relu", ["hidden_sum"], "hidden"),
        _gemm("logits", "hidden", "logits"),
        _node("Softmax", ["logits"], "probabilities", axis=1),
    ]
    float32 = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("image", float32, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", float32, ["batch", 10])],
        _initializers(parameters),
    )
    model = helper.make_model(
        graph,
        producer_name="tilewright",
        ir_version=8,
        opset_imports=[helper.make_opsetid("", _OPSET)],
    )
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
