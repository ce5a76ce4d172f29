# SPDX-License-Identifier: Apache-2.0
"""Draws the tables of docs/performance.md and docs/tuning.md into docs/, without measuring.

  python3 -m venv build/plots && build/plots/bin/pip install -r bench/plots_requirements.txt
  build/plots/bin/python bench/plots.py

The same tables give the same bytes with the same version of matplotlib. Scripts that write tables
draw them too if they find it.
"""

import argparse
import importlib.util
import io
import re
import sys

from charts import DOCS, SECTIONS, charts_of

COLORS = ("#1f77b4", "#ff7f0e", "#9bc4e2", "#c7c7c7")
LINES = ("#d62728", "#7f7f7f", "#2ca02c")
STYLE = {
    "svg.hashsalt": "tilewright",
    "svg.fonttype": "none",
    "font.size": 7,
    "font.sans-serif": ["DejaVu Sans"],  # every label says the whole list
}


def can_draw():
    return importlib.util.find_spec("matplotlib") is not None


def draw_panel(axes, panel, rows):
    """The bars of a panel in a picture of so many rows; the last ones have room for the legend."""
    ends = [panel.base] * len(panel.bars)
    for index, part in enumerate(panel.parts):
        begins = ends
        widths = [bar.values[index] - (0 if index else panel.base) for bar in panel.bars]
        ends = [begin + width for begin, width in zip(begins, widths, strict=True)]
        seen = [i for i, width in enumerate(widths) if width]
        axes.barh(
            seen,
            [widths[i] for i in seen],
            left=[begins[i] for i in seen],
            height=0.7,
            color=COLORS[index],
            label=part if len(panel.parts) > 1 else None,
        )
    for color, (said, place) in zip(LINES, panel.lines.items(), strict=False):
        axes.axvline(place, linewidth=0.9, color=color, label=said)
    axes.set_yticks(range(len(panel.bars)), [bar.label for bar in panel.bars])
    axes.tick_params(axis="y", left=False)
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_xlim(*panel.axis)
    axes.set_title(panel.title, fontsize=8)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(loc="lower right")


def draw(chart, path):
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot

    rows = max(len(panel.bars) + len(panel.parts) + len(panel.lines) + 1 for panel in chart.panels)
    with matplotlib.rc_context(STYLE):
        size = (4.8 * len(chart.panels), 0.8 + 0.14 * rows)
        figure, places = matplotlib.pyplot.subplots(
            1, len(chart.panels), figsize=size, squeeze=False
        )
        for axes, panel in zip(places[0], chart.panels, strict=True):
            draw_panel(axes, panel, rows)
        figure.tight_layout(rect=(0.03, 0, 1, 1))
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
        matplotlib.pyplot.close(figure)
    path.write_text(re.sub(r" *<!--.*?-->\n", "", drawn.getvalue()))  # every label once more


def redraw(sections):
    """The charts of these sections, if there is a library to draw them."""
    if not can_draw():
        print("plots: expected matplotlib, got none; bench/plots.py draws them", file=sys.stderr)
        return
    for section in sections:
        for chart in charts_of(section):
            draw(chart, DOCS / f"{chart.name}.svg")


def main():
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    redraw(SECTIONS)


if __name__ == "__main__":
    main()
