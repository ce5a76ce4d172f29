# SPDX-License-Identifier: Apache-2.0
"""How long a fresh process needs for its first answer; `bench/report.py cold` runs this.

A model is tuned once into a cache. Then processes that know nothing but the files open its plan,
or load and compile the model with the cache, in turns, and run. The program is a copy, as one that
is installed: the linker leaves its own in smaller pieces of the page cache.

Two of a start's times are the system's, which gives pages. Page-in is the time that reading one
byte of each page of the mapped weights takes: the first run waits for the same, one fault after the
other. Pages of the arena is what the call of `Session::create` for its memory takes by itself. Both
are measured in processes of their own that have opened the plan. One ratio leaves out page-in, the
other both.

These processes have the pages of the program's code before they begin, so that their first run is
short of those of the others by what the pages of the weights and of the code take. At their end
they run with cold caches.
"""

import pathlib
import statistics
from typing import NamedTuple

import timed_plans

PAGE_KEYS = ("page_in_ms", "arena_pages_ms", "cold_run_ms")
FAULT_KEYS = ("create_page_faults", "first_run_page_faults")
PLAN_KEYS = (
    "load_ms",
    "create_ms",
    "first_run_ms",
    "page_in_ms",
    "arena_pages_ms",
    "steady_ms",
)
MODEL_KEYS = ("load_ms", "compile_ms", "create_ms", "first_run_ms", "steady_ms")


def medians(reports):
    """Of each time; `steady_ms` is the median of all runs after the first ones."""
    keys = MODEL_KEYS[:-1]
    found = {key: statistics.median(report[key] for report in reports) for key in keys}
    steady = statistics.median(report["latency_ms"]["p50"] for report in reports)
    return {**found, "steady_ms": steady, "most_tune_ms": max(r["tune_ms"] for r in reports)}


def installed(program, folder):
    """A copy in `folder`."""
    copy = folder / program.name
    copy.write_bytes(program.read_bytes())
    copy.chmod(0o755)
    return copy


class Starts(NamedTuple):
    """Medians of each kind of processes, and the measurements of a second tuning."""

    plan: dict
    model: dict
    again: int


def measure(model, folder, program, budget_ms, processes, seconds):
    cache, plan = folder / "tune.json", folder / "model.plan"
    program = installed(program, folder)
    timed_plans.tune(program, model, cache, 1, budget_ms)
    again = timed_plans.tune(program, model, cache, 1, budget_ms)["evaluations"]
    timed_plans.compile_plan(program, model, plan, 1, cache)
    flags = ["--min-secs", seconds]
    plans, models, pages = [], [], []
    for _ in range(processes):
        models.append(
            timed_plans.run_json(program, "bench", model, "--threads", 1, "--cache", cache, *flags)
        )
        plans.append(timed_plans.run_json(program, "bench", plan, *flags))
        pages.append(timed_plans.run_json(program, "bench", plan, "--time-pages", "--min-secs", 0))
    apart = {key: statistics.median(report[key] for report in pages) for key in PAGE_KEYS}
    apart["ready_run_ms"] = statistics.median(report["first_run_ms"] for report in pages)
    apart |= {key: statistics.median(report[key] for report in plans) for key in FAULT_KEYS}
    return Starts({**medians(plans), **apart}, medians(models), again)


def row(name, plan, model, again):
    """What a start needs over a steady run: of a plan without page-in, and without pages of the
    arena either; of a model what is neither reading nor packing."""
    own_ms = plan["create_ms"] + plan["first_run_ms"] - plan["page_in_ms"]
    plan_ratios = [ms / plan["steady_ms"] for ms in (own_ms, own_ms - plan["arena_pages_ms"])]
    model_ratio = (model["create_ms"] + model["first_run_ms"]) / model["steady_ms"]
    cells = [f"{plan[key]:.3f}" for key in PLAN_KEYS] + [f"{ratio:.2f}" for ratio in plan_ratios]
    cells += [f"{model[key]:.3f}" for key in MODEL_KEYS] + [f"{model_ratio:.2f}"]
    return f"| {name} | {' | '.join(cells)} | {again} |"


def profile_row(name, plan):
    """Where the time of a start goes that a steady run has not, in microseconds, and what is left
    of the ratio without any pages."""

    def us(ms):
        return f"{1000 * ms:.0f}"

    create_ms, first_ms, steady_ms = (
        plan[key] for key in ("create_ms", "first_run_ms", "steady_ms")
    )
    weights_ms, arena_ms = plan["page_in_ms"], plan["arena_pages_ms"]
    code_ms = first_ms - plan["ready_run_ms"] - weights_ms
    cells = [us(steady_ms), us(create_ms), us(arena_ms), us(create_ms - arena_ms)]
    cells += [f"{plan['create_page_faults']:.0f}", us(first_ms - steady_ms), us(weights_ms)]
    cells += [us(code_ms), us(plan["ready_run_ms"] - steady_ms)]
    cells += [f"{plan['first_run_page_faults']:.0f}", us(plan["cold_run_ms"] - steady_ms)]
    without_pages = create_ms - arena_ms + plan["ready_run_ms"]
    cells.append(f"{without_pages / steady_ms:.2f}")
    return f"| {name} | {' | '.join(cells)} |"


def profile_lines(results):
    """The table of `profile_row`."""
    return [
        "\nWhat a start from a plan takes beyond a steady run, microseconds.\n",
        "| model | steady | create | pages of the arena | rest of create | its faults "
        "| first run - steady | pages of the weights | pages of the code | rest of the run "
        "| its faults | run with cold caches - steady | ratio without all pages |",
        "|---" * 13 + "|",
        *(profile_row(name, starts.plan) for name, starts in results.items()),
    ]


def summary(results):
    """The worst ratios, and whether a process tuned although the cache was there."""
    tuned = [
        f"{name} ({max(plan['most_tune_ms'], model['most_tune_ms']):.1f} ms)"
        for name, (plan, model, _) in results.items()
        if plan["most_tune_ms"] or model["most_tune_ms"]
    ]
    again = [name for name, (_, _, evaluations) in results.items() if evaluations]
    said = f"expected 0, got more: {', '.join(tuned)}" if tuned else "0 in all processes"
    missed = f"expected none, got some: {', '.join(again)}" if again else "none"
    return f"\nTime spent tuning: {said}. Measurements of a second tuning: {missed}."


def table(models, program, budget_ms, processes, seconds=0.2):
    """The Markdown of all models that can be measured."""
    timed_plans.check_program(program)
    timed_plans.pin(1)
    results, failures = timed_plans.per_model(
        models, lambda m, f: measure(m, pathlib.Path(f), program, budget_ms, processes, seconds)
    )
    lines = [
        f"One thread, medians of {processes} processes each, milliseconds.\n",
        "| model | plan: load | create | first run | page-in | pages of the arena | steady "
        "| (create + first - page-in) / steady | less pages of the arena "
        "| model: load | compile | create | first run | steady | (create + first) / steady "
        "| measured again |",
        "|---" * 16 + "|",
    ]
    lines += [row(name, *result) for name, result in results.items()]
    return "\n".join([*lines, summary(results), *profile_lines(results), *failures])
