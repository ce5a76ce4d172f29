# SPDX-License-Identifier: Apache-2.0
"""The pictures in docs/ show the tables of their pages, and the same tables give the same bytes."""

import importlib.metadata
import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import charts  # noqa: E402
import page_section  # noqa: E402
import plots  # noqa: E402

TEXT = """A machine.

One thread, in turns

| model | ms | best peer / tilewright |
|---|---:|---|
| slow | 2.000 | 0.95 (other) |
| absent | 1.000 | - |
| fast | 1.000 | 1.50 (peer) |

geometric mean of best peer / tilewright: 1.19

Two threads

| model | ms | best peer / tilewright |
|---|---|---|
| fast | 0.500 | 2.00 (peer) |
"""


def pinned_version():
    lines = (ROOT / "bench/plots_requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines)["matplotlib"]


def installed_version():
    try:
        return importlib.metadata.version("matplotlib")
    except importlib.metadata.PackageNotFoundError:
        return None


def all_charts():
    return [chart for section in charts.SECTIONS for chart in charts.charts_of(section)]


class Tables(unittest.TestCase):
    def test_are_read_with_the_text_around_them(self):
        first, second = page_section.read_tables(TEXT)
        self.assertEqual(first.caption, "One thread, in turns")
        self.assertEqual(first.columns, ["model", "ms", "best peer / tilewright"])
        self.assertEqual([row[0] for row in first.rows], ["slow", "absent", "fast"])
        self.assertIn("geometric mean", first.note)
        self.assertEqual(second.rows, [["fast", "0.500", "2.00 (peer)"]])
        self.assertEqual(second.caption, "Two threads")
        self.assertEqual(second.note, "")

    def test_are_found_between_their_markers(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder, "page.md")
            page.write_text("a <!-- x -->\nold\n<!-- end of x --> b")
            self.assertEqual(page_section.read_section(page, "x"), "old")
            with self.assertRaisesRegex(SystemExit, "expected the markers <!-- y -->"):
                page_section.read_section(page, "y")


class Charts(unittest.TestCase):
    def test_show_ratios_sorted_with_the_mean(self):
        first, second = charts.network_charts(TEXT)
        (panel,) = first.panels
        self.assertEqual(first.labels(), ["fast  1.50 (peer)", "slow  0.95 (other)"])
        self.assertEqual([bar.values for bar in panel.bars], [(1.5,), (0.95,)])
        self.assertEqual(panel.lines["geometric mean 1.19"], 1.19)
        self.assertEqual((first.name, second.name), ("networks_1", "networks_2"))
        self.assertEqual(list(second.panels[0].lines), ["as fast", "goal of the mean 1.3"])

    def test_tell_depthwise_layers_that_meet_the_goal(self):
        text = (
            "**avx2**\n| layer | kernel | us | GFLOP/s | of peak | of roofline |\n|---|---|\n"
            "| a | dot_1 | 1 | 1 | 0.90 | 0.95 |\n| b | winograd_1 | 1 | 1 | 2.50 | 2.50 |\n"
            "| fully_connected/c | dot_2 | 1 | 1 | 0.40 | 2.00 |\n"
            "| d | depthwise_1 | 1 | 1 | 0.50 | 0.92 |\n"
            "| e | depthwise_2 | 1 | 1 | 0.60 | 0.60 |\n| f | depthwise_3 | 1 | 1 | 0.59 | 0.89 |\n"
        )
        (chart,) = charts.kernel_charts(text)
        dense, depthwise = chart.panels
        self.assertEqual(chart.name, "kernels_avx2")
        self.assertEqual([bar.label for bar in dense.bars], ["b  2.50", "a  0.90"])
        self.assertEqual([bar.values for bar in dense.bars], [(0, 2.5), (0.9, 0)])
        self.assertEqual([bar.label for bar in depthwise.bars], ["d  0.92", "f  0.89", "e  0.60"])
        meets = [bar.values[0] > 0 for bar in depthwise.bars]
        self.assertEqual(meets, [True, False, True])

    def test_take_page_in_out_of_first_runs(self):
        columns = [
            ["model", "plan: load", "create", "first run", "page-in", "pages", "steady", "a", "b"],
            ["model: load", "compile", "create", "first run", "steady", "ratio", "again"],
        ]
        cells = ["net", "3.0", "1.0", "2.5", "0.5", "0.8", "2.0", "1.50", "1.10"]
        cells += ["9", "9", "2", "4", "4", "1.5", "0"]
        lines = [[*columns[0], *columns[1]], ["---"] * 16, cells]
        (chart,) = charts.cold_charts("\n".join(f"| {' | '.join(line)} |" for line in lines))
        plan, model = chart.panels
        self.assertEqual(plan.bars, [("net  1.50", (0.5, 1.0, 0.25, 1.5))])
        self.assertEqual(model.bars, [("net  1.5", (0.5, 1.0))])


class Pictures(unittest.TestCase):
    def test_name_what_the_tables_of_their_pages_say(self):
        for chart in all_charts():
            picture = (charts.DOCS / f"{chart.name}.svg").read_text()
            said = re.findall(r"<text[^>]*>([^<]*)</text>", picture)
            labels = chart.labels()
            self.assertGreater(len(labels), 5, chart.name)
            shown = [text for text in said if text in set(labels)]
            self.assertEqual(shown, labels, f"{chart.name}: bench/report.py plots draws it again")

    def test_are_small_and_shown_by_their_pages(self):
        for section, (page, _) in charts.SECTIONS.items():
            for chart in charts.charts_of(section):
                self.assertIn(f"]({chart.name}.svg)", page.read_text())
                self.assertLess((charts.DOCS / f"{chart.name}.svg").stat().st_size, 60_000)

    @unittest.skipUnless(
        installed_version() == pinned_version(),
        f"expected matplotlib {pinned_version()}, got {installed_version()}",
    )
    def test_are_drawn_byte_by_byte_from_the_tables(self):
        with tempfile.TemporaryDirectory() as folder:
            for chart in all_charts():
                path = pathlib.Path(folder, f"{chart.name}.svg")
                plots.draw(chart, path)
                committed = (charts.DOCS / path.name).read_bytes()
                self.assertEqual(path.read_bytes(), committed, chart.name)


if __name__ == "__main__":
    unittest.main()
