# SPDX-License-Identifier: Apache-2.0
"""Both files of the digits network give the recorded probabilities.

digits_test.py PROGRAM FOLDER
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

# ONNX Runtime and LiteRT differ from each other by 1.4e-6 on these images.
_TOLERANCE = 1e-5
_INPUT_SHAPES = {"digits.tflite": (1, 8, 8, 1), "digits.onnx": (1, 1, 8, 8)}


def _probabilities(program, model, image, folder):
    np.save(folder / "image.npy", image)
    command = [program, "run", model, "--input", f"image={folder / 'image.npy'}"]
    subprocess.run([*command, "--output-dir", folder], check=True, stdout=subprocess.DEVNULL)
    return np.load(folder / "0_probabilities.npy").ravel()


def main():
    program, examples = sys.argv[1], Path(sys.argv[2])
    expected = np.load(examples / "expected.npy")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in _INPUT_SHAPES.items():
            for digit in range(10):
                image = np.load(examples / "images" / f"digit_{digit}.npy").reshape(shape)
                found = _probabilities(program, examples / name, image, Path(folder))
                difference = np.abs(found - expected[digit]).max()
                if not difference <= _TOLERANCE or found.argmax() != digit:
                    failures += 1
                    print(f"{name}, digit {digit}: expected {expected[digit]}, got {found}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
