# SPDX-License-Identifier: Apache-2.0
"""Why tuning gains what it gains: the default plan and the tuned one, op by op.

  python3 bench/gain_profile.py [MODEL...] --write

Each model's default plan and its tuned one run in bursts, in turns, a process each; of every op the
fastest burst counts. Ops are those of the tuned plan: several that run as one step there are
summed up in the default plan. An op has changed if another kernel runs it, or if it runs in a step
with others; a kernel's other blocking counts as the same kernel. Columns:

  changed         ops that have changed, of all ops, and their share of the default's time
  gain of these   the default's time of the changed ops over the tuned one
  gain of others  the same of the others: blockings, and what the first left in the caches
  gain            the same of all ops
  kept, of peak   multiply-adds of the ops that have not changed, over the machine's peak
  most to gain    the default's time over the same with every multiplying op that is below the peak
                  at it: no kernel of as many multiply-adds could gain more

Needs the release preset's program. The table goes to standard output, and with --write into
docs/tuning.md, between its markers.
"""

import statistics
from typing import NamedTuple

import profile_networks
import report
import timed_plans

PAGE = report.ROOT / "docs/tuning.md"
TOGETHER = " + "  # between the names of ops that run as one step


class Pair(NamedTuple):
    """An op of the tuned plan."""

    default_ms: float
    tuned_ms: float
    gflop: float
    has_changed: bool


def fastest(bursts):
    """By name of an op what ran it, its milliseconds and its work."""
    ops = {}
    for runs in zip(*(burst["ops"] for burst in bursts), strict=True):
        gflop = runs[0]["gflops"] * runs[0]["ms"] * 1e-3
        name = runs[0]["name"]
        if name in ops:
            raise ValueError(f"expected ops of different names, got two '{name}'")
        ops[name] = (runs[0]["variant"], min(op["ms"] for op in runs), gflop)
    return ops


def pairs(default_bursts, tuned_bursts):
    default, tuned, found = fastest(default_bursts), fastest(tuned_bursts), []
    for name, (variant, ms, gflop) in tuned.items():
        apart = [default[part] for part in ([name] if name in default else name.split(TOGETHER))]
        has_changed = len(apart) > 1 or apart[0][0] != variant
        found.append(Pair(sum(op[1] for op in apart), ms, gflop, has_changed))
    return found


def gain(ops):
    tuned = sum(op.tuned_ms for op in ops)
    return sum(op.default_ms for op in ops) / tuned if tuned else 1.0


def most_to_gain(ops, peak):
    least = [min(op.default_ms, op.gflop / peak * 1e3) if op.gflop else op.default_ms for op in ops]
    return sum(op.default_ms for op in ops) / sum(least)


def row(name, ops, peak):
    changed = [op for op in ops if op.has_changed]
    kept = [op for op in ops if not op.has_changed]
    multiplying = [op for op in kept if op.gflop]
    default_ms = sum(op.default_ms for op in ops)
    share = sum(op.default_ms for op in changed) / default_ms
    kept_ms = sum(op.tuned_ms for op in multiplying)
    of_peak = sum(op.gflop for op in multiplying) / kept_ms * 1e3 / peak if kept_ms else None
    cells = [
        f"{default_ms:.3f}",
        f"{len(changed)} of {len(ops)}, {100 * share:.0f} %",
        f"{gain(changed):.3f}" if changed else "-",
        f"{gain(kept):.3f}" if kept else "-",
        f"{gain(ops):.3f}",
        f"{of_peak:.2f}" if of_peak else "-",
        f"{most_to_gain(ops, peak):.2f}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def measure(model, folder, arguments):
    program = arguments.program
    tuned, _ = timed_plans.tune_and_compile(
        program, model, folder / "tuned.json", 1, arguments.tune_budget_ms
    )
    plans = [folder / "default.plan", tuned]
    timed_plans.compile_plan(program, model, plans[0], 1)
    bursts = [[], []]
    for burst in range(arguments.bursts):
        for which in (0, 1) if burst % 2 else (1, 0):
            flags = ["--min-secs", arguments.min_secs]
            run = timed_plans.run_json(program, "bench", plans[which], *flags)
            bursts[which].append(run)
    return pairs(*bursts), profile_networks.highest_peak(bursts[0] + bursts[1])


def table(models, arguments):
    timed_plans.pin(1)
    results, failures = timed_plans.per_model(models, lambda m, f: measure(m, f, arguments))
    means = [
        statistics.geometric_mean(of(*found) for found in results.values())
        for of in (lambda ops, _: gain(ops), most_to_gain)
    ]
    lines = [
        f"One thread, tuned for {arguments.tune_budget_ms} ms; of each op the fastest of "
        f"{arguments.bursts} bursts.\n",
        "| model | default ms | changed | gain of these | gain of others | gain | kept, of peak "
        "| most to gain |",
        "|---" * 8 + "|",
        *(row(name, *found) for name, found in results.items()),
        f"\nGeometric means: gain {means[0]:.3f}, most to gain {means[1]:.3f}.",
    ]
    return "\n".join([*lines, *failures])


def main():
    parser = profile_networks.profile_parser(__doc__, PAGE, bursts=6, min_secs=0.15)
    arguments = profile_networks.parsed(parser)
    text = f"{report.machine()}\n\n{table(arguments.models, arguments)}"
    print(text)
    if arguments.write:
        report.replace_section(PAGE, "gain profile", text)


if __name__ == "__main__":
    main()
