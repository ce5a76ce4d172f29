# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/ as bar charts, made of what the pages say; bench/plots.py draws them."""

import pathlib
import re
from typing import NamedTuple

from page_section import read_section, read_tables

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"


class Bar(NamedTuple):
    label: str
    values: tuple[float, ...]  # one after the other, of the panel's parts


class Panel(NamedTuple):
    title: str
    bars: list[Bar]
    parts: tuple[str, ...]  # what the values of a bar are
    lines: dict[str, float]  # where a line is drawn, by what it says
    axis: tuple[float, float]  # longer bars are cut: their labels have the number
    base: float = 0  # where bars begin


class Chart(NamedTuple):
    name: str  # of the file in docs/, without .svg
    panels: list[Panel]

    def labels(self):
        return [bar.label for panel in self.panels for bar in panel.bars]


def number(cell):
    """The number that a cell begins with; 0 of a cell without."""
    found = re.match(r"-?\d+(\.\d+)?", cell)
    return float(found.group()) if found else 0.0


def mean_of(table):
    """The geometric mean that is named below a table, as a line of a panel."""
    found = re.search(r"[Gg]eometric mean\D*(\d+\.\d+)", table.note)
    return {f"geometric mean {found.group(1)}": float(found.group(1))} if found else {}


def by_number(rows, at):
    """The rows with a number in this column, the largest first."""
    return sorted((row for row in rows if number(row[at])), key=lambda row: -number(row[at]))


def ratio_charts(name, column, text, lines, **shown):
    """A chart of one column for each table of a text."""
    charts = []
    for index, table in enumerate(read_tables(text), 1):
        at = table.columns.index(column)
        rows = by_number(table.rows, at)
        bars = [Bar(f"{row[0]}  {row[at]}", (number(row[at]),)) for row in rows]
        title = f"{column}; {table.caption.split(',')[0].lower()}"
        panel = Panel(title, bars, (column,), {**lines, **mean_of(table)}, **shown)
        charts.append(Chart(f"{name}_{index}", [panel]))
    return charts


def network_charts(text):
    lines = {"as fast": 1, "goal of the mean 1.3": 1.3}
    return ratio_charts("networks", "best peer / tilewright", text, lines, axis=(0, 2.4))


def gain_charts(text):
    lines = {"goal of the mean 1.1": 1.1}
    return ratio_charts("tuning_gain", "default / tuned", text, lines, axis=(0.9, 1.4), base=1)


def dense_panel(table, isa):
    at, bars = table.columns.index("of peak"), []
    for row in by_number(table.rows, at):
        value, label = number(row[at]), f"{row[0]}  {row[at]}"
        if row[1].startswith("winograd"):
            bars.append(Bar(label, (0, value)))
        elif row[1].startswith("dot") and not row[0].startswith("fully_connected"):
            bars.append(Bar(label, (value, 0)))
    parts = ("all multiply-adds made", "by Winograd, as if all were made")
    return Panel(
        f"dense layers, of peak; {isa}", bars, parts, {"goal of the mean 0.94": 0.94}, (0, 1.2)
    )


def depthwise_panel(table, isa):
    at, peak, bars = table.columns.index("of roofline"), table.columns.index("of peak"), []
    for row in by_number(table.rows, at):
        if row[1].startswith("depthwise"):
            value = number(row[at])
            meets = value >= 0.9 or number(row[peak]) >= 0.6
            bars.append(Bar(f"{row[0]}  {row[at]}", (value, 0) if meets else (0, value)))
    parts = ("this or 0.6 of the peak reached", "neither")
    return Panel(f"depthwise layers, of roofline; {isa}", bars, parts, {"goal 0.9": 0.9}, (0, 1.2))


def kernel_charts(text):
    """One for each instruction set."""
    charts = []
    for table in read_tables(text):
        if table.columns[:2] == ["layer", "kernel"]:
            isa = table.caption.strip("*")
            panels = [dense_panel(table, isa), depthwise_panel(table, isa)]
            charts.append(Chart(f"kernels_{isa}", [panel for panel in panels if panel.bars]))
    return charts


def start_bars(rows, ratio_at, steady_at, parts_at):
    """Of each row the times in these columns over the steady one, with the ratio in the label."""
    bars = [
        Bar(
            f"{row[0]}  {row[ratio_at]}",
            tuple(number(row[at]) / number(row[steady_at]) for at in parts_at),
        )
        for row in rows
    ]
    return sorted(bars, key=lambda bar: -sum(bar.values[:2]))


def cold_charts(text):
    """Starts in units of a steady run: what the goals count, then what comes on top."""
    table = read_tables(text)[0]
    at = table.columns.index
    plan = at("steady")
    model = at("steady", plan + 1)
    parts_at = [at("create"), at("first run"), at("page-in"), at("plan: load")]
    plans = start_bars(table.rows, plan + 1, plan, parts_at)
    apart = [
        bar._replace(values=(bar.values[0], bar.values[1] - bar.values[2], *bar.values[2:]))
        for bar in plans
    ]
    parts_at = [at("create", plan), at("first run", plan)]
    models = start_bars(table.rows, model + 1, model, parts_at)
    parts = ("create", "first run", "page-in", "load")
    panels = [
        Panel("from a plan, over a steady run", apart, parts, {"goal 1.2": 1.2}, (0, 4)),
        Panel("from a model, over a steady run", models, parts[:2], {"goal 1.5": 1.5}, (0, 4)),
    ]
    return [Chart("cold_starts", panels)]


# By the markers of a section: its page, and the charts of its text.
SECTIONS = {
    "kernels": (DOCS / "performance.md", kernel_charts),
    "networks": (DOCS / "performance.md", network_charts),
    "cold": (DOCS / "performance.md", cold_charts),
    "live gain": (DOCS / "tuning.md", gain_charts),
}


def charts_of(section):
    page, make = SECTIONS[section]
    return make(read_section(page, section))
