# SPDX-License-Identifier: Apache-2.0
"""Every public header compiles alone, the way its strictest user compiles it, and is installed."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

_FLAGS = (
    "-std=c++20 -fno-exceptions -fno-rtti -Wall -Wextra -Wpedantic -Werror -fsyntax-only".split()
)


def _public_headers(tree):
    return [path for path in tree.below("include") if path.endswith(".h")]


def headers_are_installed(tree):
    listed = tree.text("include/CMakeLists.txt").split()
    for path in _public_headers(tree):
        if path.removeprefix("include/") not in listed:
            yield f"{path}: expected its name in include/CMakeLists.txt"


def headers_compile_alone(tree, compiler):
    def complaint(path):
        name = path.removeprefix("include/")
        run = subprocess.run(
            [compiler, *_FLAGS, "-I", tree.root / "include", "-x", "c++", "-"],
            input=f'#include "{name}"\n#include "{name}"\n',
            capture_output=True,
            text=True,
            check=False,
        )
        return f"{path}: expected to compile alone, got\n{run.stderr}" if run.returncode else None

    with ThreadPoolExecutor(max_workers=2) as pool:
        yield from filter(None, pool.map(complaint, _public_headers(tree)))
