# SPDX-License-Identifier: Apache-2.0
"""Profiles of gains set the ops of a tuned plan against those of the default one."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import gain_profile  # noqa: E402
from gain_profile import Pair  # noqa: E402


def op(name, variant, ms, gflops=0.0):
    return {"name": name, "variant": variant, "ms": ms, "gflops": gflops}


DEFAULT = [
    {"ops": [op("a", "dot_1", 4.0, 50.0), op("b", "dot_2", 2.0, 100.0), op("c", "add", 1.0)]},
    {"ops": [op("a", "dot_1", 5.0, 40.0), op("b", "dot_2", 1.0, 200.0), op("c", "add", 2.0)]},
]


class Pairs(unittest.TestCase):
    def test_take_the_fastest_burst_of_each_op_and_know_changed_kernels(self):
        tuned = [{"ops": [op("a", "dot_3", 2, 100.0), op("b", "dot_2", 1, 200), op("c", "add", 1)]}]
        self.assertEqual(
            gain_profile.pairs(DEFAULT, tuned),
            [Pair(4, 2, 0.2, True), Pair(1, 1, 0.2, False), Pair(1, 1, 0, False)],
        )

    def test_sum_up_what_runs_as_one_step_in_the_tuned_plan(self):
        tuned = [{"ops": [op("a + b", "dot_2", 4.0, 100.0), op("c", "add", 1.0)]}]
        self.assertEqual(
            gain_profile.pairs(DEFAULT, tuned), [Pair(5, 4, 0.4, True), Pair(1, 1, 0, False)]
        )

    def test_refuse_ops_that_cannot_be_told_apart(self):
        twice = [{"ops": [op("a", "dot_1", 1.0), op("a", "dot_2", 1.0)]}]
        with self.assertRaisesRegex(ValueError, "two 'a'"):
            gain_profile.pairs(twice, twice)


class Rows(unittest.TestCase):
    OPS = [Pair(4, 2, 0.2, True), Pair(1, 1, 0.05, False), Pair(3, 3, 0, False)]

    def test_show_the_gain_of_changed_ops_and_the_rate_of_the_others(self):
        self.assertEqual(
            gain_profile.row("net", self.OPS, 100.0),
            "| net | 8.000 | 1 of 3, 50 % | 2.000 | 1.000 | 1.333 | 0.50 | 1.45 |",
        )

    def test_bound_the_gain_by_multiplying_ops_at_the_peak(self):
        self.assertAlmostEqual(gain_profile.most_to_gain(self.OPS, 100.0), 8 / (2 + 0.5 + 3))
        above_peak = [Pair(1, 1, 0.2, False)]
        self.assertEqual(gain_profile.most_to_gain(above_peak, 100.0), 1)

    def test_show_a_dash_where_nothing_changed(self):
        self.assertEqual(
            gain_profile.row("net", [Pair(2, 2, 0, False)], 100.0),
            "| net | 2.000 | 0 of 1, 0 % | - | 1.000 | 1.000 | - | 1.00 |",
        )


if __name__ == "__main__":
    unittest.main()
