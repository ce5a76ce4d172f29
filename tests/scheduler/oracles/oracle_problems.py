# SPDX-License-Identifier: Apache-2.0
"""Small random problems and what docs/problem_format.md says about them; no planner code."""

import random


def random_problem(seed, ops, in_place=True, read_chance=0.35, chain_chance=0.0):
    """A problem of `ops` ops, each of which waits for the one before it with `chain_chance`."""
    dice = random.Random(seed)
    storages, tasks = [], []

    def add_storage(kind):
        flags = {"input": kind == "input", "constant": kind == "constant", "output": False}
        storages.append({"bytes": dice.randint(1, 9), **flags})
        return len(storages) - 1

    for _ in range(dice.randint(1, 3)):
        add_storage(dice.choice(("input", "input", "constant")))
    for v in range(ops):
        known = list(range(len(storages)))
        reads = [i for i in known if dice.random() < read_chance]
        unread = [i for i in known if not any(i in task["reads"] for task in tasks)]
        slices = [i for i in unread if i not in reads and any(i in t["writes"] for t in tasks)]
        writes = [dice.choice(slices)] if slices and dice.random() < 0.2 else []
        if not writes or dice.random() < 0.15:
            writes.append(add_storage("inner"))
        pairs = [[r, w] for r in reads for w in writes if in_place and dice.random() < 0.4]
        after = [dice.randrange(v)] if v and dice.random() < 0.1 else []
        if v and dice.random() < chain_chance:
            after = [v - 1]
        scratch = dice.choice((0, 0, 0, dice.randint(1, 4)))
        tasks.append({"reads": reads, "writes": writes, "after": after, "in_place": pairs})
        tasks[-1]["scratch_bytes"] = scratch
    for i, storage in enumerate(storages):
        is_read = any(i in task["reads"] for task in tasks)
        if not storage["constant"] and dice.random() < (0.1 if is_read else 0.7):
            storage["output"] = True
    problem = {"format": "tilewright-problem", "version": 1, "alignment": 1}
    return problem | {"storages": storages, "ops": tasks}


def with_fast_memory(problem, spare_bytes):
    """`problem` with just enough fast memory for its fullest op, and `spare_bytes`."""
    needs = [
        sum(problem["storages"][i]["bytes"] for i in {*op["reads"], *op["writes"]})
        + op["scratch_bytes"]
        for op in problem["ops"]
    ]
    speeds = {"read_bytes_per_us": 1, "write_bytes_per_us": 1, "granule_bytes": 1}
    fast = {"name": "fast", "bytes": max(needs) + spare_bytes, **speeds}
    return problem | {"banks": [fast, {"name": "slow", "bytes": 1 << 30, **speeds}]}


def writers_of(problem, storage):
    return [v for v, op in enumerate(problem["ops"]) if storage in op["writes"]]


def readers_of(problem, storage):
    return [v for v, op in enumerate(problem["ops"]) if storage in op["reads"]]


def causes_of(problem, v):
    op = problem["ops"][v]
    return {w for i in op["reads"] for w in writers_of(problem, i)} | set(op["after"])


def is_dead(problem, i):
    storage = problem["storages"][i]
    touched = writers_of(problem, i) or readers_of(problem, i)
    return storage["constant"] or not (touched or storage["output"])


def usable_pairs(problem, v):
    """Pairs of op `v` whose read may die, with the bytes they save."""
    storages = problem["storages"]
    return [
        (r, w, min(storages[r]["bytes"], storages[w]["bytes"]))
        for r, w in problem["ops"][v]["in_place"]
        if not storages[r]["output"] and not storages[r]["constant"]
    ]


def all_orders(problem):
    """Every topological order."""
    causes = [causes_of(problem, v) for v in range(len(problem["ops"]))]

    def extend(order):
        if len(order) == len(causes):
            yield list(order)
        for v, before in enumerate(causes):
            if v in order or not before <= set(order):
                continue
            yield from extend([*order, v])

    yield from extend([])
