# SPDX-License-Identifier: Apache-2.0
"""How soon tables of other machines lead to a good kernel on a machine that they do not know.

  .venv/bin/python bench/tuner/transfer_prior.py bench/tables/*.json

One machine at a time is unseen. Its candidates are ranked by what tables of the other machines say:
log(time / best of the layer), averaged over their layers of the same op with weights that fall with
the distance of the shapes. `looks` are evaluations, in that order, until one is within 5 % of the
layer's best. In the first row of a machine the others know the same networks, in the second they do
not: a network is then held out as well.
"""

import argparse
import collections
import json
import math
import pathlib
import re
import statistics

LEAST_CANDIDATES = 16
NEAR = 0.05
BANDWIDTH = 1.5  # in doublings of an extent

Layer = collections.namedtuple("Layer", "network machine signature kind extents seconds")


def shapes_in(signature):
    return [
        tuple(map(int, text.split("x"))) for text in re.findall(r"float32 ([0-9x]+)", signature)
    ]


def extents_of(signature):
    """Logarithms of rows, columns, depth and of what one filter covers."""
    shapes = shapes_in(signature)
    dst = shapes[-1]
    depth = shapes[0][-1]
    filter_area = math.prod(shapes[1][:3]) / dst[-1] if len(shapes) > 2 else 1
    rows = math.prod(dst[:-1])
    return [math.log2(max(x, 1)) for x in (rows, dst[-1], depth, filter_area)]


def candidate_classes(samples):
    """{(variant, algorithm, blockings before this one): seconds}: blockings differ by layer."""
    seconds = {}
    for variant, blockings in samples.items():
        seen = collections.Counter()
        for blocking, row in blockings.items():
            algorithm = blocking.split(".")[0]
            seconds[variant, algorithm, seen[algorithm]] = statistics.median(row)
            seen[algorithm] += 1
    return seconds


def read_layers(path):
    table = json.loads(path.read_text())
    network = re.sub(r"(_avx2|_baseline)?_[^_]+$", "", path.stem)
    # The same processor with fewer instructions is no other machine.
    machine = table["cpu"]
    for layer in table["layers"]:
        signature = layer["signature"]
        kind = signature.split(" ", 1)[0]
        seconds = candidate_classes(layer["samples"])
        yield Layer(network, machine, signature, kind, extents_of(signature), seconds)


def predictions(layer, known):
    """Per candidate the expected log(time / best); candidates that nobody knows come last."""
    sums = collections.defaultdict(lambda: [0.0, 0.0])
    for other in known:
        distance = math.dist(layer.extents, other.extents) / BANDWIDTH
        weight = math.exp(-0.5 * distance**2) + 1e-9
        if other.signature == layer.signature:
            weight = 1e6
        best = min(other.seconds.values())
        for candidate, seconds in other.seconds.items():
            entry = sums[candidate]
            entry[0] += weight * math.log(seconds / best)
            entry[1] += weight
    return {c: sums[c][0] / sums[c][1] if c in sums else math.inf for c in layer.seconds}


def looks_to_near(layer, predicted):
    order = sorted(layer.seconds, key=lambda c: (predicted[c], c))
    best = min(layer.seconds.values())
    regrets = [layer.seconds[c] / best - 1 for c in order]
    return next(i for i, r in enumerate(regrets) if r <= NEAR) + 1, regrets[0]


def print_row(machine, title, scores):
    if not scores:
        return
    looks = [look for look, _ in scores]
    first = [regret for _, regret in scores]
    print(
        f"| {machine} | {title} | {len(scores)} | {statistics.median(looks):g} "
        f"| {statistics.mean(looks):.1f} | {sum(x <= 3 for x in looks) / len(looks):.0%} "
        f"| {100 * statistics.mean(first):.1f} % |"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", type=pathlib.Path)
    layers = [layer for path in parser.parse_args().tables for layer in read_layers(path)]
    print(
        "| unseen machine | the others know | layers | median looks to 5 % | mean | within 3 looks "
        "| regret of the first |\n|---|---|---|---|---|---|---|"
    )
    for machine in sorted({layer.machine for layer in layers}):
        for title, knows_network in (("the same networks", True), ("other networks", False)):
            scores = []
            for layer in layers:
                if layer.machine != machine or len(layer.seconds) < LEAST_CANDIDATES:
                    continue
                known = [
                    other
                    for other in layers
                    if other.machine != machine
                    and other.kind == layer.kind
                    and (knows_network or other.network != layer.network)
                ]
                if known:
                    scores.append(looks_to_near(layer, predictions(layer, known)))
            print_row(machine, title, scores)


if __name__ == "__main__":
    main()
