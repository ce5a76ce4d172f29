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


def draw(report, path):
    figure, axes = plt.subplots(figsize=(6.4, 3.8))
    for result in report["strategies"]:
        looks = range(1, len(result["curve"]) + 1)
        means, lows, highs = ([100 * point[i] for point in result["curve"]] for i in range(3))
        (line,) = axes.plot(looks, means, label=result["strategy"], linewidth=1.4)
        if result["strategy"] in BANDED:
            axes.fill_between(looks, lows, highs, color=line.get_color(), alpha=0.12, linewidth=0)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(0, 300)
    axes.set_xlim(1, 40)
    axes.set_xlabel("candidates looked at")
    axes.set_ylabel("regret of the best seen, %")
    axes.grid(alpha=0.3)
    axes.legend(ncols=2, frameon=False)
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
