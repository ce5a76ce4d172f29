# SPDX-License-Identifier: Apache-2.0
"""Trains the digits network and writes everything that lies in this folder beside the scripts.

Not part of the set-up: the files it writes are committed. It needs, in an environment of its own,
    pip install numpy scikit-learn onnx onnxruntime flatbuffers tflite ai-edge-litert

Data: the 1,797 handwritten digits of 8x8 pixels that scikit-learn ships (UCI machine learning
repository, "Optical Recognition of Handwritten Digits", Alpaydin and Kaynak, CC BY 4.0).
"""

from pathlib import Path

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from network import backward, forward, initial_parameters
from onnx_writer import write_onnx
from sklearn.datasets import load_digits
from tflite_writer import write_tflite

_FOLDER = Path(__file__).parent
_SEED = 1
_HELD_OUT = 360
_EPOCHS = 30
_BATCH = 32
_LEARNING_RATE = 1e-3


def _split():
    """Training and held-out images in [0, 1], NHWC, with their labels."""
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[..., None]
    shuffled = np.random.default_rng(_SEED).permutation(len(images))
    images, labels = images[shuffled], digits.target[shuffled]
    return images[_HELD_OUT:], labels[_HELD_OUT:], images[:_HELD_OUT], labels[:_HELD_OUT]


def _train(images, labels):
    """Adam (Kingma and Ba, 2015) with its customary constants and a rate that falls to zero."""
    random = np.random.default_rng(_SEED)
    parameters = initial_parameters(random)
    mean = {name: np.zeros_like(value) for name, value in parameters.items()}
    square = {name: np.zeros_like(value) for name, value in parameters.items()}
    steps_in_all = _EPOCHS * (len(images) // _BATCH)
    step = 0
    for _ in range(_EPOCHS):
        shuffled = random.permutation(len(images))
        for batch in shuffled[: len(images) // _BATCH * _BATCH].reshape(-1, _BATCH):
            step += 1
            gradients = backward(parameters, forward(parameters, images[batch]), labels[batch])
            rate = _LEARNING_RATE * (1 - (step - 1) / steps_in_all)
            for name, gradient in gradients.items():
                mean[name] += 0.1 * (gradient - mean[name])
                square[name] += 0.001 * (gradient**2 - square[name])
                scale = np.sqrt(square[name] / (1 - 0.999**step)) + 1e-8
                parameters[name] -= (rate * mean[name] / (1 - 0.9**step) / scale).astype(np.float32)
    return parameters


def _run_onnx(path, images):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"image": images.transpose(0, 3, 1, 2)})[0]


def _run_tflite(path, images):
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    src = interpreter.get_input_details()[0]["index"]
    dst = interpreter.get_output_details()[0]["index"]
    rows = []
    for image in images:
        interpreter.set_tensor(src, image[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(dst)[0])
    return np.array(rows)


def _write_examples(images, labels, probabilities):
    """One held-out image of each digit, and what ONNX Runtime makes of them, a row per digit."""
    firsts = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    for digit, first in enumerate(firsts):
        np.save(_FOLDER / "images" / f"digit_{digit}.npy", images[first][None])
    np.save(_FOLDER / "expected.npy", probabilities[firsts])


def main():
    train_images, train_labels, images, labels = _split()
    parameters = _train(train_images, train_labels)
    write_onnx(parameters, _FOLDER / "digits.onnx")
    write_tflite(parameters, _FOLDER / "digits.tflite")

    own = forward(parameters, images)["probabilities"]
    by_onnx = _run_onnx(_FOLDER / "digits.onnx", images)
    by_tflite = _run_tflite(_FOLDER / "digits.tflite", images)
    for name, rows in (("numpy", own), ("onnx", by_onnx), ("tflite", by_tflite)):
        accuracy = (rows.argmax(1) == labels).mean()
        print(f"{name}: {accuracy:.1%} of {len(labels)} held-out images")
        assert accuracy > 0.95, name
    difference = max(np.abs(by_onnx - by_tflite).max(), np.abs(by_onnx - own).max())
    print(f"largest difference between them: {difference:.1e}")
    assert difference < 1e-5
    _write_examples(images, labels, by_onnx)


if __name__ == "__main__":
    main()
