# SPDX-License-Identifier: Apache-2.0
"""The runtimes that ours is compared with, each at its best settings for fp32 on a few threads.

Each `open_*` takes a model file, its inputs in the model's order and the number of threads, and
returns two functions: one runs an inference, the other returns the outputs of the last one.
Imports are inside, so that a runtime that is not installed disturbs no other.
"""

import json
import pathlib

import layouts
import numpy as np


def fitted(values, index, shape):
    """The input `index`, with channels moved if the runtime wants the other layout of images."""
    try:
        axes = layouts.axes_to(values[index].shape, shape)
    except ValueError as error:
        raise ValueError(f"input {index}: {error}") from error
    return np.ascontiguousarray(values[index].transpose(axes))


def open_litert(path, values, threads):
    """LiteRT with XNNPACK, its default delegate on CPUs."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=threads)
    for index, detail in enumerate(interpreter.get_input_details()):
        if -1 in list(detail["shape_signature"]):
            interpreter.resize_tensor_input(detail["index"], values[index].shape)
    interpreter.allocate_tensors()
    for index, detail in enumerate(interpreter.get_input_details()):
        interpreter.set_tensor(detail["index"], fitted(values, index, detail["shape"]))

    def outputs():
        return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]

    return interpreter.invoke, outputs


def open_onnxruntime(path, values, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for index, spec in enumerate(session.get_inputs()):
        values[index] = fitted(values, index, spec.shape)  # the binding may not own it
        binding.bind_cpu_input(spec.name, values[index])
    for spec in session.get_outputs():
        binding.bind_output(spec.name)
    return lambda: session.run_with_iobinding(binding), binding.copy_outputs_to_cpu


def open_openvino(path, values, threads):
    """Told to compute in f32: by default it takes bf16 on CPUs that have it, without a word."""
    import openvino

    core = openvino.Core()
    model = core.read_model(str(path))
    if any(port.partial_shape.is_dynamic for port in model.inputs):
        model.reshape({index: list(value.shape) for index, value in enumerate(values)})
    settings = {
        "ENABLE_CPU_PINNING": False,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32",
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    for index, port in enumerate(model.inputs):
        value = fitted(values, index, list(port.shape))
        request.set_input_tensor(index, openvino.Tensor(value))
    count = len(model.outputs)
    return request.infer, lambda: [request.get_output_tensor(i).data for i in range(count)]


def open_mnn(path, values, threads):
    import MNN
    import MNN.expr as expr
    import MNN.nn as nn

    names = json.loads(pathlib.Path(f"{path}.json").read_text())
    settings = {"backend": "CPU", "numThread": threads, "precision": "high"}
    runtime = nn.create_runtime_manager((settings,))
    network = nn.load_module_from_file(
        str(path), names["inputs"], names["outputs"], runtime_manager=runtime
    )
    layout = expr.NCHW if names["format"] == "ONNX" else expr.NHWC
    variables = []
    for value in values:
        variable = expr.placeholder(list(value.shape), layout, expr.float)
        variable.write(np.ascontiguousarray(value))
        variables.append(variable)
    last = []

    def run():
        result = network.forward(variables)
        last[:] = result if isinstance(result, (list, tuple)) else [result]
        for variable in last:
            variable.read()

    def outputs():
        packed = expr.NC4HW4
        plain = [expr.convert(v, layout) if v.data_format == packed else v for v in last]
        return [np.array(v.read()) for v in plain]

    assert MNN.version()
    return run, outputs


def open_ncnn(path, values, threads):
    import ncnn

    names = json.loads(pathlib.Path(f"{path}.json").read_text())
    network = ncnn.Net()
    network.opt.num_threads = threads
    network.opt.use_vulkan_compute = False
    network.opt.use_fp16_storage = False
    network.opt.use_fp16_arithmetic = False
    network.opt.use_bf16_storage = False
    weights = str(path).removesuffix(".param") + ".bin"
    if network.load_param(str(path)) != 0 or network.load_model(weights) != 0:
        raise ValueError(f"{path}: ncnn does not load it")
    values = [fitted(values, index, shape) for index, shape in enumerate(names["shapes"])]
    # Clones, since ncnn counts the users of its own memory only, and layers in place ask for them.
    mats = [ncnn.Mat(np.ascontiguousarray(v[0] if v.ndim > 1 else v)).clone() for v in values]
    last = {}

    def run():
        extractor = network.create_extractor()
        for name, mat in zip(names["inputs"], mats, strict=True):
            extractor.input(name, mat)
        for name in names["outputs"]:
            status, last[name] = extractor.extract(name)
            if status != 0:
                raise ValueError(f"{name}: ncnn gives status {status}")

    return run, lambda: [np.array(last[name]) for name in names["outputs"]]


OPENERS = {
    "litert": open_litert,
    "mnn": open_mnn,
    "ncnn": open_ncnn,
    "onnxruntime": open_onnxruntime,
    "openvino": open_openvino,
}
