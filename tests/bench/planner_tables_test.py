# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/planning.md are what the programs print, and what is missing is said."""

import json
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/planner"))

import planner_tables  # noqa: E402

HEAD = "| network | ops | given | peak | lower bound | status | states | ms |\n|---|---:|\n"


class Tables(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def program(self, name, text):
        """A program that prints `text` whatever it is asked."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
        path.chmod(0o755)

    def test_count_proofs_and_take_the_median(self):
        rows = [(100, 9, 9, 1.0), (101, 9, 8, 7.5), (100, 9, 9, 3.0)]
        lines = [
            f"|  w  | {ops} | 10 | {peak} | {bound} | x | 5 |  {ms} |"
            for ops, peak, bound, ms in rows
        ]
        self.program("planner_bench", HEAD + "\n".join(lines))
        row = planner_tables.wired_row(self.folder, "wired", "words")
        self.assertEqual(row, ["words", "100 to 101", "2 of 3", "3.0", "7.5"])

    def test_tell_heights_that_are_proven_from_intervals(self):
        report = {"height_bytes": 9, "lower_bound_bytes": 7, "nodes": 3, "solve_ms": 20.0}
        self.program("tilewright", json.dumps(report | {"status": "bounded"}))
        (self.folder / "A.1048576.csv").touch()
        text = planner_tables.arenas_table(self.folder, self.folder)
        self.assertIn("| A | yes | 3 | 20.0 | 7 to 9 | 3 | 20.0 |", text)
        self.assertIn("for 1 that fit into 1048576 bytes, 0.0 s for 0 proofs", text)

    def test_count_no_instance_as_fitted_that_needs_more(self):
        height = planner_tables.CAPACITY_BYTES + 1
        report = {"height_bytes": height, "lower_bound_bytes": height, "nodes": 3, "solve_ms": 9.0}
        self.program("tilewright", json.dumps(report | {"status": "optimal"}))
        (self.folder / "B.1048576.csv").touch()
        text = planner_tables.arenas_table(self.folder, self.folder)
        self.assertIn(f"| B | no | 3 | 9.0 | {height} | 3 | 9.0 |", text)
        self.assertIn("for 0 that fit", text)

    def test_are_left_as_they_are_without_instances(self):
        self.assertIsNone(planner_tables.arenas_table(self.folder, self.folder))

    def test_have_their_places_in_the_page(self):
        page = planner_tables.PAGE.read_text()
        for name in ("cells", "wired", "baselines", "arenas", "traffic"):
            self.assertEqual(page.count(f"<!-- {name} -->"), 1, name)
            self.assertEqual(page.count(f"<!-- end of {name} -->"), 1, name)


if __name__ == "__main__":
    unittest.main()
