# SPDX-License-Identifier: Apache-2.0
"""Prints the bytes of the generated kernels of each instruction set, and fails where they are more
than kernels/size_budget.json allows (KiB of code and tables).

  kernel_sizes.py --size PROGRAM --budget FILE FOLDER ISA...
"""

import argparse
import json
import pathlib
import subprocess
import sys


def bytes_of(size_program, path):
    """Code and data of an object file, as `size` counts them."""
    command = [size_program, "--format=berkeley", path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    text, data = done.stdout.splitlines()[1].split()[:2]
    return int(text) + int(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="size")
    parser.add_argument("--budget", type=pathlib.Path, required=True)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("isas", nargs="+")
    arguments = parser.parse_args()
    budget = json.loads(arguments.budget.read_text())
    over = []
    for isa in arguments.isas:
        objects = sorted(arguments.folder.glob(f"*/*_{isa}.o"))
        kib = sum(bytes_of(arguments.size, path) for path in objects) / 1024
        print(f"kernels for {isa}: {kib:.0f} KiB of {budget[isa]} in {len(objects)} objects")
        if kib > budget[isa] or not objects:
            over.append(isa)
    if over:
        sys.exit(f"kernels: expected sizes within {arguments.budget}, got more for {over}")


if __name__ == "__main__":
    main()
