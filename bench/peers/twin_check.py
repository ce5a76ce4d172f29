# SPDX-License-Identifier: Apache-2.0
"""Whether a twin computes what its model computes, on one set of random inputs."""

import convert
import numpy as np
import runtimes
from layouts import TO_FIRST, TO_LAST

TOLERANCE = 1e-3  # largest difference, in parts of the largest value of the model's output
OPENERS = {".onnx": runtimes.open_onnxruntime, ".tflite": runtimes.open_litert}


def shapes_of(model):
    """Shapes of the inputs, open dimensions as 1."""
    if model.suffix == ".onnx":
        import onnx

        return [[size or 1 for size in s] for s in convert.input_shapes(onnx.load(model).graph)]
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(str(model)).get_input_details()
    return [[max(1, int(size)) for size in detail["shape_signature"]] for detail in details]


def outputs_of(model, values):
    """Copies of what the model's own runtime makes of these inputs."""
    try:
        run, outputs = OPENERS[model.suffix](model, list(values), 1)
        run()
    except Exception as error:  # each runtime has its own kinds
        raise ValueError(f"the {model.suffix} file does not run: {error}") from error
    return [np.array(output) for output in outputs()]


def distance(expected, got):
    """The largest difference in parts of the largest value, in the layout that is nearest."""
    layouts = [got] if got.ndim != 4 else [got, got.transpose(TO_FIRST), got.transpose(TO_LAST)]
    same = [array for array in layouts if array.shape == expected.shape]
    largest = np.abs(expected).max(initial=0) or 1
    return min((np.abs(expected - array).max() / largest for array in same), default=np.inf)


def check(model, twin):
    """Raises ValueError where outputs, in whatever order, differ by more than the tolerance.

    Returns whether all outputs vary by more than it: one that is the same everywhere tells nothing.
    """
    random = np.random.default_rng(1)
    values = [random.uniform(-1, 1, shape).astype(np.float32) for shape in shapes_of(model)]
    expected, got = outputs_of(model, values), outputs_of(twin, values)
    if len(expected) != len(got):
        raise ValueError(f"expected {len(expected)} outputs, got {len(got)}")
    for index, output in enumerate(expected):
        found = min(distance(output, other) for other in got)
        if not found <= TOLERANCE:  # not a number is no agreement either
            raise ValueError(f"output {index} differs by {found:.1e} of its largest value")
    several = [output for output in expected if output.size > 1]
    return all(np.ptp(output) > TOLERANCE * np.abs(output).max() for output in several)
