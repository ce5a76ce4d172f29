# SPDX-License-Identifier: Apache-2.0
"""Writes the twin of each model: the same network and weights as .tflite for .onnx, or the reverse.

compare.py --twins FOLDER gives them to runtimes that do not read the model itself. Twins that are
there already stay. A model that the converter cannot do, or whose twin gives other outputs on
random inputs (twin_check.py), is skipped with the reason on stderr. Outputs that are the same
everywhere tell nothing: such a network is converted and tried with random weights as well.

  python3 -m venv build/converters
  build/converters/bin/pip install -r bench/peers/twins_requirements.txt
  build/converters/bin/python bench/peers/make_twins.py MODEL... build/twins
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from twins import twin_of

PROGRAMS = pathlib.Path(sys.executable).parent
OPSET = 15
SAMPLES = "calibration_image_sample_data_20x128x128x3_float32.npy"


def call(folder, *command):
    """Runs a converter inside the folder and returns what it said.

    Programs of its environment come first: onnx2tf calls onnxsim by name, which folds constants.
    """
    path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=environment,
    )
    killed = f"\nended by signal {-done.returncode}" if done.returncode < 0 else ""
    return done.stdout + killed


def to_tflite(model, folder):
    """An fp32 .tflite file whose images are channels-last, and what the converter said."""
    import numpy as np
    import onnx
    import onnx_rewrites

    network = onnx.load(model)
    onnx_rewrites.pool_globally(network)
    onnx.save(network, model)
    # The converter tries networks on images that it would download if they were not there.
    images = np.random.default_rng(1).uniform(0, 1, (20, 128, 128, 3)).astype(np.float32)
    np.save(folder / SAMPLES, images)
    said = call(folder, PROGRAMS / "onnx2tf", "-i", model, "-o", folder / "made", "-n")
    return folder / "made" / f"{model.stem}_float32.tflite", said


def images_of(model):
    """Names of the inputs and outputs of four dimensions, which are images."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(model))
    ends = interpreter.get_input_details(), interpreter.get_output_details()
    return [[end["name"] for end in details if len(end["shape"]) == 4] for details in ends]


def to_onnx(model, folder):
    """An .onnx file whose images are channels-first, as its runtimes want them."""
    target = folder / "twin.onnx"
    command = [sys.executable, "-m", "tf2onnx.convert", "--tflite", model, "--output", target]
    command += ["--opset", OPSET]
    options = "--inputs-as-nchw", "--outputs-as-nchw"
    for option, names in zip(options, images_of(model), strict=True):
        command += [option, ",".join(names)] if names else []
    return target, call(folder, *command)


def with_random_weights(model, target):
    """Writes a network whose outputs tell whether it was converted well."""
    import onnx
    import onnx_rewrites

    network = onnx.load(model)
    onnx_rewrites.randomise(network)
    onnx.save(network, target)
    return target


def check(model, twin):
    """Refuses a twin that computes something else; returns whether the outputs tell."""
    import twin_check

    return twin_check.check(model, twin)


def converted(model, folder):
    """The twin, made in a new folder; ValueError has the converter's last words."""
    folder.mkdir()
    copy = folder / model.name
    shutil.copyfile(model, copy)  # converters write over the file that they read
    convert = to_onnx if model.suffix == ".tflite" else to_tflite
    made, said = convert(copy, folder)
    if not made.exists():
        raise ValueError((said.strip().splitlines() or ["no word from the converter"])[-1])
    return made


def make_twin(model, target):
    """Writes the twin whole and tried, or not at all and raises ValueError."""
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        folder = pathlib.Path(name)
        made = converted(model, folder / "twin")
        if not check(model, made):
            probe = with_random_weights(model, folder / f"probe{model.suffix}")
            if not check(probe, converted(probe, folder / "probe")):
                raise ValueError("its outputs are the same everywhere with random weights too")
        os.replace(made, target)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", type=pathlib.Path, metavar="MODEL")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for model in arguments.models:
        target = twin_of(model, folder)
        if target.exists():
            print(f"{target.name}: is there")
            continue
        try:
            make_twin(model.resolve(), target)
            print(f"{target.name}: made", flush=True)
        except ValueError as error:
            print(f"{model.name}: skipped, {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
