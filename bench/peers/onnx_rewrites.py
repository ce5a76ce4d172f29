# SPDX-License-Identifier: Apache-2.0
"""Changes an .onnx network, and but for its weights not what it computes, for converters."""

import numpy as np
from onnx import helper, numpy_helper, shape_inference


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def set_attributes(node, values):
    del node.attribute[:]
    node.attribute.extend(helper.make_attribute(name, value) for name, value in values.items())


def sizes(network):
    """The sizes of each value's dimensions, 0 where they are open."""
    values = [*network.graph.input, *shape_inference.infer_shapes(network).graph.value_info]
    return {v.name: [dim.dim_value for dim in v.type.tensor_type.shape.dim] for v in values}


def drop_weights(network):
    """Takes weights off the inputs: old files list them there, and pnnx takes them for inputs."""
    weights = {tensor.name for tensor in network.graph.initializer}
    for value in [value for value in network.graph.input if value.name in weights]:
        network.graph.input.remove(value)
    network.ir_version = max(network.ir_version, 4)


def spell_out(network):
    """Names the mode of pads, and what linear resizes ignore not at all, as pnnx knows them."""
    for node in network.graph.node:
        known = attributes(node)
        if node.op_type == "Pad":
            set_attributes(node, {"mode": "constant", **known})
        if node.op_type == "Resize" and known.get("mode") == b"linear":
            ignored = ("exclude_outside", "nearest_mode")
            set_attributes(node, {k: v for k, v in known.items() if k not in ignored})


def size_splits(network):
    """Names the sizes of equal parts, without which pnnx writes a layer that divides nothing."""
    known_sizes = sizes(network)
    versions = [opset.version for opset in network.opset_import if opset.domain in ("", "ai.onnx")]
    for node in [node for node in network.graph.node if node.op_type == "Split"]:
        known, parts = attributes(node), len(node.output)
        shape, axis = known_sizes.get(node.input[0]), known.get("axis", 0)
        if len(node.input) > 1 or "split" in known or not shape or shape[axis] % parts:
            continue
        part_sizes = [shape[axis] // parts] * parts
        if versions[0] < 13:
            set_attributes(node, {**known, "split": part_sizes})
            continue
        set_attributes(node, {"axis": axis})
        node.input.append(f"{node.output[0]}.sizes")
        tensor = numpy_helper.from_array(np.array(part_sizes), node.input[1])
        network.graph.initializer.append(tensor)


def pool_globally(network):
    """Makes means over one window that holds the image global: of such with uneven padding pnnx
    has none, and onnx2tf counts the padding."""
    known_sizes = sizes(network)
    for node in [node for node in network.graph.node if node.op_type == "AveragePool"]:
        known, image = attributes(node), known_sizes.get(node.input[0], [])[2:]
        if not image or "auto_pad" in known or known.get("count_include_pad", 0):
            continue
        pads = known.get("pads", [0] * 2 * len(image))
        padded = [sum(three) for three in zip(pads, image, pads[len(image) :], strict=False)]
        if padded == list(known["kernel_shape"]):
            node.op_type = "GlobalAveragePool"
            set_attributes(node, {})


def randomise(network):
    """Gives random values to weights that ConstantOfShape makes, which are one value throughout."""
    graph, random = network.graph, np.random.default_rng(1)
    shapes = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type == "ConstantOfShape"]:
        shape = shapes[node.input[0]]
        if len(shape) > 1:
            values = random.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape)
        else:
            values = random.uniform(0.5, 1.5, shape)  # variances are positive
        graph.node.remove(node)
        tensor = numpy_helper.from_array(values.astype(np.float32), node.output[0])
        graph.initializer.append(tensor)
    drop_weights(network)
