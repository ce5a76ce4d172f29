# SPDX-License-Identifier: Apache-2.0
"""Rules on the text and the names of files."""

import re
from collections import defaultdict
from pathlib import PurePosixPath

_MAX_LINES = 500
_CODE = (".cpp", ".h", ".inc", ".py", ".cmake")
_LIBRARY = ("kernels", "runtime", "scheduler", "lib")
_FIXED_ROLES = {"reference.cpp", "generator.cpp", "variants.json", "CMakeLists.txt", "README.md"}
# Files that others made, or that programs write: names and words in them are data.
_DATA_FOLDERS = ("tests/corpus/", "tests/golden/", "tests/fuzz/corpus/")
# Written so that this file does not break its own rules.
_UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")
_MACHINE_PATH = re.compile(r"(?<![\w.])/(wo[r]k|tmp/bash_job[s]|roo[t]|hom[e])/|[.]librar[y]/")
_HOST_PROGRAM = re.compile(r"kernels/(.*/)?generator[^/]*$|kernels/halide/")
_NOT_IN_LIBRARY = re.compile(r"\b(getenv|setenv|std::cout|std::cerr|printf|fprintf|puts)\b")


def _is_script(tree, path):
    return tree.text(path).startswith("#!")


def _code(tree):
    return [
        path
        for path in tree.paths
        if PurePosixPath(path).suffix in _CODE
        or PurePosixPath(path).name == "CMakeLists.txt"
        or _is_script(tree, path)
    ]


def files_are_short(tree):
    for path in _code(tree):
        count = len(tree.text(path).splitlines())
        if count >= _MAX_LINES and not path.endswith("_table.cpp"):
            yield f"{path}: expected fewer than {_MAX_LINES} lines, got {count}"


def base_names_are_unique(tree):
    """Two files of one name are told apart only by a folder, which error messages leave out."""
    owners = defaultdict(list)
    for path in _code(tree):
        name = PurePosixPath(path).name
        if name not in _FIXED_ROLES and not path.startswith(_DATA_FOLDERS):
            owners[name].append(path)
    for name, paths in sorted(owners.items()):
        if len(paths) > 1:
            yield f"{name}: expected one file of this name, got {', '.join(paths)}"


def files_have_a_licence_line(tree):
    for path in _code(tree):
        suffix = PurePosixPath(path).suffix
        if suffix in (".cpp", ".h", ".py") or _is_script(tree, path):
            head = tree.text(path).splitlines()[:2]
            if not any("SPDX-License-Identifier: Apache-2.0" in line for line in head):
                yield f"{path}: expected an SPDX line at its top"


def work_is_finished(tree):
    for path in tree.paths:
        if path.startswith(_DATA_FOLDERS) or path == "LICENSE":
            continue
        for number, line in tree.lines(path):
            for pattern in (_UNFINISHED, _MACHINE_PATH):
                match = pattern.search(line)
                if match:
                    yield f"{path}:{number}: expected no '{match.group()}'"


def library_keeps_to_itself(tree):
    """No environment variables, no printing: whoever needs something receives it."""
    for path in tree.below(*_LIBRARY):
        if PurePosixPath(path).suffix not in (".cpp", ".h") or _HOST_PROGRAM.match(path):
            continue
        for number, line in tree.lines(path):
            match = _NOT_IN_LIBRARY.search(line.split("//")[0])
            if match:
                yield f"{path}:{number}: expected no '{match.group()}' in the library"


def _named(name, text):
    """Whether a CMakeLists.txt names the file; `cpu_${isa}.cpp` names every one of that form."""
    tokens = {token.rsplit("/")[-1] for token in re.findall(r"[\w.$\{\}/-]+", text)}
    forms = {re.sub(r"\\\$\\\{\w+\\\}", r"\\w+", re.escape(token)) for token in tokens}
    return any(re.fullmatch(form, name) for form in forms)


def sources_are_built(tree):
    """Every source is named in a CMakeLists.txt of its own folder, one above or one below it."""
    modules = [path for path in tree.below("cmake") if path.endswith(".cmake")]
    lists = [PurePosixPath(path) for path in tree.paths if path.endswith("CMakeLists.txt")]
    for path in tree.with_suffix(".cpp"):
        pure = PurePosixPath(path)
        near = [
            str(file)
            for file in lists
            if file.parent in pure.parents or pure.parent in file.parents
        ]
        if not any(_named(pure.name, tree.text(file)) for file in near + modules):
            yield f"{path}: expected a CMakeLists.txt that builds it"


def changelog_gives_the_version(tree):
    versions = re.findall(r"^## \[(\d+)\.(\d+)\.(\d+)\]", tree.text("CHANGELOG.md"), re.MULTILINE)
    if not versions:
        yield "CHANGELOG.md: expected a heading such as '## [0.1.0]', got none"
    numbers = [tuple(map(int, version)) for version in versions]
    if numbers != sorted(set(numbers), reverse=True):
        yield "CHANGELOG.md: expected versions from newest to oldest, each once"
