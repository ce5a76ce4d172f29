# SPDX-License-Identifier: Apache-2.0
"""The planner agrees with CP-SAT and HiGHS on small random problems, in value.

Wants two packages, here or in build/oracles; without them it says so and ends with status 77:

    python3 -m venv build/oracles && build/oracles/bin/pip install ortools highspy
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from oracle_problems import all_orders, random_problem, with_fast_memory

OWN_PYTHON = Path(__file__).resolve().parents[3] / "build" / "oracles" / "bin" / "python"

try:
    import oracle_models as models
except ModuleNotFoundError as error:
    if OWN_PYTHON.exists() and Path(sys.executable) != OWN_PYTHON:
        os.execv(OWN_PYTHON, [OWN_PYTHON, *sys.argv])
    print(f"SKIPPED: {error}; see the first lines of {Path(__file__).name}")
    sys.exit(77)
MOST_ORDERS = 20  # of a problem whose residency is solved under each

_arguments = argparse.Namespace(program="tilewright")


def plan(problem):
    """The report of `tilewright plan`, or None if no plan exists."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.json"
        path.write_text(json.dumps(problem), encoding="utf-8")
        command = [_arguments.program, "plan", path, "--json", "-"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if ended.returncode == 3:
        return None
    if ended.returncode != 0:
        raise AssertionError(ended.stderr)
    return json.loads(ended.stdout)


class SolversAgree(unittest.TestCase):
    def test_order(self):
        for seed in range(60):
            with self.subTest(seed=seed):
                problem = random_problem(seed, ops=4 + seed % 5)
                report = plan(problem)
                # The plan may give up pairs for a smaller arena; the bound is that of its order.
                bound = report["peak_lower_bound_bytes"]
                self.assertIn(report["order_status"], ("optimal", "flow_tight", "bounded"))
                model, goal = models.order_model(problem)
                self.assertEqual(model.least_by_cp_sat(goal), bound)
                if seed % 3 == 0:
                    self.assertEqual(model.least_by_highs(goal), bound)

    def test_arena(self):
        proven = 0
        for seed in range(60):
            with self.subTest(seed=seed):
                in_place = seed % 2 == 0
                problem = random_problem(1_000 + seed, ops=5 + seed % 6, in_place=in_place)
                report = plan(problem)
                least = models.least_arena(problem, report["order"])
                if not in_place:
                    alike = models.least_arena_of_rectangles(problem, report["order"])
                    self.assertEqual(alike, least)
                self.assertLessEqual(report["arena_lower_bound_bytes"], least)
                self.assertGreaterEqual(report["arena_bytes"], least)
                if report["arena_proven_optimal"]:
                    proven += 1
                    self.assertEqual(report["arena_bytes"], least)
        self.assertGreater(proven, 40)

    def test_traffic(self):
        compared, optimal = 0, 0
        for seed in range(40):
            problem = random_problem(2_000 + seed, ops=9, read_chance=0.2, chain_chance=0.75)
            problem = with_fast_memory(problem, seed % 2)
            orders = list(itertools.islice(all_orders(problem), MOST_ORDERS + 1))
            if len(orders) > MOST_ORDERS:
                continue
            report = plan(problem)
            if report is None:
                continue
            with self.subTest(seed=seed):
                traffic = report["traffic"]
                kinds = (traffic["weights"], traffic["activations"])
                avoidable = sum(kind["avoidable"] for kind in kinds)
                compulsory = sum(kind["compulsory"] for kind in kinds)
                own = self.least(problem, traffic["order"])
                self.assertGreaterEqual(avoidable, own)
                self.assertLessEqual(traffic["order_lower_bound_bytes"], compulsory + own)
                every = [self.least(problem, order) for order in orders]
                least = min(value for value in every if value is not None)
                self.assertLessEqual(traffic["lower_bound_bytes"], compulsory + least)
                compared += least > 0
                if traffic["status"] == "optimal":
                    optimal += least > 0
                    self.assertEqual(avoidable, least)
        self.assertGreater(compared, 10)
        self.assertGreater(optimal, 3)

    def least(self, problem, order):
        """Least avoidable bytes under `order`, by both solvers; None if an op does not fit."""
        program = models.residency_model(problem, order)
        if program is None:
            return None
        model, goal, constant = program
        if not goal:
            return 0
        least = model.least_by_highs(goal)
        self.assertEqual(model.least_by_cp_sat(goal), least)
        return least + constant


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    known, rest = parser.parse_known_args(namespace=_arguments)
    _arguments.program = str(Path(known.program).resolve())
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
