# SPDX-License-Identifier: Apache-2.0
"""What parts gain where a core is slower; `bench/report.py unequal` runs this."""

import subprocess

import timed_plans

NETWORKS = ["squeezenet11_fp32.onnx", "light_inception_v1.onnx"]
FACTORS = (2, 3)
COLUMNS = {
    "2 parts for each thread": "2 parts each",
    "4 parts for each thread": "4",
    "8 parts for each thread": "8",
    "as tuned": "as tuned",
    "as tuned, in equal parts": "its kernels in equal parts",
    "the fast core alone": "fast core alone",
    "the slow core alone": "slow core alone",
    "equal parts again": "equal parts again",
}


def row(network):
    """The cells of one network: ratios to equal parts, and what tuning chose."""
    ways = {way["name"]: way for way in network["ways"]}
    slowness = f"{network['slowness_before']:.2f}, {network['slowness_after']:.2f}"
    cells = [network["name"], slowness, f"{network['period_us']:.0f}"]
    cells += [f"{ways['equal parts again']['reference_ms']:.2f}"]
    cells += [f"{ways[name]['ratio']:.2f}" for name in COLUMNS]
    chosen = network["tuned"]
    counts = " / ".join(str(chosen[kind]) for kind in ("in_parts", "equal", "alone"))
    cells.append(f"{counts} ({100 * chosen['time_in_parts']:.0f} %)")
    return f"| {' | '.join(cells)} |"


def table(reports, distance):
    """The Markdown of one report for each factor."""
    lines = [
        f"Nanoseconds of a cache line from core to core before: {distance}. Tuned for "
        f"{reports[0]['tune_ms']} ms.\n",
        "| network | core slower by, before and after | period us | equal parts ms | "
        f"{' | '.join(COLUMNS.values())} | layers in parts / equal / alone (time in parts) |",
        "|---" * (len(COLUMNS) + 5) + "|",
    ]
    lines += [row(network) for report in reports for network in report["networks"]]
    return "\n".join(lines)


def measure(folder, models, tune_ms, rounds):
    """The table, of programs in `folder` and networks in the folder `models`."""
    program = folder / "unequal_cores"
    for target in ("unequal_cores", "core_distance"):
        timed_plans.check_program(program.with_name(target), target)
    said = subprocess.run(
        [program.with_name("core_distance")], capture_output=True, text=True, check=True
    )
    networks = ["mobilenet_v2", *(models / name for name in NETWORKS)]
    flags = ["--tune-ms", tune_ms, "--rounds", rounds]
    reports = [
        timed_plans.run_json(program, *networks, "--factor", factor, *flags) for factor in FACTORS
    ]
    return table(reports, said.stdout.strip().removeprefix("one way, ns: "))
