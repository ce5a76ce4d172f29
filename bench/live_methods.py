# SPDX-License-Identifier: Apache-2.0
"""Which way to search finds the fastest plans; `bench/live_tuning.py methods` runs this."""

import itertools
import statistics
from typing import NamedTuple

import report
import timed_plans

NETWORKS = [
    "mobilenet_v2_0.35_160_fp32.onnx",
    "squeezenet11_fp32.onnx",
    "mobilenet_v1_0.25_224_fp32.tflite",
    "efficientnet_b0_w035_fp32.onnx",
    "light_shufflenet.onnx",
    "mlperf_resnet8_fp32.tflite",
]
METHODS = ["gp", "halving", "random", "exhaustive"]


class Search(NamedTuple):
    """One tuning of a network; without a method the default kernels."""

    method: str | None = None
    budget_ms: int = 0
    seed: int = 1


def searches(arguments):
    """Seeds outermost, so that drift of the machine meets all methods."""
    seeds = range(1, arguments.seeds + 1)
    found = itertools.product(seeds, arguments.budgets, arguments.methods)
    return [Search(method, budget, seed) for seed, budget, method in found]


def measure(model, folder, threads, arguments):
    """Ratios of times to the exhaustive plan's by search, how thorough that was, and its time over
    itself."""
    reference = Search("exhaustive", arguments.exhaustive_ms, seed=0)  # a seed that no other has
    program, plans, looks = arguments.program, {}, 0.0
    for search in [reference, *searches(arguments)]:
        cache = folder / f"{len(plans)}.json"
        how = (search.budget_ms, "--method", search.method, "--seed", search.seed)
        plans[search], found = timed_plans.tune_and_compile(program, model, cache, threads, *how)
        if search is reference:
            looks = timed_plans.least_looks(program, model, folder, threads, found)
    plans[Search()] = folder / "default.plan"
    timed_plans.compile_plan(program, model, plans[Search()], threads)
    timed_plans.say(f"{model.stem}: {len(plans)} plans")
    timings, control = timed_plans.time_in_turns(program, plans, arguments.rounds, arguments.min_ms)
    return {s: timing["ratio"] for s, timing in timings.items()}, looks, control


def of_cell(ratios, method, budget_ms):
    """The ratios of all seeds, without the reference's."""
    own = [s for s in ratios if s.seed and (s.method, s.budget_ms) == (method, budget_ms)]
    return [ratios[s] for s in own]


def cell(results, method, budget_ms):
    mean = statistics.geometric_mean
    means = {name: mean(of_cell(r, method, budget_ms)) for name, (r, *_) in results.items()}
    worst = max(means, key=means.get)
    return f"{mean(means.values()):.3f} ({means[worst]:.3f} {worst})"


def lines_of(results, arguments):
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
        for name, (ratios, *_) in results.items():
            seeds = of_cell(ratios, method, most)
            spreads.append(f"{name} {max(seeds) / min(seeds):.3f}")
        lines.append(f"- {method}: {', '.join(spreads)}")
    looks = ", ".join(f"{name} {least:.1f}" for name, (_, least, _) in results.items())
    lines.append(f"\nThe long exhaustive search saw each candidate so often, at least: {looks}.")
    selves = [f"{name} {timed_plans.with_spread(own)}" for name, (*_, own) in results.items()]
    lines.append(f"\nIts plan over itself: {', '.join(selves)}.")
    return lines


def section(models, arguments):
    threads = arguments.threads[0]
    machine = report.machine()
    timed_plans.pin(threads)
    results, failures = timed_plans.per_model(
        models, lambda m, f: measure(m, f, threads, arguments)
    )
    head = (
        f"Threads: {threads}. Time over that of the plan of an exhaustive search of "
        f"{arguments.exhaustive_ms} ms: geometric mean over {len(results)} networks and "
        f"{arguments.seeds} seeds, and the slowest network's; {arguments.rounds} rounds."
    )
    table = "\n".join(lines_of(results, arguments) + failures)
    return "\n\n".join([machine, head, table])
