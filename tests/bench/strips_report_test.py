# SPDX-License-Identifier: Apache-2.0
"""Tables of strips are read from what strip_bench prints."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

import strips_report  # noqa: E402

PRINTED = """\
x.tw, 1 thread(s): arena 1500 KiB apart, 650 KiB in strips (0.43); 56 steps, 53; 0.687 ms, 1.173 of it in strips
  0.992    1200 KiB away,   257 KiB scratch,  8.0 lines  2 ops to v2 160/block_1 1x40x40x48
         by rows  40: 1.497482  320: 0.991778
  1.050    1500 KiB away,   356 KiB scratch,  8.1 lines  3 ops to v2/project 1x40x40x8
         by rows  42: 1.468682  84: 1.050000
"""  # noqa: E501


class Tables(unittest.TestCase):
    def setUp(self):
        self.whole = strips_report.WHOLE.search(PRINTED)
        self.groups = list(strips_report.GROUP.finditer(PRINTED))

    def test_have_a_row_for_each_network(self):
        rows = strips_report.whole_table({"net": (self.whole, self.groups)})
        self.assertEqual(rows[-1], "| net | 1500 | 650 | 0.43 | 0.687 | 1.173 |")

    def test_count_the_groups_that_are_faster_and_name_the_fastest(self):
        rows = strips_report.group_table({"net": (self.whole, self.groups)})
        expected = "| net | 2 | 1 | 0.99 to 1.05 | 2 ops to 1x40x40x48 | 1200 | 257 |"
        self.assertEqual(rows[-1], expected)

    def test_tell_networks_without_groups(self):
        rows = strips_report.group_table({"net": (self.whole, [])})
        self.assertEqual(rows[-1], "| net | 0 | - | - | - | - | - |")

    def test_show_the_longest_chain_by_the_height_of_its_strips(self):
        rows = strips_report.attention_table(self.groups)
        self.assertEqual(rows[1], "| rows of a strip | 42 | 84 |")
        self.assertEqual(rows[-1], "| time in strips / apart | 1.47 | 1.05 |")


if __name__ == "__main__":
    unittest.main()
