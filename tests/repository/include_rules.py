# SPDX-License-Identifier: Apache-2.0
"""Includes point down only, and third-party headers stay where they are needed.

An include names its file from the root of the repository. A folder may include itself and the
folders that the table gives it; tools, bench, examples and tests may include everything.
"""

import re
from pathlib import PurePosixPath

_MAY_INCLUDE = {
    "include": set(),
    "scheduler": {"include"},
    "kernels": {"include"},
    "runtime": {"include", "kernels"},
    "lib/graph": {"include", "kernels", "runtime", "scheduler"},
    "lib/rewrite": {"include", "kernels", "runtime", "scheduler", "lib/graph"},
    "lib/tuner": {"include", "kernels", "runtime", "scheduler", "lib/graph"},
    "lib/import": {"include", "kernels", "runtime", "scheduler", "lib/graph"},
    "lib": {"include", "kernels", "runtime", "scheduler", "lib/graph", "lib/rewrite", "lib/tuner"},
}
# The sources of lib/ that belong to the full component: they alone know the importers.
_ABOVE_IMPORT = {"lib/load.cpp", "lib/reorder.cpp"}
_FREE_FOLDERS = {"tools", "bench", "examples", "tests"}
_LAYERS_BY_LENGTH = sorted(_MAY_INCLUDE, key=len, reverse=True)

# Where a third party's headers may be included: regular expressions of paths.
_HOST_PROGRAMS = r"kernels/(.*/)?generator[^/]*\.(cpp|h)$|kernels/halide/"
_PROGRAMS = "tools/|bench/|tests/"
_THIRD_PARTY = {
    "Halide": _HOST_PROGRAMS,
    "HalideRuntime": r"kernels/",
    "Eigen": r"(lib|bench)/tuner/",
    # In the library, in files that are named for it.
    "nlohmann": rf"scheduler/\w*(json|_file)|lib/(tuner/|json)|{_PROGRAMS}|{_HOST_PROGRAMS}",
    "flatbuffers": r"lib/import/|tests/",
    "catch2": r"tests/",
    "benchmark": r"bench/",
    "CLI": r"tools/|bench/",
}
# Headers of a platform: in a file that is named by the platform, and in the programs.
_PLATFORM_FILE = r"_(posix|linux|android|bare|x86|arm64)\.(cpp|h)$"

_STANDARD = set(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv
    chrono cinttypes climits clocale cmath compare complex concepts condition_variable coroutine
    csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype
    deque exception execution filesystem format forward_list fstream functional future
    initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map
    memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio
    regex scoped_allocator semaphore set shared_mutex source_location span sstream stack
    stdexcept stop_token streambuf string string_view syncstream system_error thread tuple
    type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector
    version""".split()
)
_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def _layer(path):
    if path.startswith("tilewright/"):
        return "include"
    for layer in _LAYERS_BY_LENGTH:
        if path.startswith(f"{layer}/"):
            return layer
    return None


def _third_party(target):
    head = re.split(r"[/.]", target)[0]
    return head if head in _THIRD_PARTY else None


def _complaint_about_ours(tree, path, target):
    target_layer = _layer(target)
    free = path.split("/")[0] in _FREE_FOLDERS
    if "/" not in target or ".." in target:
        return None if "generated" in target else "expected a path from the root of the repository"
    file = f"include/{target}" if target.startswith("tilewright/") else target
    if not tree.exists(file) and "generated" not in PurePosixPath(target).name:
        return "expected a file of the repository"
    if free:
        return None
    layer = _layer(path)
    if target_layer == "lib/import" and path in _ABOVE_IMPORT:
        return None
    if target_layer != layer and target_layer not in _MAY_INCLUDE[layer]:
        allowed = ", ".join(sorted(_MAY_INCLUDE[layer])) or "nothing"
        return f"{layer} may include {allowed}"
    return None


def _complaint_about_system(path, target):
    if target in _STANDARD or path.split("/")[0] in _FREE_FOLDERS:
        return None
    if re.search(_PLATFORM_FILE, path) and not path.startswith("include/"):
        return None
    return "expected a header of the C++ standard library, or a file named by its platform"


def includes_follow_the_table(tree):
    """Each complaint names the file, the line and what it may include."""
    for path in tree.with_suffix(".h", ".cpp", ".inc"):
        if _layer(path) is None and path.split("/")[0] not in _FREE_FOLDERS:
            yield f"{path}: expected a folder of the include table"
            continue
        for number, line in tree.lines(path):
            match = _INCLUDE.match(line)
            if not match:
                continue
            bracket, target = match.groups()
            party = _third_party(target)
            if party:
                allowed = re.match(_THIRD_PARTY[party], path)
                complaint = None if allowed else f"{party} is not allowed here"
            elif bracket == '"':
                complaint = _complaint_about_ours(tree, path, target)
            else:
                complaint = _complaint_about_system(path, target)
            if complaint:
                yield f"{path}:{number}: include of '{target}': {complaint}"
