# SPDX-License-Identifier: Apache-2.0
"""Brings a model into the format of a runtime that reads neither .tflite nor .onnx itself."""

import json
import pathlib
import subprocess
import sys

import layouts


def to_mnn(model, folder, io):
    """An .mnn file. Calls the converter itself: the package's script for it installs others."""
    target = folder / f"{model.stem}.mnn"
    source = "ONNX" if model.suffix == ".onnx" else "TFLITE"
    call = ["-f", source, "--modelFile", model, "--MNNModel", target, "--bizCode", "x"]
    code = "import sys, _tools; _tools.mnnconvert(sys.argv)"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, call)], capture_output=True, text=True
    )
    if not target.exists():
        raise ValueError("mnn: " + (done.stdout + done.stderr).strip()[-200:])
    names = {**io, "format": source}
    pathlib.Path(f"{target}.json").write_text(json.dumps(names))
    return target


def input_shapes(graph):
    """Sizes of the dimensions of each input that is not a weight, None where they are open."""
    weights = {tensor.name for tensor in graph.initializer}
    return [
        [dim.dim_value or None for dim in value.type.tensor_type.shape.dim]
        for value in graph.input
        if value.name not in weights
    ]


def ends_of(param):
    """Names of the blobs that enter and leave an ncnn network; refuses layers that ncnn lacks."""
    inputs, made, used = [], [], set()
    for line in param.read_text().splitlines()[2:]:
        kind, _, consumed, produced, *names = line.split()
        consumed, produced = int(consumed), int(produced)
        if "." in kind or kind.startswith(("aten::", "prim::")) or kind == "Pad":
            raise ValueError(f"ncnn: lacks {kind}")
        used.update(names[:consumed])
        made += names[consumed : consumed + produced]
        if kind == "Input":
            inputs += names[:produced]
    return {"inputs": inputs, "outputs": [name for name in made if name not in used]}


def to_ncnn(model, folder, io):
    """A .param file with its .bin beside it."""
    import onnx
    import onnx_rewrites

    copy = folder / "model.onnx"
    network = onnx.load(model)
    onnx_rewrites.drop_weights(network)
    wanted = input_shapes(network.graph)
    found = [layouts.moved(*pair) for pair in zip(io["shapes"], wanted, strict=True)]
    onnx_rewrites.spell_out(network)
    onnx_rewrites.size_splits(network)
    onnx_rewrites.pool_globally(network)
    onnx.save(network, copy)
    shapes = ",".join("[" + ",".join(map(str, shape)) + "]f32" for shape in found)
    pnnx = pathlib.Path(sys.executable).parent / "pnnx"
    done = subprocess.run(
        [pnnx, copy.name, f"inputshape={shapes}", "fp16=0"],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    param = folder / "model.ncnn.param"
    if not param.exists():
        raise ValueError("ncnn: " + (done.stdout + done.stderr).strip()[-200:])
    pathlib.Path(f"{param}.json").write_text(json.dumps({**ends_of(param), "shapes": found}))
    return param


def brought(runtime, file, folder, io):
    """The file itself, or what the runtime's converter makes of it in the folder."""
    converters = {"mnn": to_mnn, "ncnn": to_ncnn}
    return converters[runtime](file, folder, io) if runtime in converters else file
