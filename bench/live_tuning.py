# SPDX-License-Identifier: Apache-2.0
"""What tuning on this machine gains, and which way to search finds it, measured in turns.

  python3 bench/live_tuning.py gain [MODEL...] --threads 1,2 --write
  python3 bench/live_tuning.py methods [MODEL...] --write

gain: the default plan over the tuned one, of the models of bench/report.py. methods: plans that
each way to search finds in each budget, several seeds, over the plan of an exhaustive search.
Tables go to standard output, and with --write into docs/tuning.md, between the markers. Needs the
release preset's program, and a machine with nothing else to do; its load is written beside them.
"""

import argparse
import itertools
import pathlib
import statistics
from typing import NamedTuple

import report
import timed_plans

PAGE = report.ROOT / "docs/tuning.md"
NETWORKS = [
    "mobilenet_v2_0.35_160_fp32.onnx",
    "squeezenet11_fp32.onnx",
    "mobilenet_v1_0.25_224_fp32.tflite",
    "efficientnet_b0_w035_fp32.onnx",
    "light_shufflenet.onnx",
    "mlperf_resnet8_fp32.tflite",
]
METHODS = ["gp", "halving", "random"]


class Search(NamedTuple):
    """One tuning of a network; without a method the default kernels."""

    method: str | None = None
    budget_ms: int = 0
    seed: int = 1


def gain_of(model, folder, threads, arguments):
    """Bursts of the default plan and of the tuned one; the same list if the plans are equal."""
    program, cache = arguments.program, folder / "tune.json"
    timed_plans.tune(program, model, cache, threads, arguments.budget_ms)
    plans = {"default": folder / "default.plan", "tuned": folder / "tuned.plan"}
    timed_plans.compile_plan(program, model, plans["default"], threads)
    timed_plans.compile_plan(program, model, plans["tuned"], threads, cache)
    return timed_plans.time_in_turns(program, plans, arguments.rounds, arguments.min_secs)


def gain_table(results):
    lines = ["| model | default ms | tuned ms | default / tuned |", "|---|---|---|---|"]
    ratios = {}
    for name, bursts in results.items():
        ratios[name] = timed_plans.paired_ratio(bursts["default"], bursts["tuned"])
        times = [f"{statistics.median(bursts[key]):.3f}" for key in ("default", "tuned")]
        same = " (the same plan)" if bursts["default"] is bursts["tuned"] else ""
        lines.append(f"| {name} | {' | '.join(times)} | {ratios[name]:.3f}{same} |")
    mean, least = statistics.geometric_mean(ratios.values()), min(ratios, key=ratios.get)
    lines.append(f"\nGeometric mean {mean:.3f}, minimum {ratios[least]:.3f} ({least}).")
    return lines


def gain(models, arguments):
    parts = [report.machine()]
    for threads in arguments.threads:
        timed_plans.pin(threads)
        results, failures = timed_plans.per_model(
            models, lambda m, f, n=threads: gain_of(m, f, n, arguments)
        )
        how = f"tuned for {arguments.budget_ms} ms, medians of {arguments.rounds} rounds"
        parts.append(f"Threads: {threads}, {how}.")
        parts.append("\n".join(gain_table(results) + failures))
    return "\n\n".join(parts)


def searches(arguments):
    """Seeds outermost, so that drift of the machine meets all methods."""
    seeds = range(1, arguments.seeds + 1)
    found = itertools.product(seeds, arguments.budgets, arguments.methods)
    return [Search(method, budget, seed) for seed, budget, method in found]


def methods_of(model, folder, threads, arguments):
    """Ratios of times to the exhaustive plan's by search, and how thorough that was."""
    program = arguments.program
    reference = Search("exhaustive", arguments.exhaustive_ms)
    plans, looks = {Search(): folder / "0.plan"}, 0.0
    timed_plans.compile_plan(program, model, plans[Search()], threads)
    for search in [reference, *searches(arguments)]:
        cache = folder / f"{len(plans)}.json"
        how = (search.budget_ms, "--method", search.method, "--seed", search.seed)
        found = timed_plans.tune(program, model, cache, threads, *how)
        if search is reference:
            looks = timed_plans.least_looks(program, model, folder, threads, found)
        plans[search] = cache.with_suffix(".plan")
        timed_plans.compile_plan(program, model, plans[search], threads, cache)
    timed_plans.say(f"{model.stem}: {len(plans)} plans")
    bursts = timed_plans.time_in_turns(program, plans, arguments.rounds, arguments.min_secs)
    ratios = {s: timed_plans.paired_ratio(b, bursts[reference]) for s, b in bursts.items()}
    return ratios, looks


def of_cell(ratios, method, budget_ms):
    """The ratios of all seeds."""
    return [r for s, r in ratios.items() if (s.method, s.budget_ms) == (method, budget_ms)]


def cell(results, method, budget_ms):
    mean = statistics.geometric_mean
    means = {name: mean(of_cell(r, method, budget_ms)) for name, (r, _) in results.items()}
    worst = max(means, key=means.get)
    return f"{mean(means.values()):.3f} ({means[worst]:.3f} {worst})"


def methods_table(results, arguments):
    budgets, most = arguments.budgets, max(arguments.budgets)
    lines = ["| method | " + " | ".join(f"{b} ms" for b in budgets) + " |"]
    lines.append("|---" * (len(budgets) + 1) + "|")
    lines.append(f"| untuned | {cell(results, None, 0)} |" + " |" * (len(budgets) - 1))
    for method in arguments.methods:
        cells = [cell(results, method, budget_ms) for budget_ms in budgets]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    lines.append(f"\nSlowest seed over fastest at {most} ms:\n")
    for method in arguments.methods:
        spreads = []
        for name, (ratios, _) in results.items():
            seeds = of_cell(ratios, method, most)
            spreads.append(f"{name} {max(seeds) / min(seeds):.3f}")
        lines.append(f"- {method}: {', '.join(spreads)}")
    looks = ", ".join(f"{name} {least:.1f}" for name, (_, least) in results.items())
    lines.append(f"\nThe exhaustive search measured each candidate so often, at least: {looks}.")
    return lines


def methods(models, arguments):
    threads = arguments.threads[0]
    machine = report.machine()
    timed_plans.pin(threads)
    results, failures = timed_plans.per_model(
        models, lambda m, f: methods_of(m, f, threads, arguments)
    )
    head = (
        f"Threads: {threads}. Time over that of the plan of an exhaustive search of "
        f"{arguments.exhaustive_ms} ms: geometric mean over {len(results)} networks and "
        f"{arguments.seeds} seeds, and the slowest network's; {arguments.rounds} rounds."
    )
    table = "\n".join(methods_table(results, arguments) + failures)
    return "\n\n".join([machine, head, table])


def numbers(text):
    found = [int(part) for part in text.split(",")]
    if min(found) < 1:
        raise ValueError(f"expected numbers above 0, got {text}")
    return found


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("section", choices=["gain", "methods"])
    parser.add_argument("models", nargs="*", type=pathlib.Path, help="in place of the usual ones")
    report.add_places(parser)
    parser.add_argument("--program", type=pathlib.Path, help="default: BUILD/bin/tilewright")
    parser.add_argument("--threads", type=numbers, default=[1], help="methods: the first alone")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--min-secs", type=float, default=0.1, help="of a plan in one round")
    parser.add_argument("--budget-ms", type=int, default=2000, help="of gain")
    parser.add_argument("--budgets", type=numbers, default=[250, 500, 2000], help="milliseconds")
    parser.add_argument("--methods", type=lambda t: t.split(","), default=METHODS)
    parser.add_argument("--exhaustive-ms", type=int, default=20000, help="of the reference")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.name} as well")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    arguments.program = arguments.program or arguments.build / "bin/tilewright"
    timed_plans.check_program(arguments.program)
    missing = [str(model) for model in arguments.models if not model.is_file()]
    if missing:
        raise SystemExit(f"{', '.join(missing)}: expected models, got no such files")
    measure, *usual = {
        "gain": (gain, arguments.made, report.NETWORKS),
        "methods": (methods, None, NETWORKS),
    }[arguments.section]
    models = arguments.models or report.find_models(arguments.models_dir, *usual)
    text = measure(models, arguments)
    print(text)
    if arguments.write:
        report.replace_section(PAGE, f"live {arguments.section}", text)


if __name__ == "__main__":
    main()
