# SPDX-License-Identifier: Apache-2.0
"""Latency of ONNX models beside ONNX Runtime, in turns on one core of an otherwise idle machine.

Every round gives each runtime one burst of inferences, one runtime after the other, so that drift
of the machine meets both. Reported: the median over rounds of each burst's median, and the median
of the rounds' ratios. Needs the packages of requirements.txt:

  python3 -m venv build/peers && build/peers/bin/pip install -r bench/peers/requirements.txt
  build/peers/bin/python bench/peers/compare.py MODEL.onnx... --program build/release/bin/tilewright
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime


def onnxruntime_session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def random_feed(session):
    random = np.random.default_rng(1)
    feed = {}
    for value in session.get_inputs():
        shape = [dim if isinstance(dim, int) and dim > 0 else 1 for dim in value.shape]
        feed[value.name] = random.uniform(-1, 1, shape).astype(np.float32)
    return feed


def onnxruntime_burst(session, feed, seconds):
    """Median milliseconds of one inference."""
    times = []
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        session.run(None, feed)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def run_json(program, *arguments):
    done = subprocess.run(
        [program, *map(str, arguments), "--json", "-"], capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    return json.loads(done.stdout)


def tilewright_plan(arguments, path, folder):
    """A plan tuned on this machine; the file's path."""
    cache, plan = folder / "tune.json", folder / "model.plan"
    budget = arguments.tune_budget_ms
    if budget:
        run_json(arguments.program, "tune", path, "--budget-ms", budget, "--cache", cache)
    run_json(arguments.program, "compile", path, "-o", plan, "--cache", cache)
    return plan


def compare(arguments, path):
    session = onnxruntime_session(path)
    feed = random_feed(session)
    with tempfile.TemporaryDirectory() as name:
        plan = tilewright_plan(arguments, path, pathlib.Path(name))
        ours, theirs = [], []
        onnxruntime_burst(session, feed, arguments.burst_secs)  # warm up
        for _ in range(arguments.rounds):
            theirs.append(onnxruntime_burst(session, feed, arguments.burst_secs))
            report = run_json(arguments.program, "bench", plan, "--min-secs", arguments.burst_secs)
            ours.append(report["latency_ms"]["p50"])
    ratio = statistics.median(t / o for o, t in zip(ours, theirs, strict=True))
    return statistics.median(ours), statistics.median(theirs), ratio


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--program", default="build/release/bin/tilewright")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--burst-secs", type=float, default=0.5)
    parser.add_argument("--tune-budget-ms", type=int, default=2000, help="0: the analytic kernels")
    parser.add_argument("--cpu", type=int, default=None, help="the core to use; default: the last")
    arguments = parser.parse_args()
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[-1] if arguments.cpu is None else arguments.cpu})
    print(f"onnxruntime {onnxruntime.__version__}, 1 thread, medians of {arguments.rounds} rounds")
    print("| model | tilewright ms | onnxruntime ms | onnxruntime / tilewright |")
    print("|---|---|---|---|")
    ratios = []
    for path in arguments.models:
        ours, theirs, ratio = compare(arguments, path)
        ratios.append(ratio)
        print(f"| {path.stem} | {ours:.3f} | {theirs:.3f} | {ratio:.2f} |", flush=True)
    print(f"| geometric mean | | | {statistics.geometric_mean(ratios):.2f} |")


if __name__ == "__main__":
    main()
