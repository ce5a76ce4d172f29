# SPDX-License-Identifier: Apache-2.0
"""Certificates of real proofs are accepted; none that was tampered with is."""

import argparse
import copy
import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from check_certificate import RejectedError, check

ROOT = Path(__file__).resolve().parents[2]
PROBLEMS = sorted((ROOT / "tests" / "scheduler" / "problems").glob("*.json"))
MODEL = ROOT / "examples" / "digits" / "digits.tflite"
CELLS = [
    f"{n}_{s}" for n in ("nasnet", "amoebanet", "pnasnet", "darts") for s in ("imagenet", "cifar")
]
SEEDS = [str(seed) for seed in range(30)]
TAMPERED = 1000

_arguments = argparse.Namespace(program="tilewright", bench="planner_bench")


def certificate_of(path):
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "certificate.json"
        command = [_arguments.program, "plan", path, "--certificate", written]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
        return json.loads(written.read_text())


def certificate_of_network(name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.json"
        with path.open("w") as file:
            command = [_arguments.bench, "problem", name]
            subprocess.run(command, check=True, stdout=file, timeout=60)
        return certificate_of(path)


# Each changes what the proof needs: the bound is the least peak, every state is reached, every
# transport is needed in full.
def raise_bound(certificate, dice):
    more = dice.choice((1, 64, 4096))
    certificate["order_proof"]["bound_bytes"] += more
    certificate["plan"]["peak_lower_bound_bytes"] += more


def drop_state(certificate, dice):
    states = certificate["order_proof"]["states"]
    del states[dice.randrange(len(states))]


def change_state(certificate, dice):
    proof = certificate["order_proof"]
    entry = dice.choice(proof["states"])
    entry[0] = f"{int(entry[0], 16) ^ 1 << dice.randrange(len(proof['groups'])):x}"


def repeat_op(certificate, dice):
    entries = [e for e in certificate["order_proof"]["states"] if len(e) > 2]
    ops = dice.choice(entries)[2]
    ops.append(dice.choice(ops))


def shrink_transport(certificate, dice):
    states = certificate["order_proof"]["states"]
    lifts = [e for e in states if e[1] == "lift" and e[3]]
    if not lifts:
        raise_bound(certificate, dice)
        return
    dice.choice(dice.choice(lifts)[3])[2] -= 1


def change_groups(certificate, dice):
    groups = certificate["order_proof"]["groups"]
    i, j = dice.sample(range(len(groups)), 2)
    groups[i], groups[j] = groups[i] + groups[j][-1:], groups[j][:-1]


def drop_join(certificate, dice):
    joins = certificate["order_proof"]["joins"]
    del joins[dice.randrange(len(joins))]


def change_plan(certificate, dice):
    plan = certificate["plan"]
    key = dice.choice(("peak_bytes", "arena_bytes", "peak_lower_bound_bytes"))
    plan[key] -= dice.choice((1, 64, 4096))


def misplace_storage(certificate, dice):
    plan = certificate["plan"]
    placed = [i for i, offset in enumerate(plan["offsets"]) if offset is not None]
    plan["offsets"][dice.choice(placed)] = dice.choice((None, -64, 32, plan["arena_bytes"]))


def reorder(certificate, dice):
    order = certificate["plan"]["order"]
    order[dice.randrange(1, len(order))] = order[0]


TAMPERINGS = (
    raise_bound,
    drop_state,
    change_state,
    repeat_op,
    shrink_transport,
    change_groups,
    drop_join,
    change_plan,
    misplace_storage,
    reorder,
)


class CertificatesAreChecked(unittest.TestCase):
    def test_proofs_of_problems_and_models_are_accepted(self):
        for path in (*PROBLEMS, MODEL):
            self.assertIn("no order and placement need less", check(certificate_of(path)), path)

    def test_proofs_of_all_networks_are_accepted(self):
        for name in (*CELLS, *SEEDS):
            self.assertRegex(check(certificate_of_network(name)), "^no order", name)

    def test_no_tampered_certificate_is_accepted(self):
        certificates = [certificate_of_network(name) for name in ("0", "5", "6", "9")]
        for certificate in certificates:
            check(certificate)
        for seed in range(TAMPERED):
            dice = random.Random(seed)
            tampered = copy.deepcopy(certificates[seed // len(TAMPERINGS) % len(certificates)])
            tampering = TAMPERINGS[seed % len(TAMPERINGS)]
            tampering(tampered, dice)
            with self.subTest(seed=seed, tampering=tampering.__name__):
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
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
