# SPDX-License-Identifier: Apache-2.0
"""Finds the fewest kernel variants of which one is nearly the best everywhere.

  .venv/bin/python bench/tuner/covering_set.py bench/tables/*.json

Each layer of each table asks for one of the variants whose best blocking is within --limit of the
best of all; the fewest variants that answer all layers are a minimum hitting set, searched exactly.
--least keeps some of a family, and kernels/kept_variants.json names those that ship for another
reason; the variants of kernels/*/variants.json that are neither are listed. A network is held out
in turn, on all machines: the set of the others is scored on it, by itself and with those that ship
anyway.
"""

import argparse
import collections
import fnmatch
import json
import pathlib
import re
import statistics

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAMILIES = ("dot", "dot_i8", "depthwise", "winograd", "pool")
LEAST = {"dot": 8, "depthwise": 6, "pool": 1}
LIMIT = 0.02
MAX_NODES = 200_000

Layer = collections.namedtuple("Layer", "network machine name count seconds")


def read_layers(path):
    """The layers of a table that have a choice; `seconds` is the best blocking of each variant."""
    table = json.loads(path.read_text())
    if table.get("format") != "tilewright-table":
        raise SystemExit(f"{path}: expected a tilewright-table, got {table.get('format')}")
    network = re.sub(r"(_avx2|_baseline)?_[^_]+$", "", path.stem)
    machine = f"{table['cpu']} {table['isa']}"
    layers = []
    for layer in table["layers"]:
        unit = layer["unit_ns"] * 1e-9
        seconds = {
            variant: unit * min(statistics.median(row) for row in blockings.values())
            for variant, blockings in layer["samples"].items()
            if variant.startswith(tuple(f"{family}_" for family in FAMILIES))
        }
        if seconds:
            layers.append(Layer(network, machine, layer["name"], layer["count"], seconds))
    return layers


def good_variants(layer, limit):
    best = min(layer.seconds.values())
    return frozenset(v for v, s in layer.seconds.items() if s <= best * (1 + limit))


def without_supersets(rows):
    """Who answers a row answers all rows that contain it."""
    rows = sorted(set(rows), key=lambda row: (len(row), sorted(row)))
    kept = []
    for row in rows:
        if not any(other <= row for other in kept):
            kept.append(row)
    return kept


def disjoint_rows(rows):
    """Rows that share no variant: each needs one of its own."""
    used, count = set(), 0
    for row in rows:
        if used.isdisjoint(row):
            used |= row
            count += 1
    return count


def smallest_hitting_set(rows):
    """(variants, proven): branch and bound over the row with the fewest variants."""
    best, nodes = greedy_hitting_set(rows), 0

    def search(rows, chosen):
        nonlocal best, nodes
        nodes += 1
        if not rows:
            if len(chosen) < len(best):
                best = chosen
            return
        if nodes > MAX_NODES or len(chosen) + disjoint_rows(rows) >= len(best):
            return
        uses = collections.Counter(variant for row in rows for variant in row)
        barred = set()
        for variant in sorted(rows[0], key=lambda v: (-uses[v], v)):
            rest = [row - barred for row in rows if variant not in row]
            barred = barred | {variant}
            if all(rest):
                search(without_supersets(rest), chosen | {variant})

    search(without_supersets(rows), frozenset())
    return best, nodes <= MAX_NODES


def greedy_hitting_set(rows):
    rows, chosen = list(rows), frozenset()
    while rows:
        uses = collections.Counter(variant for row in rows for variant in row)
        variant = min(uses, key=lambda v: (-uses[v], v))
        chosen |= {variant}
        rows = [row for row in rows if variant not in row]
    return chosen


def regret(layer, variants):
    """Of the best variant of the set against the best of all; None if none computes the layer."""
    known = [layer.seconds[v] for v in variants if v in layer.seconds]
    return min(known) / min(layer.seconds.values()) - 1 if known else None


def isa_of(variant):
    return variant.rsplit("_", 1)[1]


def family_of(variant):
    return "dot_i8" if variant.startswith("dot_i8_") else variant.split("_", 1)[0]


def topped_up(variants, layers, least):
    """Adds the variants that come nearest to the best, until each family has enough of each ISA."""
    closeness = collections.defaultdict(list)
    for layer in layers:
        best = min(layer.seconds.values())
        for variant, seconds in layer.seconds.items():
            closeness[variant].append(best / seconds)
    ranked = sorted(closeness, key=lambda v: (-statistics.mean(closeness[v]), v))
    result = set(variants)
    for variant in ranked:
        group = (family_of(variant), isa_of(variant))
        have = sum(1 for v in result if (family_of(v), isa_of(v)) == group)
        if have < least.get(group[0], 0):
            result.add(variant)
    return result


def score(layers, variants, limit):
    """Cells of a row: layers computed and within the limit; regrets of those that are computed."""
    rows = [(regret(layer, variants), layer) for layer in layers]
    known = [(r, layer) for r, layer in rows if r is not None]
    regrets = [r for r, _ in known]
    best = [min(layer.seconds.values()) * layer.count for _, layer in known]
    lost = sum(r * b for r, b in zip(regrets, best, strict=True)) / sum(best)
    within = sum(1 for r in regrets if r <= limit)
    shares = [f"{100 * share:.1f} %" for share in (statistics.mean(regrets), lost)]
    return [str(len(known)), str(within), *shares, f"{100 * max(regrets):.0f} %"]


def print_held_out(layers, limit, least):
    print(
        "| network held out | layers | variants | computed | within the limit | mean regret "
        "| of the network | worst |\n" + "|---" * 8 + "|"
    )
    kept = set().union(*(variants for variants, _ in kept_variants(shipped_variants())))
    for network in sorted({layer.network for layer in layers}):
        others = [layer for layer in layers if layer.network != network]
        own = [layer for layer in layers if layer.network == network]
        if not others:
            continue
        chosen, _ = smallest_hitting_set([good_variants(layer, limit) for layer in others])
        chosen = topped_up(chosen, others, least)
        for whose, variants in (("the set", chosen), ("and kept ones", chosen | kept)):
            cells = [network, str(len(own)), whose, *score(own, variants, limit)]
            print(f"| {' | '.join(cells)} |")


def shipped_variants():
    """The names that the generators give: kernels/halide/variants.h has the format."""
    names = set()
    for family in FAMILIES:
        tables = json.loads((ROOT / f"kernels/{family}/variants.json").read_text())["tables"]
        for table in tables:
            for isas, variants in table["variants"].items():
                for isa in isas.split():
                    names |= {f"{table['name'].format(**v)}_{isa}" for v in variants}
    return names


def kept_variants(names):
    """Those that ship whatever the tables say: (variants, reason), as the file lists them."""
    kept = json.loads((ROOT / "kernels/kept_variants.json").read_text())
    return [(set(fnmatch.filter(names, entry["variants"])), entry["why"]) for entry in kept]


def print_set(title, variants):
    print(f"{title}: {len(variants)}")
    for variant in sorted(variants):
        print(f"  {variant}")


def print_sets(chosen):
    groups = collections.defaultdict(set)
    for variant in chosen:
        groups[family_of(variant), isa_of(variant)].add(variant)
    for (family, isa), variants in sorted(groups.items()):
        print_set(f"{family} {isa}", variants)
    for variants, why in kept_variants(shipped_variants() - chosen):
        print_set(f"shipped as well, {why}", variants)
    print_set("shipped without need", needless_variants(chosen))


def needless_variants(chosen):
    """What ships and is neither needed nor kept."""
    shipped = shipped_variants()
    return shipped - chosen - set().union(*(variants for variants, _ in kept_variants(shipped)))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", type=pathlib.Path)
    parser.add_argument(
        "--limit", type=float, default=LIMIT, help="of a layer's time, 0.02 is 2 %%"
    )
    parser.add_argument(
        "--least", nargs="*", default=[f"{f}={n}" for f, n in LEAST.items()], metavar="FAMILY=COUNT"
    )
    arguments = parser.parse_args()
    least = {family: int(count) for family, count in (text.split("=") for text in arguments.least)}
    layers = [layer for path in arguments.tables for layer in read_layers(path)]
    chosen, proven = smallest_hitting_set([good_variants(x, arguments.limit) for x in layers])
    measured = set().union(*(layer.seconds for layer in layers))
    proof = "proven fewest" if proven else "fewest found"
    print(
        f"{len(layers)} layers, {len(measured)} variants measured: {len(chosen)} are within "
        f"{100 * arguments.limit:g} % of the best everywhere ({proof})"
    )
    chosen = topped_up(chosen, layers, least)
    print_sets(chosen)
    print_held_out(layers, arguments.limit, least)


if __name__ == "__main__":
    main()
