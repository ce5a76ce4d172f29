# SPDX-License-Identifier: Apache-2.0
"""Draws what bench/tuner_replay printed: looks against regret, with the quartiles as bands.

python3 -m venv build/plots && build/plots/bin/pip install -r bench/plots_requirements.txt
build/plots/bin/python bench/tuner/plot_replay.py build/replay.json docs/tuning_replay.svg
"""

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "tilewright", "svg.fonttype": "none", "font.size": 9})

import matplotlib.pyplot as plt  # noqa: E402

# Bands of all would hide each other.
BANDED = ("random", "prior only", "GP + prior")
RACED = ("random", "prior only", "halving + prior", "TPE", "GP", "GP + prior")


def draw_line(axes, looks, points, banded=False, **style):
    """Means in percent, and if wished the quartiles as a band."""
    means, lows, highs = ([100 * point[i] for point in points] for i in range(3))
    (line,) = axes.plot(looks, means, linewidth=1.4, **style)
    if banded:
        axes.fill_between(looks, lows, highs, color=line.get_color(), alpha=0.12, linewidth=0)
    return line.get_color()


def draw(report, path):
    figure, (clean, noisy) = plt.subplots(1, 2, figsize=(9.6, 3.8), sharey=True)
    for result in report["strategies"]:
        name, curve = result["strategy"], result["curve"]
        banded = name in BANDED
        color = draw_line(clean, range(1, len(curve) + 1), curve, banded, label=name)
        if name not in RACED:
            continue
        looks = [row["looks"] for row in result["noisy"]]
        draw_line(noisy, looks, [row["alone"] for row in result["noisy"]], color=color)
        raced = [row["raced"] for row in result["noisy"]]
        draw_line(noisy, looks, raced, banded, color=color, linestyle="--", marker="o")
    clean.set_yscale("symlog", linthresh=1)
    clean.set_ylim(0, 300)
    clean.set_xlim(1, 40)
    clean.set_title("clean looks: the best seen", fontsize=9)
    noisy.set_title("noisy looks: the chosen (dashed: 14 of them a race)", fontsize=9)
    clean.set_ylabel("regret, %")
    for axes in (clean, noisy):
        axes.set_xlabel("candidates looked at")
        axes.grid(alpha=0.3)
    clean.legend(ncols=2, frameon=False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("svg", type=pathlib.Path)
    arguments = parser.parse_args()
    draw(json.loads(arguments.report.read_text()), arguments.svg)


if __name__ == "__main__":
    main()
