# SPDX-License-Identifier: Apache-2.0
"""What chains of ops in strips cost and save, measured in turns.

  python3 bench/strips_report.py --models ../shared/models --write

Needs strip_bench, plan_turns and tilewright_program of the release preset, and a machine with
nothing else to do; its load is written beside the tables. They go to standard output, and with
--write into docs/performance.md, between the markers.
"""

import argparse
import re
import subprocess

import report
import timed_plans
from page_section import replace_section

NETWORKS = [
    "mobilenet_v2_0.35_160_fp32.onnx",
    "efficientnet_b0_w035_fp32.onnx",
    "shufflenet_v2_0.5_fp32.onnx",
    "light_shufflenet.onnx",
    "unet_160_fp32.tflite",
    "deeplabv3_257_fp32.tflite",
    "fastestdet_fp32.onnx",
    "espcn_x3_fp32.tflite",
    "deit_tiny_4l_fp32.onnx",
]
WHOLE = re.compile(
    r"arena (?P<apart>\d+) KiB apart, (?P<strips>\d+) KiB in strips \((?P<ratio>[0-9.]+)\); "
    r".*; (?P<ms>[0-9.]+) ms, (?P<time>[0-9.]+) of it in strips"
)
GROUP = re.compile(
    r"  (?P<time>[0-9.]+) +(?P<away>\d+) KiB away, +(?P<scratch>\d+) KiB scratch, .* lines +"
    r"(?P<ops>\d+) ops to .* (?P<shape>\S+)\n +by rows(?P<rows>.*)"
)


def strip_bench(program, what):
    """The match of the whole network, and those of its groups with the largest tensors."""
    command = [program.with_name("strip_bench"), what]
    text = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return WHOLE.search(text.stdout), list(GROUP.finditer(text.stdout))


def whole_table(found):
    lines = [
        "Whole networks, untuned, with `--fusion memory`, one thread:\n",
        "| model | arena apart KiB | in strips KiB | ratio | ms apart | time in strips / apart |",
        "|---|---|---|---|---|---|",
    ]
    for name, (whole, _) in found.items():
        lines.append(f"| {name} | {' | '.join(whole.groups())} |")
    return lines


def group_table(found):
    lines = [
        "\nGroups with the largest tensors, each in its best strips; of the fastest group the ops,",
        "the tensors that need no memory any more, and the scratch:\n",
        "| model | groups | faster | time in strips / apart | fastest | KiB away | scratch KiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, (_, groups) in found.items():
        times = sorted(float(group["time"]) for group in groups)
        if not times:
            lines.append(f"| {name} | 0 | - | - | - | - | - |")
            continue
        best = min(groups, key=lambda group: float(group["time"]))
        span = f"{times[0]:.2f} to {times[-1]:.2f}"
        cells = [str(len(times)), str(sum(time < 1 for time in times)), span]
        cells += [f"{best['ops']} ops to {best['shape']}", best["away"], best["scratch"]]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def attention_table(groups):
    """Of the longest chain, which ends with the mix, the ratio for each height."""
    longest = max(groups, key=lambda group: int(group["ops"]))
    pairs = [pair.split(": ") for pair in longest["rows"].split("  ") if pair]
    return [
        "\nScores, softmax and mix of 12 heads of 64 over 512 tokens in strips of so many rows:\n",
        f"| rows of a strip | {' | '.join(rows for rows, _ in pairs)} |",
        "|---" * (len(pairs) + 1) + "|",
        f"| time in strips / apart | {' | '.join(f'{float(time):.2f}' for _, time in pairs)} |",
    ]


def tuned_row(model, folder, arguments):
    """The cells that compare the tuned plan that may take strips with the one that may not."""
    program, cache = arguments.program, folder / "tune.json"
    timed_plans.tune(program, model, cache, 1, arguments.tune_budget_ms)
    plans, arenas = {}, []
    for fusion in ("off", "auto"):
        plans[fusion] = folder / f"{fusion}.plan"
        flags = ["-o", plans[fusion], "--cache", cache, "--fusion", fusion]
        timed_plans.run_json(program, "compile", model, *flags)
        once = timed_plans.run_json(program, "bench", plans[fusion], "--min-secs", 0)
        arenas.append(once["arena_bytes"])
    timings, control = timed_plans.time_in_turns(program, plans, arguments.rounds, 20)
    auto = timings["auto"]
    ratio = "1 (the same plan)" if auto["same_as"] else timed_plans.with_spread(auto)
    return [
        *map(str, arenas),
        f"{timings['off']['ms']:.3f}",
        ratio,
        timed_plans.with_spread(control),
    ]


def tuned_table(models, arguments):
    rows, failures = timed_plans.per_model(
        models, lambda model, folder: tuned_row(model, folder, arguments)
    )
    lines = [
        f"\nTuned for {arguments.tune_budget_ms} ms, with the groups that gain by measurement, and",
        "those that cost no time and with which the arena is smaller:\n",
        "| model | arena off | auto | ms off | auto / off | off / off |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    return lines + failures


def measure(arguments):
    models = report.find_models(arguments.models_dir, names=NETWORKS)
    head, program = report.machine(), arguments.program

    def both(model, folder):
        converted = folder / "model.tw"
        timed_plans.run_json(program, "convert", model, "-o", converted)
        return strip_bench(program, converted)

    found, failures = timed_plans.per_model(models, both)
    found = {"mobilenet_v2_1.0_224": strip_bench(program, "mobilenet_v2"), **found}
    _, attention = strip_bench(program, "attention")
    lines = [head, "", *whole_table(found), *failures, *group_table(found)]
    return "\n".join(lines + attention_table(attention) + tuned_table(models, arguments))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    report.add_places(parser)
    parser.add_argument("--tune-budget-ms", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.program = arguments.build / "bin/tilewright"
    for target in ("strip_bench", "plan_turns"):
        timed_plans.check_program(arguments.program.with_name(target), target)
    timed_plans.pin(1)
    text = measure(arguments)
    print(text)
    if arguments.write:
        replace_section(report.PAGE, "strips", text)


if __name__ == "__main__":
    main()
