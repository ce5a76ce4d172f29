# SPDX-License-Identifier: Apache-2.0
"""Measures what the planner proves on generated networks and tables of blocks.

  bench/planner/planner_tables.py [--only cells wired baselines arenas traffic]

Needs `planner_bench`, `traffic_bench` and `tilewright_program` built by the release preset. Writes
each table between its markers in docs/planning.md. The arenas need minimalloc's eleven
`X.1048576.csv`, by default beside the checkout; without them their table is left as it is.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/planning.md"
sys.path.insert(0, str(ROOT / "bench"))
from page_section import replace_section  # noqa: E402

TIMES = 3
CAPACITY_BYTES = 1 << 20
MAX_PLACEMENTS = 500_000  # twice what the longest proof of a least height takes

WORDS = ("network", "graphs", "instance", "fits", "status")  # titles of columns without numbers


def output_of(program, *arguments):
    command = [str(program), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout


def table(titles, rows):
    line = ["---" if title in WORDS else "---:" for title in titles]
    lines = [" | ".join(map(str, row)) for row in (titles, *rows)]
    return "\n".join([f"| {lines[0]} |", f"|{'|'.join(line)}|", *(f"| {x} |" for x in lines[1:])])


def cells_of(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows_of(text):
    """The cells of a table that a program printed, without its head."""
    return [cells_of(line) for line in text.splitlines() if line.startswith("|")][2:]


def as_printed(text):
    """The table of `text` without the spaces that align its columns."""
    kept = [line for line in text.splitlines() if line.startswith("|")]
    spaced = [f"| {' | '.join(cells_of(line))} |" for line in kept]
    return "\n".join([spaced[0], kept[1], *spaced[2:]])


def cells_table(programs):
    return as_printed(output_of(programs / "planner_bench", "cells"))


def wired_row(programs, family, words):
    rows = rows_of(output_of(programs / "planner_bench", family))
    ops = sorted({int(row[1]) for row in rows})
    proven = sum(row[3] == row[4] for row in rows)
    times = [float(row[7]) for row in rows]
    return [
        words,
        f"{ops[0]} to {ops[-1]}" if len(ops) > 1 else ops[0],
        f"{proven} of {len(rows)}",
        f"{statistics.median_high(times):.1f}",
        f"{max(times):.1f}",
    ]


def wired_table(programs):
    families = {
        "wired": "32 nodes, a node one op",
        "wired-ops": "32 nodes, all ops",
        "wired-64": "64 nodes, one stage",
    }
    rows = [wired_row(programs, family, words) for family, words in families.items()]
    return table(["graphs", "ops", "proven", "median ms", "worst ms"], rows)


def baselines_table(programs):
    return as_printed(output_of(programs / "planner_bench", "baselines"))


def arena(programs, file, *options):
    """The report on `file` with the least time of a few, which are equal otherwise."""
    program = programs / "tilewright"
    texts = [output_of(program, "arena", file, "--json", "-", *options) for _ in range(TIMES)]
    return min(map(json.loads, texts), key=lambda report: report["solve_ms"])


def height(report):
    """What is known of the least height."""
    if report["height_bytes"] == report["lower_bound_bytes"]:
        return report["height_bytes"]
    return f"{report['lower_bound_bytes']} to {report['height_bytes']}"


def arenas_table(programs, folder):
    files = sorted(folder.glob(f"?.{CAPACITY_BYTES}.csv"))
    if not files:
        return None
    rows, fitted_ms, proven_ms = [], [], []
    for file in files:
        fitted = arena(programs, file, "--capacity", CAPACITY_BYTES)
        least = arena(programs, file, "--max-placements", MAX_PLACEMENTS)
        fits = fitted["height_bytes"] <= CAPACITY_BYTES
        if fits:
            fitted_ms.append(fitted["solve_ms"])
        if least["status"] == "optimal":
            proven_ms.append(least["solve_ms"])
        row = [file.stem[0], "yes" if fits else "no", fitted["nodes"], f"{fitted['solve_ms']:.1f}"]
        rows.append([*row, height(least), least["nodes"], f"{least['solve_ms']:.1f}"])
    titles = ["instance", "fits", "placements", "ms", "least height", "placements", "ms"]
    return (
        table(titles, rows)
        + f"\n\nTogether {sum(fitted_ms) / 1e3:.1f} s for {len(fitted_ms)} that "
        f"fit into {CAPACITY_BYTES} bytes, {sum(proven_ms) / 1e3:.1f} s for {len(proven_ms)} proofs"
        f" of the least height; the least of {TIMES} times each, one thread."
    )


def traffic_table(programs):
    text = output_of(programs / "traffic_bench")
    titles = ["network", "fast", "Belady, tensor", "Belady, byte", "pinning", "banks", "ours"]
    titles += ["at least", "status", "ms"]
    rows = [row[:2] + row[3:10] + row[11:] for row in rows_of(text) if len(row) == 12]
    trivial = [row[0] for row in rows_of(text) if "trivial" in row[-1]]
    cases = re.search(r"^\d+ cases.*$", text, re.MULTILINE)
    return f"{table(titles, rows)}\n\n{cases[0]}. Trivial: {', '.join(trivial) or 'none'}."


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument(
        "--minimalloc", type=pathlib.Path, default=ROOT.parent / "shared/planning/minimalloc"
    )
    tables = {
        "cells": lambda: cells_table(arguments.programs),
        "wired": lambda: wired_table(arguments.programs),
        "baselines": lambda: baselines_table(arguments.programs),
        "arenas": lambda: arenas_table(arguments.programs, arguments.minimalloc),
        "traffic": lambda: traffic_table(arguments.programs),
    }
    parser.add_argument("--only", nargs="+", choices=tables, default=list(tables))
    parser.add_argument("--print", action="store_true", help="print and leave the page")
    arguments = parser.parse_args()
    for name in arguments.only:
        text = tables[name]()
        if text is None:
            print(f"{name}: no tables of blocks in {arguments.minimalloc}")
        elif arguments.print:
            print(text)
        else:
            replace_section(PAGE, name, f"\n{text}\n")


if __name__ == "__main__":
    main()
