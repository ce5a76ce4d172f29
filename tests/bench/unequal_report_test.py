# SPDX-License-Identifier: Apache-2.0
"""Tables of unequal cores are made of what unequal_cores reports."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

import unequal_report  # noqa: E402


def report(slowness):
    """Of one network; the ratio of each way is its place, from 0.1 on."""
    ways = [
        {"name": name, "ms": 1.0, "reference_ms": 2.5, "ratio": (place + 1) / 10}
        for place, name in enumerate(unequal_report.COLUMNS)
    ]
    chosen = {"alone": 1, "equal": 2, "in_parts": 5, "time_in_parts": 0.756}
    network = {
        "name": "net",
        "period_us": 50.0,
        "slowness_before": slowness,
        "slowness_after": slowness + 0.1,
        "tuned": chosen,
        "ways": ways[::-1],
    }
    return {"tune_ms": 4000, "networks": [network]}


class Tables(unittest.TestCase):
    def test_have_a_row_for_each_network_at_each_slowness(self):
        lines = unequal_report.table([report(2), report(3)], "least 51").splitlines()
        ratios = "0.10 | 0.20 | 0.30 | 0.40 | 0.50 | 0.60 | 0.70 | 0.80"
        expected = f"| net | 2.00, 2.10 | 50 | 2.50 | {ratios} | 5 / 2 / 1 (76 %) |"
        self.assertEqual(lines[-2], expected)
        self.assertIn("3.00, 3.10", lines[-1])

    def test_have_as_many_cells_everywhere(self):
        lines = unequal_report.table([report(2)], "least 51").splitlines()[2:]
        self.assertEqual({line.count("|") for line in lines}, {len(unequal_report.COLUMNS) + 6})


if __name__ == "__main__":
    unittest.main()
