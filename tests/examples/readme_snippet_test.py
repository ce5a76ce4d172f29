# SPDX-License-Identifier: Apache-2.0
"""The code in the README is the part of an example between its two README comments."""

import sys
import textwrap
from pathlib import Path


def snippet(source):
    between = source.split("  // README begins\n")[1].split("  // README ends\n")[0]
    return textwrap.dedent(between)


def main():
    readme, example = (Path(path).read_text(encoding="utf-8") for path in sys.argv[1:])
    if snippet(example) in readme:
        return 0
    print(f"{sys.argv[1]}: expected this code\n\n{snippet(example)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
