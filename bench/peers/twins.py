# SPDX-License-Identifier: Apache-2.0
"""Twins: the same network and weights in the other format, for runtimes that read only that one."""

FORMATS = {
    "litert": (".tflite",),
    "mnn": (".onnx", ".tflite"),
    "ncnn": (".onnx",),
    "onnxruntime": (".onnx",),
    "openvino": (".onnx", ".tflite"),
}
OTHER = {".onnx": ".tflite", ".tflite": ".onnx"}


def twin_of(model, folder):
    """Where the twin of a model is, or would be."""
    return folder / f"{model.stem}{OTHER[model.suffix]}"


def file_for(runtime, model, folder=None):
    """The model if the runtime reads it, itself or converted; else its twin in this folder."""
    if model.suffix in FORMATS[runtime]:
        return model
    if folder is None:
        raise ValueError(f"{runtime} does not read {model.suffix}")
    twin = twin_of(model, folder)
    if not twin.exists():
        raise ValueError(f"{runtime} does not read {model.suffix}, and there is no {twin}")
    return twin
