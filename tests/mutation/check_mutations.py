# SPDX-License-Identifier: Apache-2.0
"""Takes the guard of each of the planner's rules away in turn; some test must then fail.

    check_mutations.py --scratch build/mutation [--only TEXT] [--jobs N]

Copies the sources into the scratch folder, builds the planner's tests there once, and then once per
mutation of mutations.py. Prints a table; the status is 1 if a mutation survived or did not build.
"""

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]
PRESET = "release"  # the exhaustive tests want optimised code
ORDER_TESTS = ("exhaustion_tests", "scheduler_tests")
TRAFFIC_TESTS = ("residency_tests", "traffic_tests")
# What only a reader of certificates can judge.
WRITERS = ("certified_states.cpp", "order_certificate.cpp", "transports.cpp")
CERTIFICATE_PROGRAMS = ("tilewright_program", "planner_bench")
FOLDERS = ("bench", "cmake", "docs", "examples", "include", "kernels", "lib", "runtime")
FOLDERS += ("scheduler", "tests", "tools")
FILES = ("CMakeLists.txt", "CMakePresets.json", "CHANGELOG.md", "LICENSE", "README.md")
TEST_TIMEOUT_S = 300  # many times what the slowest program takes; some mutants never end


def copy_changed(source, target):
    """Leaves what is equal alone and dates the rest of now, so that no mutant stays built."""
    target = Path(target)
    if not target.exists() or not filecmp.cmp(source, target, shallow=False):
        shutil.copyfile(source, target)
        shutil.copymode(source, target)


def copy_sources(tree):
    tree.mkdir(parents=True, exist_ok=True)
    for folder in FOLDERS:
        shutil.copytree(
            ROOT / folder, tree / folder, copy_function=copy_changed, dirs_exist_ok=True
        )
    for file in FILES:
        copy_changed(ROOT / file, tree / file)
    for tools in (".venv", ".cache"):
        if (ROOT / tools).exists() and not (tree / tools).exists():
            (tree / tools).symlink_to((ROOT / tools).resolve())


def run(command, **options):
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options
    )


def build(tree, jobs, targets=ORDER_TESTS + TRAFFIC_TESTS):
    command = ["cmake", "--build", "--preset", PRESET, "-j", str(jobs)]
    command += ["--target", *targets]
    # Found again by ccache, if it is there, what another tree with the same sources compiled.
    environment = os.environ | {"CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1"}
    return run(command, cwd=tree, env=environment)


def failing_test(tree, targets):
    """The name of a test of these programs that fails; None if all pass."""
    for target in targets:
        program = tree / "build" / PRESET / "bin" / target
        try:
            result = run([program, "--abort", "--reporter", "compact"], timeout=TEST_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return f"{target} takes more than {TEST_TIMEOUT_S} s"
        if result.returncode == 0:
            continue
        failed = run([program, "--abort", "--reporter", "tap"], timeout=TEST_TIMEOUT_S).stdout
        lines = [line for line in failed.splitlines() if line.startswith("# ")]
        return lines[-1][2:] if lines else f"{target} ends with status {result.returncode}"
    return None


def failing_script(tree, name, *options):
    """The first test of a Python file of tests/certificate that fails; None if all pass."""
    script = tree / "tests" / "certificate" / name
    result = run([sys.executable, script, "--failfast", *options], timeout=6 * TEST_TIMEOUT_S)
    if result.returncode == 0:
        return None
    failed = [line for line in result.stdout.splitlines() if line.startswith(("FAIL:", "ERROR:"))]
    return failed[0].split()[1] if failed else f"{name} ends with status {result.returncode}"


def failing_reader(tree):
    """Whether readers reject what the program writes."""
    binaries = tree / "build" / PRESET / "bin"
    programs = ("--program", binaries / "tilewright", "--bench", binaries / "planner_bench")
    return failing_script(tree, "certificate_test.py", *programs)


def notice(tree, mutation, jobs):
    """(verdict, which test noticed) of a tree in which `mutation` is made."""
    if mutation.file.endswith(".py"):
        noticed = failing_script(tree, "part_guards_test.py")
        return ("killed", noticed) if noticed else ("survived", "")
    is_writer = mutation.file.endswith(WRITERS)
    targets = ORDER_TESTS + (CERTIFICATE_PROGRAMS if is_writer else TRAFFIC_TESTS)
    built = build(tree, jobs, targets)
    if built.returncode != 0:
        return "does not build", built.stdout.strip().splitlines()[-1]
    if is_writer:
        noticed = failing_test(tree, ORDER_TESTS) or failing_reader(tree)
    elif "/traffic/" in mutation.file:
        noticed = failing_test(tree, TRAFFIC_TESTS + ORDER_TESTS)
    else:
        noticed = failing_test(tree, ORDER_TESTS + TRAFFIC_TESTS)
    return ("killed", noticed) if noticed else ("survived", "")


def check(tree, mutation, jobs):
    """(verdict, which test noticed)."""
    path = tree / mutation.file
    original = path.read_text(encoding="utf-8")
    if original.count(mutation.text) != 1:
        return "no such text", f"{original.count(mutation.text)} times in {mutation.file}"
    path.write_text(original.replace(mutation.text, mutation.replacement), encoding="utf-8")
    try:
        return notice(tree, mutation, jobs)
    finally:
        path.write_text(original, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--only", default="", help="mutations whose file or guard has this text")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    tree = arguments.scratch.resolve()
    copy_sources(tree)
    configured = run(
        # A mutation changes one file, so that files are compiled one by one.
        ["cmake", "--preset", PRESET, "-DCMAKE_UNITY_BUILD=OFF"],
        cwd=tree,
    )
    built = configured if configured.returncode else build(tree, arguments.jobs)
    if built.returncode != 0:
        print(built.stdout)
        return 1
    if noticed := failing_test(tree, ORDER_TESTS + TRAFFIC_TESTS):
        print(f"without any mutation a test fails: {noticed}")
        return 1
    bad = 0
    print("| file | guard | verdict | noticed by | s |\n|---|---|---|---|---:|", flush=True)
    for mutation in MUTATIONS:
        if arguments.only not in mutation.file + mutation.guard:
            continue
        begin = time.monotonic()
        verdict, noticed = check(tree, mutation, arguments.jobs)
        bad += verdict != "killed"
        seconds = time.monotonic() - begin
        print(
            f"| {mutation.file} | {mutation.guard} | {verdict} | {noticed} | {seconds:.0f} |",
            flush=True,
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
