# SPDX-License-Identifier: Apache-2.0
"""The pinned formatters and linters have nothing to say. Each needs its program on PATH."""

import subprocess
from pathlib import PurePosixPath

_DATA_FOLDERS = ("tests/corpus/", "tests/golden/", "tests/fuzz/corpus/")


def _run(tree, command, paths):
    if not paths:
        return
    run = subprocess.run(
        [*command, *paths], cwd=tree.root, capture_output=True, text=True, check=False
    )
    if run.returncode:
        yield f"{' '.join(command)}: expected no complaint, got\n{run.stdout}{run.stderr}"


def _cmake_files(tree):
    return [
        path
        for path in tree.paths
        if path.endswith(".cmake") or PurePosixPath(path).name == "CMakeLists.txt"
    ]


def cpp_is_formatted(tree):
    files = tree.with_suffix(".cpp", ".h")
    yield from _run(tree, ["clang-format", "--dry-run", "-Werror"], files)


def cmake_is_formatted(tree):
    yield from _run(tree, ["gersemi", "--check"], _cmake_files(tree))


def python_is_formatted(tree):
    files = tree.with_suffix(".py")
    yield from _run(tree, ["ruff", "format", "--check", "--no-cache"], files)
    yield from _run(tree, ["ruff", "check", "--no-cache"], files)


def scripts_pass_shellcheck(tree):
    scripts = [path for path in tree.paths if tree.text(path).startswith("#!/usr/bin/env bash")]
    yield from _run(tree, ["shellcheck"], scripts)


def words_are_spelled(tree):
    files = [
        path
        for path in tree.paths
        if tree.text(path) and not path.startswith(_DATA_FOLDERS) and path != "LICENSE"
    ]
    # A row of the arena in docs/architecture.md, where letters are tensors.
    yield from _run(tree, ["codespell", "--ignore-words-list", "aadd"], files)
