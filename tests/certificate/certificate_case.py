# SPDX-License-Identifier: Apache-2.0
"""What the tests of certificates share: how the program makes them, and that tampering shows."""

import argparse
import copy
import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from check_certificate import RejectedError

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "scheduler" / "oracles"))  # random problems
MODEL = ROOT / "examples" / "digits" / "digits.tflite"
TAMPERED = 1000

_arguments = argparse.Namespace(program="tilewright", bench="planner_bench")


def certificate_of(path, *options):
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "certificate.json"
        command = [_arguments.program, "plan", path, "--certificate", written, *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=280)
        return json.loads(written.read_text())


def problem_of_network(name):
    """One of the networks of `planner_bench`."""
    command = [_arguments.bench, "problem", *name.split()]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    return json.loads(done.stdout)


def certificate_of_problem(problem, *options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.json"
        path.write_text(json.dumps(problem))
        return certificate_of(path, *options)


def certificate_of_network(name, *options):
    return certificate_of_problem(problem_of_network(name), *options)


def side_by_side(problems):
    """One problem that has all of `problems` as parts that share nothing."""
    storages, ops = [], []
    for problem in problems:
        first_storage, first_op = len(storages), len(ops)
        storages += problem["storages"]
        for op in problem["ops"]:
            moved = {key: [i + first_storage for i in op[key]] for key in ("reads", "writes")}
            moved["after"] = [i + first_op for i in op["after"]]
            moved["in_place"] = [[i + first_storage for i in pair] for pair in op["in_place"]]
            ops.append({**op, **moved})
    return {**problems[0], "storages": storages, "ops": ops}


def storage(size, **flags):
    kinds = {"input": False, "output": False, "constant": False}
    return {"name": "", "bytes": size, **kinds, **flags}


def op(reads, writes, after=()):
    waits = {"after": list(after), "in_place": [], "scratch_bytes": 0}
    return {"name": "", "reads": reads, "writes": writes, **waits}


def problem_of(storages, ops):
    head = {"format": "tilewright-problem", "version": 1, "alignment": 1}
    return {**head, "storages": storages, "ops": ops}


def chains(count):
    """Parts that make 10 and of it an output of 1: together their least peak is 10 + `count`."""
    storages = [storage(10) for _ in range(count)] + [storage(1, output=True) for _ in range(count)]
    ops = []
    for i in range(count):
        ops += [op([], [i]), op([i], [count + i])]
    return problem_of(storages, ops)


class CertificateCase(unittest.TestCase):
    def assert_tampering_shows(self, check, certificates, tamperings, count):
        """`check` rejects all of `count` copies, each with one fault; they take turns."""
        for seed in range(count):
            tampering = tamperings[seed % len(tamperings)]
            original = certificates[seed // len(tamperings) % len(certificates)]
            tampered = copy.deepcopy(original)
            tampering(tampered, random.Random(seed))
            with self.subTest(seed=seed, tampering=tampering.__name__):
                self.assertNotEqual(tampered, original)
                with self.assertRaises(
                    (RejectedError, KeyError, IndexError, TypeError, ValueError)
                ):
                    check(tampered)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--bench", required=True)
    known, rest = parser.parse_known_args(namespace=_arguments)
    _arguments.program = str(Path(known.program).resolve())
    _arguments.bench = str(Path(known.bench).resolve())
    unittest.main(module="__main__", argv=[sys.argv[0], *rest])
