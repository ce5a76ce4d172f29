# SPDX-License-Identifier: Apache-2.0
"""Draws the digit images and what the network made of them: show_digits.py IMAGES OUTPUTS.

IMAGES holds digit_N.npy; OUTPUTS holds, per digit, the folder digit_N that `tilewright run` wrote.
Exits 1 if a digit was read wrong.
"""

import sys
from pathlib import Path

import numpy as np

_SHADES = np.array(list(" .:-=+*#%@"))
_PER_ROW = 5


def _drawing(image):
    """Eight lines; each pixel is two characters wide, so that it is about square."""
    shades = _SHADES[(image[0, :, :, 0] * (len(_SHADES) - 1)).astype(int)]
    return ["".join(np.repeat(line, 2)) for line in shades]


def main():
    images, outputs = Path(sys.argv[1]), Path(sys.argv[2])
    columns, right = [], 0
    for label in range(10):
        (probabilities,) = (outputs / f"digit_{label}").glob("0_*.npy")
        row = np.load(probabilities).ravel()
        read = int(row.argmax())
        right += read == label
        caption = [f"label {label}", f"read  {read}  ({row[read]:.1%})"]
        columns.append(_drawing(np.load(images / f"digit_{label}.npy")) + caption)
    for first in range(0, len(columns), _PER_ROW):
        for lines in zip(*columns[first : first + _PER_ROW], strict=True):
            print("   ".join(line.ljust(16) for line in lines).rstrip())
        print()
    print(f"{right} of {len(columns)} read right")
    return 0 if right == len(columns) else 1


if __name__ == "__main__":
    sys.exit(main())
