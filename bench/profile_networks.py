# SPDX-License-Identifier: Apache-2.0
"""Where the time of networks goes, and how far from the machine's peak, by kinds of ops.

  python3 bench/profile_networks.py [MODEL...] --write

Each model is tuned, and its plan runs in several bursts, a process each. Of every op the fastest
burst counts, and of the peaks that the bursts measured the highest: what is slower is the machine's
other work. A cell is the share of a run's time, and the rate of multiply-adds, as the network asks
for them, over the peak. Ops of other kinds than these are counted among the last ones.

  first      convolutions that read at most 4 channels
  dense      other convolutions, transposed ones and matrix products
  one row    the same with one row of output: each weight is read for one multiply-add
  depthwise  convolutions of each channel by itself
  strips     several ops that run as one step
  copies     transposes, concatenations, slices, padding and other moves
  other      elementwise ops, reductions, pools, resizes, softmax, norms

Needs the release preset's program. The table goes to standard output, and with --write into
docs/performance.md, between its markers.
"""

import argparse
import pathlib
from typing import NamedTuple

import report
import timed_plans

MULTIPLYING = {"conv2d", "conv_transpose2d", "fully_connected", "matmul"}
COPYING = {
    "broadcast",
    "concat",
    "depth_to_space",
    "gather",
    "pad",
    "reshape",
    "slice",
    "space_to_depth",
    "transpose",
}
KINDS = ["first", "dense", "one row", "depthwise", "strips", "copies", "other"]
MOST_IMAGE_CHANNELS = 4


class Share(NamedTuple):
    ms: float = 0
    gflop: float = 0


def kind_of(op):
    if op["type"] in MULTIPLYING:
        rows = 1
        for extent in op["dst_shape"][:-1]:
            rows *= extent
        if rows == 1:
            return "one row"
        is_image = op["type"] == "conv2d" and op["src_shape"][-1] <= MOST_IMAGE_CHANNELS
        return "first" if is_image else "dense"
    if op["type"] == "depthwise_conv2d":
        return "depthwise"
    if op["type"] == "strips":
        return "strips"
    return "copies" if op["type"] in COPYING else "other"


def highest_peak(bursts):
    """Billions of operations per second; 0 if nothing multiplies."""
    peaks = [
        op["gflops"] / op["peak_fraction"]
        for burst in bursts
        for op in burst["ops"]
        if op["peak_fraction"] > 0
    ]
    return max(peaks, default=0)


def profile(bursts):
    """By kind the time of the fastest burst of each op and its work, and the peak."""
    shares = dict.fromkeys(KINDS, Share())
    for ops in zip(*(burst["ops"] for burst in bursts), strict=True):
        ms, kind = min(op["ms"] for op in ops), kind_of(ops[0])
        gflop = ops[0]["gflops"] * ops[0]["ms"] * 1e-3
        shares[kind] = Share(shares[kind].ms + ms, shares[kind].gflop + gflop)
    return shares, highest_peak(bursts)


def cell(share, all_ms, peak):
    if not share.ms:
        return "-"
    text = f"{100 * share.ms / all_ms:.0f} %"
    if share.gflop and peak:
        text += f" at {share.gflop / share.ms * 1e3 / peak:.2f}"
    return text


def row(name, shares, peak):
    every = Share(*(sum(numbers) for numbers in zip(*shares.values(), strict=True)))
    cells = [f"{every.ms:.3f}", *(cell(shares[kind], every.ms, peak) for kind in KINDS)]
    whole = f"{every.gflop / every.ms * 1e3 / peak:.2f}" if peak else "-"
    return f"| {name} | {' | '.join(cells)} | {whole} |"


def mean_row(profiles):
    """The mean share of each kind over the networks."""
    cells = []
    for kind in KINDS:
        shares = [
            found[kind].ms / sum(share.ms for share in found.values()) for found, _ in profiles
        ]
        cells.append(f"{100 * sum(shares) / len(shares):.0f} %")
    return f"| mean | | {' | '.join(cells)} | |"


def measure(model, folder, threads, arguments):
    program, cache, plan = arguments.program, folder / "tune.json", folder / "model.plan"
    timed_plans.tune(program, model, cache, threads, arguments.tune_budget_ms)
    timed_plans.compile_plan(program, model, plan, threads, cache)
    flags = ["--min-secs", arguments.min_secs]
    bursts = [timed_plans.run_json(program, "bench", plan, *flags) for _ in range(arguments.bursts)]
    return profile(bursts)


def table(models, threads, arguments):
    timed_plans.pin(threads)
    results, failures = timed_plans.per_model(
        models, lambda m, f: measure(m, f, threads, arguments)
    )
    lines = [
        f"Threads: {threads}, tuned for {arguments.tune_budget_ms} ms; of each op the fastest of "
        f"{arguments.bursts} bursts; share of the time, and the fraction of the peak.\n",
        f"| model | ms | {' | '.join(KINDS)} | all, of peak |",
        "|---" * (len(KINDS) + 3) + "|",
        *(row(name, *found) for name, found in results.items()),
        mean_row(results.values()),
    ]
    return "\n".join([*lines, *failures])


def profile_parser(description, page, bursts, min_secs):
    """The command line of a script that profiles plans in bursts and writes a table into `page`."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", type=pathlib.Path, help="in place of the usual ones")
    report.add_places(parser)
    parser.add_argument("--program", type=pathlib.Path, help="default: BUILD/bin/tilewright")
    parser.add_argument("--bursts", type=int, default=bursts, help="of each plan")
    parser.add_argument("--min-secs", type=float, default=min_secs, help="of a burst")
    parser.add_argument("--tune-budget-ms", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help=f"into {page.name} as well")
    return parser


def parsed(parser):
    """The arguments, with the program and the models that are meant where none are given."""
    arguments = parser.parse_args()
    arguments.program = arguments.program or arguments.build / "bin/tilewright"
    timed_plans.check_program(arguments.program)
    if not arguments.models:
        arguments.models = report.find_models(arguments.models_dir, arguments.made)
    return arguments


def main():
    parser = profile_parser(__doc__, report.PAGE, bursts=8, min_secs=0.2)
    parser.add_argument("--threads", type=lambda t: [int(n) for n in t.split(",")], default=[1])
    arguments = parsed(parser)
    parts = [report.machine()]
    parts += [table(arguments.models, threads, arguments) for threads in arguments.threads]
    text = "\n\n".join(parts)
    print(text)
    if arguments.write:
        report.replace_section(report.PAGE, "profiles", text)


if __name__ == "__main__":
    main()
