# SPDX-License-Identifier: Apache-2.0
"""Inputs and reference outputs of the model corpus, as its README defines them."""

import json
import pathlib

import numpy as np


class Sample:
    """One model with its inputs, and what the reference runtime made of them."""

    def __init__(self, folder: pathlib.Path, name: str):
        self.name = name
        self.sidecar = json.loads((folder / f"{name}.json").read_text())
        self.path = folder / self.sidecar["file"]
        self.arrays = np.load(folder / f"{name}.npz")

    def inputs(self):
        return [self._input(spec) for spec in self.sidecar["npz"]["inputs"]]

    def _input(self, spec):
        stored = self.arrays[spec["store"]]
        repeat = spec.get("repeat", {"axes": [], "times": 1})
        for axis in repeat["axes"]:
            stored = np.repeat(stored, repeat["times"], axis=axis)
        if "offset" in spec:
            scale = np.float32(spec["scale"])
            stored = (stored.astype(np.float32) - np.float32(spec["offset"])) * scale
        return np.ascontiguousarray(stored.reshape(spec["shape"]).astype(spec["dtype"]))

    def shape_flags(self):
        """What the program must be told about dimensions that the file leaves free."""
        flags = []
        for spec in self.sidecar["inputs"]:
            if spec.get("declared_shape", spec["shape"]) != spec["shape"]:
                flags += ["--shape", f"{spec['name']}={'x'.join(map(str, spec['shape']))}"]
        return flags

    def differences(self, outputs):
        """For each output: the largest |difference| to the reference, and the largest allowed."""
        rows = []
        tolerances = self.sidecar["reference"]["suggested_tolerance"]
        for spec, got, allowed in zip(
            self.sidecar["npz"]["outputs"], outputs, tolerances, strict=True
        ):
            assert list(got.shape) == spec["shape"], f"shape {got.shape}, expected {spec['shape']}"
            expected = self.arrays[spec["store"]]
            got = got.reshape(-1)[:: spec["stride"]]
            distance = np.max(np.abs(got - expected.reshape(-1)))
            rows.append((float(distance), allowed["max_abs"]))
        return rows
