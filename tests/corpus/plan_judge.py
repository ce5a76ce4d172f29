# SPDX-License-Identifier: Apache-2.0
"""Re-checks a memory plan from the report of `tilewright plan --json` alone.

Shares no code with the planner: lifetimes, overlaps and the peak are worked out here from
docs/problem_format.md.
"""


def check_plan(report):
    """Raises AssertionError where the plan breaks its problem or a number is not so."""
    problem, order = report["problem"], report["order"]
    ops, storages = problem["ops"], problem["storages"]
    step = {op: i for i, op in enumerate(order)}
    assert sorted(order) == list(range(len(ops))), "the order is a permutation of the ops"
    writers, readers = _users(ops, "writes", len(storages)), _users(ops, "reads", len(storages))
    for op in range(len(ops)):
        for before in _predecessors(ops, writers, op):
            assert step[before] < step[op], f"op {op} runs before op {before}, which it needs"
    lives = [
        _life(s, storages[s], writers[s], readers[s], step, len(ops)) for s in range(len(storages))
    ]
    pairs = {(step[op], read, write) for op, read, write in report["in_place_used"]}
    for op, read, write in report["in_place_used"]:
        assert [read, write] in ops[op]["in_place"], f"op {op} may not run in place"
        assert lives[read][1] == step[op], f"storage {read} is needed after op {op} overwrites it"
        assert report["offsets"][read] == report["offsets"][write], "a pair has one offset"
    blocks = _blocks(report, storages, ops, order, lives)
    for i, a in enumerate(blocks):
        for b in blocks[i + 1 :]:
            assert not _collide(a, b, pairs), f"{a} and {b} overlap"
    assert max((b["end"] for b in blocks), default=0) <= report["arena_bytes"]
    assert _peak(report, blocks, ops, order, problem["alignment"]) == report["peak_bytes"]


def _users(ops, kind, count):
    users = [[] for _ in range(count)]
    for i, op in enumerate(ops):
        for storage in op[kind]:
            users[storage].append(i)
    return users


def _predecessors(ops, writers, op):
    for storage in ops[op]["reads"]:
        yield from (writer for writer in writers[storage] if writer != op)
    yield from ops[op].get("after", [])


def _life(index, storage, writers, readers, step, count):
    """First and last step, both included; None if it never lives."""
    if storage.get("constant") or not (writers or storage.get("input")):
        return None
    first = -1 if storage.get("input") else min(step[op] for op in writers)
    last = (
        count if storage.get("output") else max([step[op] for op in writers + readers], default=-1)
    )
    return first, last


def _round_up(value, unit):
    return (value + unit - 1) // unit * unit


def _blocks(report, storages, ops, order, lives):
    blocks = []
    for i, life in enumerate(lives):
        if life is None or report["offsets"][i] is None:
            continue
        begin = report["offsets"][i]
        size = _round_up(storages[i]["bytes"], report["problem"]["alignment"])
        blocks.append({"storage": i, "begin": begin, "end": begin + size, "life": life})
        assert begin % report["problem"]["alignment"] == 0
    for position, op in enumerate(order):
        scratch = ops[op].get("scratch_bytes", 0)
        if scratch:
            begin = report["scratch_offsets"][op]
            size = _round_up(scratch, report["problem"]["alignment"])
            blocks.append(
                {"storage": None, "begin": begin, "end": begin + size, "life": (position, position)}
            )
    return blocks


def _collide(a, b, pairs):
    first, last = max(a["life"][0], b["life"][0]), min(a["life"][1], b["life"][1])
    if first > last or a["begin"] >= b["end"] or b["begin"] >= a["end"]:
        return False
    if first == last:
        names = (a["storage"], b["storage"])
        return (first, *names) not in pairs and (first, *reversed(names)) not in pairs
    return True


def _peak(report, blocks, ops, order, alignment):
    credit = {}
    for op, read, write in report["in_place_used"]:
        sizes = [
            _round_up(report["problem"]["storages"][s]["bytes"], alignment) for s in (read, write)
        ]
        credit[op] = credit.get(op, 0) + min(sizes)
    peak = 0
    for position in range(-1, len(order) + 1):
        live = sum(
            b["end"] - b["begin"] for b in blocks if b["life"][0] <= position <= b["life"][1]
        )
        if 0 <= position < len(order):
            live -= credit.get(order[position], 0)
        peak = max(peak, live)
    return peak
