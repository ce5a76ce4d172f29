# SPDX-License-Identifier: Apache-2.0
"""Writes the digits network as a .tflite file: NHWC, activations fused into their operators."""

import flatbuffers
import numpy as np
import tflite

_RELU = tflite.ActivationFunctionType.RELU
_RELU6 = tflite.ActivationFunctionType.RELU6
_NONE = tflite.ActivationFunctionType.NONE
_FLOAT32, _INT32 = tflite.TensorType.FLOAT32, tflite.TensorType.INT32


class _Writer:
    """Collects tensors and operators; children of a FlatBuffers table are written before it."""

    def __init__(self):
        self.builder = flatbuffers.Builder(1 << 18)
        self.buffers = [self._table("Buffer")]  # by convention the first is empty
        self.tensor_ids, self.tensors, self.codes, self.operators = {}, [], [], []

    def _table(self, kind, **fields):
        getattr(tflite, f"{kind}Start")(self.builder)
        for name, value in fields.items():
            getattr(tflite, f"{kind}Add{name}")(self.builder, value)
        return getattr(tflite, f"{kind}End")(self.builder)

    def _offsets(self, offsets):
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return self.builder.EndVector()

    def _ints(self, values):
        return self.builder.CreateNumpyVector(np.asarray(values, np.int32))

    def _buffer(self, data):
        if data is None:
            return 0
        # Runtimes read weights in place: 16 bytes is the alignment that they expect.
        content = data.tobytes()
        self.builder.StartVector(1, len(content), 16)
        for byte in reversed(content):
            self.builder.PrependByte(byte)
        vector = self.builder.EndVector()
        self.buffers.append(self._table("Buffer", Data=vector))
        return len(self.buffers) - 1

    def tensor(self, name, shape, data=None):
        buffer = self._buffer(None if data is None else np.ascontiguousarray(data))
        dtype = _INT32 if data is not None and data.dtype == np.int32 else _FLOAT32
        fields = {"Shape": self._ints(shape), "Type": dtype, "Buffer": buffer}
        fields["Name"] = self.builder.CreateString(name)
        self.tensor_ids[name] = len(self.tensors)
        self.tensors.append(self._table("Tensor", **fields))

    def operator(self, code, kind, inputs, dst, version=1, **options):
        """`kind` names the options table, such as Conv2D; `dst` is a name and a shape."""
        self.tensor(*dst)
        if (code, version) not in self.codes:
            self.codes.append((code, version))
        fields = {
            "OpcodeIndex": self.codes.index((code, version)),
            "Inputs": self._ints([self.tensor_ids[name] for name in inputs]),
            "Outputs": self._ints([self.tensor_ids[dst[0]]]),
            "BuiltinOptionsType": getattr(tflite.BuiltinOptions, f"{kind}Options"),
            "BuiltinOptions": self._table(f"{kind}Options", **options),
        }
        self.operators.append(self._table("Operator", **fields))

    def finish(self, src, dst):
        graph = self._table(
            "SubGraph",
            Tensors=self._offsets(self.tensors),
            Inputs=self._ints([self.tensor_ids[src]]),
            Outputs=self._ints([self.tensor_ids[dst]]),
            Operators=self._offsets(self.operators),
        )
        codes = [
            self._table(
                "OperatorCode", DeprecatedBuiltinCode=code, BuiltinCode=code, Version=version
            )
            for code, version in self.codes
        ]
        model = self._table(
            "Model",
            Version=3,
            OperatorCodes=self._offsets(codes),
            Subgraphs=self._offsets([graph]),
            Description=self.builder.CreateString("digits"),
            Buffers=self._offsets(self.buffers),
        )
        self.builder.Finish(model, b"TFL3")
        return bytes(self.builder.Output())


def write_tflite(parameters, path):
    writer, op = _Writer(), tflite.BuiltinOperator
    for name, value in parameters.items():
        # A depthwise filter is stored as [1, h, w, c].
        data = value[None] if name == "depthwise_weights" else value
        writer.tensor(name, data.shape, data)
    writer.tensor("flat_shape", [2], np.array([1, 256], np.int32))
    writer.tensor("image", [1, 8, 8, 1])

    def operands(name, src):
        return [src, f"{name}_weights", f"{name}_bias"]

    same = {"Padding": tflite.Padding.SAME, "StrideH": 1, "StrideW": 1}
    dilation = {"DilationHFactor": 1, "DilationWFactor": 1}
    halving = {"Padding": tflite.Padding.VALID, "StrideH": 2, "StrideW": 2}
    window = {"FilterHeight": 2, "FilterWidth": 2}

    def conv(name, src, shape, activation):
        options = {**same, **dilation, "FusedActivationFunction": activation}
        writer.operator(op.CONV_2D, "Conv2D", operands(name, src), (name, shape), **options)

    conv("stem", "image", [1, 8, 8, 32], _RELU)
    writer.operator(
        op.DEPTHWISE_CONV_2D,
        "DepthwiseConv2D",
        operands("depthwise", "stem"),
        ("depthwise", [1, 8, 8, 32]),
        **same,
        **dilation,
        DepthMultiplier=1,
        FusedActivationFunction=_RELU6,
    )
    conv("pointwise", "depthwise", [1, 8, 8, 32], _NONE)
    addends, add = ["stem", "pointwise"], ("add", [1, 8, 8, 32])
    writer.operator(op.ADD, "Add", addends, add, FusedActivationFunction=_RELU)
    pool1 = ("pool1", [1, 4, 4, 32])
    writer.operator(op.MAX_POOL_2D, "Pool2D", ["add"], pool1, **halving, **window)
    conv("body", "pool1", [1, 4, 4, 64], _RELU)
    pool2 = ("pool2", [1, 2, 2, 64])
    writer.operator(op.MAX_POOL_2D, "Pool2D", ["body"], pool2, **halving, **window)
    writer.operator(op.RESHAPE, "Reshape", ["pool2", "flat_shape"], ("flat", [1, 256]))
    for name, src, width, activation in (
        ("hidden", "flat", 64, _RELU),
        ("logits", "hidden", 10, _NONE),
    ):
        options = {"FusedActivationFunction": activation}
        dst = (name, [1, width])
        writer.operator(op.FULLY_CONNECTED, "FullyConnected", operands(name, src), dst, **options)
    writer.operator(op.SOFTMAX, "Softmax", ["logits"], ("probabilities", [1, 10]), Beta=1.0)
    path.write_bytes(writer.finish("image", "probabilities"))
