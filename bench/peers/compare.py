# SPDX-License-Identifier: Apache-2.0
"""Latency of models beside other runtimes, in turns on the same cores of an otherwise idle machine.

Each peer is a process of its own that loads the model once and then waits. Every round gives each
runtime one burst of inferences, so that drift of the machine meets all of them. Reported: the
median over rounds of each burst's median, and the median of the rounds' ratios to ours. All get the
same inputs; a peer whose outputs have another mean or deviation than ours is left out as wrong.
A time with a `t` is that of the network's twin in the other format, from --twins (make_twins.py).
*Of peak* is the rate of our multiply-adds, as the network asks for them, over that of the cores at
that time: nobody who computes as many can be faster than 1 / it.

  python3 -m venv build/peers && build/peers/bin/pip install -r bench/peers/requirements.txt
  build/peers/bin/python bench/peers/compare.py MODEL... --program build/release/bin/tilewright
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import convert
import numpy as np
import runtimes
import twins


def run_json(program, *arguments):
    command = [str(program), *map(str, arguments), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def burst(run, seconds):
    """The median of the milliseconds of one inference."""
    times = []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def serve(name, path, values, threads):
    """The peer's process: one line of summary, then one burst for each line that it reads."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the runtime says goes to stderr
    arrays = np.load(values)
    values = [arrays[str(i)] for i in range(len(arrays.files))]
    run, outputs = runtimes.OPENERS[name](path, values, threads)
    run()
    answers.write(json.dumps(summary(outputs())) + "\n")
    burst(run, 0.2)
    for line in sys.stdin:
        answers.write(json.dumps(burst(run, float(line))) + "\n")
    os._exit(0)  # some runtimes hang when their objects die


def summary(arrays):
    """Size, mean and deviation of each output, whatever its order and layout."""
    found = [np.asarray(a, dtype=np.float64) for a in arrays]
    return sorted([a.size, a.mean(), a.std()] for a in found if a.size)


def agree(ours, theirs):
    if len(ours) != len(theirs):
        return False
    return all(
        a[0] == b[0] and np.allclose(a[1:], b[1:], rtol=0, atol=1e-3 + 0.02 * (abs(a[1]) + a[2]))
        for a, b in zip(ours, theirs, strict=True)
    )


class Peer:
    def __init__(self, name, path, values, arguments):
        self.name, self.bursts, self.error = name, [], None
        command = [sys.executable, __file__, "--serve", name, path, "--inputs", values]
        command += ["--threads", str(arguments.threads)]
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(arguments.threads), "KMP_BLOCKTIME": "0"},
        )
        line = self.process.stdout.readline()
        if line:
            self.summary = json.loads(line)
        else:
            self.error = (self.process.stderr.read().strip().splitlines() or ["died"])[-1]

    def burst(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        self.bursts.append(json.loads(self.process.stdout.readline()))

    def close(self):
        self.process.kill()
        self.process.communicate()


def peak_fraction(report):
    """The rate of a whole inference over the peak that was measured beside it."""
    counted = [op for op in report["ops"] if op["peak_fraction"] > 0]
    if not counted:
        return 0
    peak = counted[0]["gflops"] / counted[0]["peak_fraction"]
    return sum(op["gflops"] * op["ms"] for op in counted) / report["latency_ms"]["p50"] / peak


class Ours:
    """A plan tuned on this machine."""

    def __init__(self, model, folder, io, values, arguments):
        self.arguments, self.bursts, self.peak_fractions = arguments, [], []
        self.plan = folder / "model.plan"
        cache, shapes = folder / "tune.json", []
        common = ["--threads", arguments.threads, "--cache", cache]
        for name, shape in zip(io["inputs"], io["shapes"], strict=True):
            shapes += ["--shape", f"{name}=" + "x".join(map(str, shape))]
        if arguments.tune_budget_ms:
            budget = ["--budget-ms", arguments.tune_budget_ms]
            run_json(arguments.program, "tune", model, *budget, *common, *shapes)
        run_json(arguments.program, "compile", model, "-o", self.plan, *common, *shapes)
        feeds = []
        for index, value in enumerate(values):
            np.save(folder / f"{index}.npy", value)
            feeds += ["--input", f"{index}={folder / str(index)}.npy"]
        results = folder / "outputs"
        run_json(arguments.program, "run", self.plan, *feeds, "--output-dir", results)
        self.summary = summary([np.load(f) for f in results.glob("*.npy")])

    def burst(self, seconds):
        report = run_json(self.arguments.program, "bench", self.plan, "--min-secs", seconds)
        self.bursts.append(report["latency_ms"]["p50"])
        self.peak_fractions.append(peak_fraction(report))


def inputs_of(model, arguments):
    report = run_json(arguments.program, "inspect", model)
    io = {
        "inputs": [value["name"] for value in report["inputs"]],
        "outputs": [value["name"] for value in report["outputs"]],
        "shapes": [value["shape"] for value in report["inputs"]],
    }
    random = np.random.default_rng(1)
    return io, [random.uniform(-1, 1, shape).astype(np.float32) for shape in io["shapes"]]


def start_peers(model, folder, io, values, arguments):
    """The peers that run this model or its twin, and why the others do not."""
    np.savez(folder / "inputs.npz", **{str(i): v for i, v in enumerate(values)})
    peers, reasons = [], {}
    for name in arguments.peers.split(","):
        own = folder / name
        own.mkdir()
        try:
            file = twins.file_for(name, model, arguments.twins)
            path = convert.brought(name, file, own, io)
        except ValueError as error:
            reasons[name] = str(error)
            continue
        peer = Peer(name, path, folder / "inputs.npz", arguments)
        peer.is_twin = file != model
        if peer.error:
            reasons[name] = peer.error
        else:
            peers.append(peer)
    return peers, reasons


def compare(model, folder, arguments):
    io, values = inputs_of(model, arguments)
    ours = Ours(model, folder, io, values, arguments)
    peers, reasons = start_peers(model, folder, io, values, arguments)
    for peer in [p for p in peers if not agree(ours.summary, p.summary)]:
        reasons[peer.name] = f"other outputs than ours: {peer.summary} and {ours.summary}"
        peers.remove(peer)
        peer.close()
    for turn in range(arguments.rounds):
        runners = [ours, *peers]
        for runner in runners[turn % len(runners) :] + runners[: turn % len(runners)]:
            runner.burst(arguments.burst_secs)
    for peer in peers:
        peer.close()
    ratios = {
        p.name: statistics.median(t / o for o, t in zip(ours.bursts, p.bursts, strict=True))
        for p in peers
    }
    medians = {p.name: statistics.median(p.bursts) for p in peers}
    return {
        "model": model.stem,
        "ours_ms": statistics.median(ours.bursts),
        "peak_fraction": statistics.median(ours.peak_fractions),
        "peers_ms": medians,
        "ratios": ratios,
        "twins": [p.name for p in peers if p.is_twin],
        "missing": reasons,
    }


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--program", default="build/release/bin/tilewright")
    parser.add_argument("--peers", default=",".join(sorted(runtimes.OPENERS)))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--burst-secs", type=float, default=0.1)
    parser.add_argument("--tune-budget-ms", type=int, default=2000, help="0: the analytic kernels")
    parser.add_argument("--twins", type=pathlib.Path, help="folder that make_twins.py filled")
    parser.add_argument("--json", type=pathlib.Path, help="also write the results there")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--inputs", help=argparse.SUPPRESS)
    return parser.parse_args()


def cell(result, name):
    """A peer's time, marked if it ran the twin."""
    ms = result["peers_ms"].get(name)
    return f"{ms:.3f}{' t' if name in result['twins'] else ''}" if ms else "-"


def row(result, names):
    times = [f"{result['ours_ms']:.3f}", *(cell(result, name) for name in names)]
    best = min(result["ratios"], key=result["ratios"].get, default=None)
    last = f"{result['ratios'][best]:.2f} ({best})" if best else "-"
    times.append(f"{result['peak_fraction']:.2f}")
    return f"| {result['model']} | " + " | ".join(times) + f" | {last} |"


def main():
    arguments = parse_arguments()
    cpus = sorted(os.sched_getaffinity(0))[-arguments.threads :]
    os.sched_setaffinity(0, cpus)
    if arguments.serve:
        serve(arguments.serve, arguments.models[0], arguments.inputs, arguments.threads)
    names = arguments.peers.split(",")
    noun = "thread" if arguments.threads == 1 else "threads"
    print(f"{arguments.threads} {noun}, medians of {arguments.rounds} rounds, milliseconds\n")
    print("| model | tilewright | " + " | ".join(names) + " | of peak | best peer / tilewright |")
    print("|---" * (len(names) + 4) + "|", flush=True)
    results = []
    for model in arguments.models:
        folder = pathlib.Path(tempfile.mkdtemp())
        try:
            results.append(compare(model.resolve(), folder, arguments))
        except ValueError as error:
            print(f"{model.stem}: {error}", file=sys.stderr)
            continue
        finally:
            shutil.rmtree(folder)
        print(row(results[-1], names), flush=True)
    best = [min(r["ratios"].values()) for r in results if r["ratios"]]
    if best:
        print(f"\ngeometric mean of best peer / tilewright: {statistics.geometric_mean(best):.2f}")
    for result in results:
        for name, reason in result["missing"].items():
            print(f"{result['model']}, {name}: {reason[:150]}", file=sys.stderr)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
