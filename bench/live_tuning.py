# SPDX-License-Identifier: Apache-2.0
"""What tuning on this machine gains, and which way to search finds it, measured in turns.

  python3 bench/live_tuning.py gain [MODEL...] --threads 1,2 --write
  python3 bench/live_tuning.py methods [MODEL...] --write
  python3 bench/live_tuning.py repeat [MODEL...] --write

gain: the default plan over the tuned one, of the models of bench/report.py. methods: plans that
each way to search finds in each budget, several seeds, over the plan of an exhaustive search.
repeat: the slowest over the fastest of the plans of independent tunings. Plans are timed in turns
by plan_turns (see its --help). Tables go to standard output, and with --write into docs/tuning.md,
between the markers. Needs tilewright_program and plan_turns of the release preset, and a machine
with nothing else to do; its load is written beside them.
"""

import argparse
import pathlib
import statistics

import live_methods
import plots
import report
import timed_plans

PAGE = report.ROOT / "docs/tuning.md"
# The first is made by bench/peers/make_networks.py.
REPEATED = ["mobilenet_v2_1.0_224.onnx", "mobilenet_v2_0.35_160_fp32.onnx"]


def gain_of(model, folder, threads, arguments):
    """Timings of the tuned plan, which is the reference, and of the default one."""
    cache = folder / "tuned.json"
    program = arguments.program
    tuned, _ = timed_plans.tune_and_compile(program, model, cache, threads, arguments.budget_ms)
    plans = {"tuned": tuned, "default": folder / "default.plan"}
    timed_plans.compile_plan(program, model, plans["default"], threads)
    return timed_plans.time_in_turns(program, plans, arguments.rounds, arguments.min_ms)


def gain_table(results):
    lines = [
        "| model | default ms | tuned ms | default / tuned | tuned / tuned |",
        "|---|---|---|---|---|",
    ]
    for name, (timings, control) in results.items():
        times = [f"{timings[key]['ms']:.3f}" for key in ("default", "tuned")]
        ratio = timed_plans.with_spread(timings["default"])
        if timings["default"]["same_as"]:
            ratio = "1 (the same plan)"
        cells = [*times, ratio, timed_plans.with_spread(control)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    ratios = {name: timings["default"]["ratio"] for name, (timings, _) in results.items()}
    mean, least = statistics.geometric_mean(ratios.values()), min(ratios, key=ratios.get)
    lines.append(f"\nGeometric mean {mean:.3f}, minimum {ratios[least]:.3f} ({least}).")
    return lines


def repeat_of(model, folder, threads, arguments):
    """Timings of independent tunings' plans by seed, of which the first is the reference."""
    program, plans = arguments.program, {}
    for seed in range(1, arguments.seeds + 1):
        cache, how = folder / f"{seed}.json", (arguments.budget_ms, "--seed", seed)
        plans[seed], _ = timed_plans.tune_and_compile(program, model, cache, threads, *how)
    return timed_plans.time_in_turns(program, plans, arguments.rounds, arguments.min_ms)


def repeat_table(results):
    lines = [
        "| model | ms | of each tuning over the first | slowest / fastest | first / first |",
        "|---|---|---|---|---|",
    ]
    for name, (timings, control) in results.items():
        first, *others = timings.values()
        ratios = [timing["ratio"] for timing in timings.values()]
        cells = [
            f"{first['ms']:.3f}",
            ", ".join(map(timed_plans.with_spread, others)),
            f"{max(ratios) / min(ratios):.3f}",
            timed_plans.with_spread(control),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def by_threads(models, arguments, measure, table):
    """A table for each number of threads."""
    parts = [report.machine()]
    for threads in arguments.threads:
        timed_plans.pin(threads)
        results, failures = timed_plans.per_model(
            models, lambda m, f, n=threads: measure(m, f, n, arguments)
        )
        how = f"tuned for {arguments.budget_ms} ms, medians of {arguments.rounds} rounds"
        parts.append(f"Threads: {threads}, {how} ± half the distance of their quartiles.")
        parts.append("\n".join(table(results) + failures))
    return "\n\n".join(parts)


def gain(models, arguments):
    return by_threads(models, arguments, gain_of, gain_table)


def repeat(models, arguments):
    return by_threads(models, arguments, repeat_of, repeat_table)


def numbers(text):
    found = [int(part) for part in text.split(",")]
    if min(found) < 1:
        raise ValueError(f"expected numbers above 0, got {text}")
    return found


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("section", choices=["gain", "methods", "repeat"])
    parser.add_argument("models", nargs="*", type=pathlib.Path, help="in place of the usual ones")
    report.add_places(parser)
    parser.add_argument("--program", type=pathlib.Path, help="default: BUILD/bin/tilewright")
    parser.add_argument("--threads", type=numbers, default=[1], help="methods: the first alone")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--min-ms", type=int, default=8, help="timed at once, of a plan")
    parser.add_argument("--budget-ms", type=int, default=2000, help="of gain and repeat")
    parser.add_argument("--budgets", type=numbers, default=[250, 500, 2000], help="milliseconds")
    parser.add_argument("--methods", type=lambda t: t.split(","), default=live_methods.METHODS)
    parser.add_argument("--exhaustive-ms", type=int, default=20000, help="of the reference")
    parser.add_argument("--seeds", type=int, help="methods: 5, repeat: 3, unless given")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.name} as well")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    arguments.program = arguments.program or arguments.build / "bin/tilewright"
    timed_plans.check_program(arguments.program)
    timed_plans.check_program(timed_plans.turns_program(arguments.program), "plan_turns")
    missing = [str(model) for model in arguments.models if not model.is_file()]
    if missing:
        raise SystemExit(f"{', '.join(missing)}: expected models, got no such files")
    made, found = REPEATED
    measure, seeds, *usual = {
        "gain": (gain, 1, arguments.made, report.NETWORKS),
        "methods": (live_methods.section, 5, None, live_methods.NETWORKS),
        "repeat": (repeat, 3, None, [(arguments.made / made).resolve(), found]),
    }[arguments.section]
    arguments.seeds = arguments.seeds or seeds
    models = arguments.models or report.find_models(arguments.models_dir, *usual)
    text = measure(models, arguments)
    print(text)
    if arguments.write:
        name = f"live {arguments.section}"
        report.replace_section(PAGE, name, text)
        if name in plots.SECTIONS:
            plots.redraw([name])


if __name__ == "__main__":
    main()
