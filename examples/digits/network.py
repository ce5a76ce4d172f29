# SPDX-License-Identifier: Apache-2.0
"""A small convolutional network in plain numpy: forward, backward, and its parameters by name.

    stem       conv 3x3, 1 -> 32, relu
    depthwise  depthwise conv 3x3, relu6
    pointwise  conv 1x1, 32 -> 32
    add        stem + pointwise, relu
    pool       max 2x2, 8x8 -> 4x4
    body       conv 3x3, 32 -> 64, relu
    pool       max 2x2, 4x4 -> 2x2
    hidden     fully connected, 256 -> 64, relu
    logits     fully connected, 64 -> 10, then softmax

Activations are NHWC, filters OHWI (the depthwise one HWC), all padding is "same".
"""

import numpy as np


def initial_parameters(random):
    """He's initialisation: weights by name, each beside its bias."""
    shapes = {
        "stem": (32, 3, 3, 1),
        "depthwise": (3, 3, 32),
        "pointwise": (32, 1, 1, 32),
        "body": (64, 3, 3, 32),
        "hidden": (64, 256),
        "logits": (10, 64),
    }
    parameters = {}
    for name, shape in shapes.items():
        inputs = 9 if name == "depthwise" else int(np.prod(shape[1:]))
        outputs = shape[-1] if name == "depthwise" else shape[0]
        weights = random.standard_normal(shape) * np.sqrt(2 / inputs)
        parameters[f"{name}_weights"] = weights.astype(np.float32)
        parameters[f"{name}_bias"] = np.zeros(outputs, np.float32)
    return parameters


def _windows(src, size):
    """Every size x size window of the padded source: [n, h, w, size, size, c]."""
    edge = size // 2
    padded = np.pad(src, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))
    return view.transpose(0, 1, 2, 4, 5, 3)


def _fold_windows(gradient, size):
    """The adjoint of `_windows`: adds each window's gradient back to where it was read."""
    count, height, width, _, _, channels = gradient.shape
    edge = size // 2
    padded = np.zeros((count, height + 2 * edge, width + 2 * edge, channels), gradient.dtype)
    for y in range(size):
        for x in range(size):
            padded[:, y : y + height, x : x + width] += gradient[:, :, :, y, x]
    return padded[:, edge : edge + height, edge : edge + width]


def _conv(src, weights, bias):
    return np.tensordot(_windows(src, weights.shape[1]), weights, ((3, 4, 5), (1, 2, 3))) + bias


def _conv_gradients(src, weights, gradient):
    windows = _windows(src, weights.shape[1])
    of_weights = np.tensordot(gradient, windows, ((0, 1, 2), (0, 1, 2)))
    of_src = _fold_windows(np.tensordot(gradient, weights, (3, 0)), weights.shape[1])
    return of_src, of_weights, gradient.sum((0, 1, 2))


def _depthwise(src, weights, bias):
    return np.einsum("nhwyxc,yxc->nhwc", _windows(src, 3), weights) + bias


def _depthwise_gradients(src, weights, gradient):
    of_weights = np.einsum("nhwyxc,nhwc->yxc", _windows(src, 3), gradient)
    of_src = _fold_windows(gradient[:, :, :, None, None, :] * weights, 3)
    return of_src, of_weights, gradient.sum((0, 1, 2))


def _pool(src):
    count, height, width, channels = src.shape
    return src.reshape(count, height // 2, 2, width // 2, 2, channels).max((2, 4))


def _pool_gradient(src, pooled, gradient):
    is_largest = src == pooled.repeat(2, 1).repeat(2, 2)
    return is_largest * gradient.repeat(2, 1).repeat(2, 2)


def forward(parameters, images):
    """All activations by name; `probabilities` is the network's output."""
    p, a = parameters, {"images": images}
    a["stem"] = np.maximum(_conv(images, p["stem_weights"], p["stem_bias"]), 0)
    a["depthwise"] = _depthwise(a["stem"], p["depthwise_weights"], p["depthwise_bias"]).clip(0, 6)
    a["pointwise"] = _conv(a["depthwise"], p["pointwise_weights"], p["pointwise_bias"])
    a["add"] = np.maximum(a["stem"] + a["pointwise"], 0)
    a["pool1"] = _pool(a["add"])
    a["body"] = np.maximum(_conv(a["pool1"], p["body_weights"], p["body_bias"]), 0)
    a["pool2"] = _pool(a["body"])
    a["flat"] = a["pool2"].reshape(len(images), -1)
    a["hidden"] = np.maximum(a["flat"] @ p["hidden_weights"].T + p["hidden_bias"], 0)
    a["logits"] = a["hidden"] @ p["logits_weights"].T + p["logits_bias"]
    exponentials = np.exp(a["logits"] - a["logits"].max(1, keepdims=True))
    a["probabilities"] = exponentials / exponentials.sum(1, keepdims=True)
    return a


def backward(parameters, activations, labels):
    """Gradients of the mean cross-entropy, by parameter."""
    p, a, g = parameters, activations, {}

    def keep(name, gradients):
        of_src, g[f"{name}_weights"], g[f"{name}_bias"] = gradients
        return of_src

    delta = (a["probabilities"] - np.eye(10, dtype=np.float32)[labels]) / len(labels)
    delta = keep("logits", (delta @ p["logits_weights"], delta.T @ a["hidden"], delta.sum(0))) * (
        a["hidden"] > 0
    )
    delta = keep("hidden", (delta @ p["hidden_weights"], delta.T @ a["flat"], delta.sum(0)))
    delta = _pool_gradient(a["body"], a["pool2"], delta.reshape(a["pool2"].shape)) * (a["body"] > 0)
    delta = keep("body", _conv_gradients(a["pool1"], p["body_weights"], delta))
    of_add = _pool_gradient(a["add"], a["pool1"], delta) * (a["add"] > 0)
    delta = keep("pointwise", _conv_gradients(a["depthwise"], p["pointwise_weights"], of_add))
    delta = delta * ((a["depthwise"] > 0) & (a["depthwise"] < 6))
    of_stem = keep("depthwise", _depthwise_gradients(a["stem"], p["depthwise_weights"], delta))
    delta = (of_stem + of_add) * (a["stem"] > 0)
    keep("stem", _conv_gradients(a["images"], p["stem_weights"], delta))
    return g
