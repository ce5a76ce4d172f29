# SPDX-License-Identifier: Apache-2.0
"""What scripts share that tune models into caches, compile plans and time them in turns."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

_cpus = sorted(os.sched_getaffinity(0))


def say(text):
    print(text, file=sys.stderr, flush=True)


def per_model(models, measure):
    """By model what `measure` gives in a folder of its own, and the failures as lines."""
    results, failures = {}, []
    for model in models:
        say(f"{model.stem} ...")
        with tempfile.TemporaryDirectory() as folder:
            try:
                results[model.stem] = measure(model, pathlib.Path(folder))
            except ValueError as error:
                say(str(error))
                failures.append(f"\nNot measured: {model.stem}.")
    if not results:
        raise SystemExit("expected a model that can be measured, got none")
    return results, failures


def pin(threads):
    """This process and its children stay on the last cores, one for each thread."""
    os.sched_setaffinity(0, _cpus[-threads:])


def check_program(program, target="tilewright_program"):
    if not os.access(program, os.X_OK) or not program.is_file():
        raise SystemExit(
            f"{program}: expected the program, got no such file; "
            f"ninja -C build/release {target} builds it"
        )


def run_json(program, *arguments):
    """The program's report; ValueError with what it says if it fails."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [str(program), *map(str, arguments), "--json", file.name]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise ValueError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
        return json.loads(pathlib.Path(file.name).read_text())


def tune(program, model, cache, threads, budget_ms, *flags):
    common = ["--cache", cache, "--threads", threads, "--budget-ms", budget_ms]
    report = run_json(program, "tune", model, *common, *flags)
    if report["warnings"]:
        raise ValueError(f"{model.stem}: {'; '.join(report['warnings'])}")
    return report


def least_looks(program, model, folder, threads, tuned):
    """Measurements for each candidate that `tuned` reports of its layer with the fewest."""
    table = folder / "table.json"
    run_json(program, "record", model, "-o", table, "--rounds", 1, "--threads", threads)
    candidates = {
        layer["name"]: sum(map(len, layer["samples"].values()))
        for layer in json.loads(table.read_text())["layers"]
    }
    layers = [layer for layer in tuned["layers"] if layer["name"] in candidates]
    return min((x["evaluations"] / candidates[x["name"]] for x in layers), default=0.0)


def compile_plan(program, model, output, threads, cache=None):
    """Writes the plan with the kernels that `cache` holds, or with the default ones."""
    flags = ["--cache", cache] if cache else []
    run_json(program, "compile", model, "-o", output, "--threads", threads, *flags)


def tune_and_compile(program, model, cache, threads, budget_ms, *flags):
    """The plan of one tuning, beside its cache, and the tuning's report."""
    plan = cache.with_suffix(".plan")
    found = tune(program, model, cache, threads, budget_ms, *flags)
    compile_plan(program, model, plan, threads, cache)
    return plan, found


def turns_program(program):
    """The program that times plans in turns lies beside the other."""
    return program.with_name("plan_turns")


def time_in_turns(program, plans, rounds, min_ms):
    """What `plan_turns` reports of each key of `plans`, the first one being the reference, and of
    the reference against itself."""
    flags = ["--rounds", rounds, "--min-ms", min_ms]
    report = run_json(turns_program(program), *plans.values(), *flags)
    return dict(zip(plans, report["plans"], strict=True)), report["control"]


def with_spread(timing):
    """The ratio, and half the distance of the quartiles of its blocks."""
    lower, upper = timing["quartiles"]
    return f"{timing['ratio']:.3f} ± {(upper - lower) / 2:.3f}"
