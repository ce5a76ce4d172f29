# SPDX-License-Identifier: Apache-2.0
"""Accepts or rejects a certificate of `tilewright plan --certificate`: no search, no shared code.

What is checked, and why it proves what it says, is in docs/planning.md, "Certificates".
"""

import json
import sys
from collections import namedtuple
from functools import reduce
from operator import or_


class RejectedError(Exception):
    pass


def demand(condition, message):
    if not condition:
        raise RejectedError(message)


def bits(mask):
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def union(masks):
    return reduce(or_, masks, 0)


def best_credit(pairs):
    """The most bytes that `pairs` (read, write, bytes) save if each storage is in one of them."""
    if not pairs:
        return 0
    (read, write, size), rest = pairs[0], pairs[1:]
    apart = [pair for pair in rest if pair[0] != read and pair[1] != write]
    return max(best_credit(rest), size + best_credit(apart))


Storage = namedtuple("Storage", "size starts stays openers closers")  # the last: ops as bits


class Graph:
    """Storages, and ops as lists of steps (scratch, opens, closes, pairs); `causes` as bits."""

    def __init__(self, storages, ops, causes):
        self.storages, self.ops, self.causes = storages, ops, causes
        self.all = (1 << len(ops)) - 1

    def mem(self, executed):
        live = (s for s in self.storages if s.starts or s.openers & executed)
        return sum(s.size for s in live if s.stays or s.closers & ~executed)

    def cost(self, executed, op, before):
        """What `op` needs while it runs from `executed`, and what it leaves."""
        bit, live, needed = 1 << op, before, 0
        for scratch, opens, closes, pairs in self.ops[op]:
            fresh = {i for i in opens if self.is_fresh(i, executed)}
            live += sum(self.storages[i].size for i in fresh)
            dying = {i for i in closes if self.storages[i].closers & ~executed == bit}
            usable = [p for p in pairs if p[0] in dying and self.is_fresh(p[1], executed)]
            needed = max(needed, live + scratch - best_credit(usable))
            live -= sum(self.storages[i].size for i in dying if not self.storages[i].stays)
        return needed, live

    def is_fresh(self, storage, executed):
        return not (self.storages[storage].starts or self.storages[storage].openers & executed)

    def is_ready(self, executed, op):
        return not executed >> op & 1 and not self.causes[op] & ~executed

    def is_closed(self, executed):
        return all(not self.causes[op] & ~executed for op in bits(executed))

    def turned(self, mask):
        return sum(1 << len(self.ops) - 1 - i for i in bits(mask))

    def mirrored(self):
        turn = self.turned
        storages = [
            Storage(s.size, s.stays, s.starts, turn(s.closers), turn(s.openers))
            for s in self.storages
        ]
        ops = [
            [(x, closes, opens, [(w, r, b) for r, w, b in pairs]) for x, opens, closes, pairs in op]
            for op in (steps[::-1] for steps in self.ops[::-1])
        ]
        return Graph(storages, ops, [turn(mask) for mask in self.followers()[::-1]])

    def followers(self):
        result = [0] * len(self.ops)
        for op, mask in enumerate(self.causes):
            for cause in bits(mask):
                result[cause] |= 1 << op
        return result


def graph_of(problem):
    align, count = problem["alignment"], len(problem["storages"])
    writers, readers = [0] * count, [0] * count
    for v, op in enumerate(problem["ops"]):
        for i in op["writes"]:
            writers[i] |= 1 << v
        for i in op["reads"]:
            readers[i] |= 1 << v
    storages = []
    for i, given in enumerate(problem["storages"]):
        dead = given["constant"] or not (writers[i] or readers[i] or given["output"])
        size = 0 if dead else -(-given["bytes"] // align) * align
        ends = writers[i] or readers[i], readers[i] or writers[i]
        storages.append(Storage(size, given["input"], given["output"], *ends))
    ops, causes = [], []
    for op in problem["ops"]:
        opens = op["writes"] + [i for i in op["reads"] if not writers[i]]
        closes = op["reads"] + [i for i in op["writes"] if not readers[i]]
        pairs = []
        for read, write in op["in_place"]:
            source = problem["storages"][read]
            if not source["output"] and not source["constant"]:
                pairs.append((read, write, min(storages[read].size, storages[write].size)))
        ops.append([(op["scratch_bytes"], opens, closes, pairs)])
        causes.append(union([1 << v for v in op["after"]] + [writers[i] for i in op["reads"]]))
    return Graph(storages, ops, causes)


def joined_steps(graph, members):
    """Steps of `members` in a row: storages open where touched first, close where touched last."""
    first, last = {}, {}
    for place, op in enumerate(members):
        _, opens, closes, _ = graph.ops[op][0]
        for i in opens:
            first.setdefault(i, place)
        for i in closes:
            last[i] = place
    steps = []
    for place, op in enumerate(members):
        scratch, opens, closes, pairs = graph.ops[op][0]
        kept = [p for p in pairs if last[p[0]] == place and first[p[1]] == place]
        opens = [i for i in opens if first[i] == place]
        steps.append((scratch, opens, [i for i in closes if last[i] == place], kept))
    return steps


def extremes(graph, members, others_ran):
    """(greatest need, change) above the bytes before, if all others that share ran, or none."""
    inside = sum(1 << op for op in members)

    def opens_here(i):
        s = graph.storages[i]
        return not s.starts and (not s.openers & ~inside or not others_ran)

    def closes_here(i):
        s = graph.storages[i]
        return not s.stays and (not s.closers & ~inside or others_ran)

    rise, change = None, 0
    for scratch, opens, closes, pairs in joined_steps(graph, members):
        change += sum(graph.storages[i].size for i in opens if opens_here(i))
        usable = [p for p in pairs if closes_here(p[0]) and opens_here(p[1])]
        need = change + scratch - best_credit(usable)
        rise = need if rise is None else max(rise, need)
        change -= sum(graph.storages[i].size for i in closes if closes_here(i))
    return rise, change


def check_join(graph, groups, first, second, kind):
    demand(first in groups and second in groups and first != second, "join: no such groups")
    a, b = groups[first], groups[second]
    inside = set(a)
    if kind == "forward":  # the second waits for the first alone
        causes = {c for op in b for c in bits(graph.causes[op])} - set(b)
        demand(causes and causes <= inside, "join: the second waits for others")
        least = extremes(graph, a, others_ran=False)
        most = extremes(graph, b, others_ran=False)
        demand(most[1] <= 0 and most[0] <= least[0] - least[1], "join: the second is not free")
    else:
        demand(kind == "backward", "join: unknown kind")
        mask = sum(1 << op for op in a)
        followers = {op for op, c in enumerate(graph.causes) if c & mask} - inside
        demand(followers and followers <= set(b), "join: others wait for the first")
        low, rise = extremes(graph, a, others_ran=True), extremes(graph, b, others_ran=True)[0]
        demand(low[1] >= 0 and low[0] - low[1] <= rise, "join: the first may not wait")
    groups[first] = a + b
    del groups[second]


def grouped(graph, proof):
    groups = {op: [op] for op in range(len(graph.ops))}
    for first, second, kind in proof["joins"]:
        check_join(graph, groups, first, second, kind)
    listed = proof["groups"]
    demand(sorted(map(tuple, listed)) == sorted(map(tuple, groups.values())), "groups: not joins")
    number = {op: n for n, members in enumerate(listed) for op in members}

    def renamed(mask):
        return sum(1 << n for n in {number[op] for op in bits(mask)})

    storages = [
        Storage(s.size, s.starts, s.stays, renamed(s.openers), renamed(s.closers))
        for s in graph.storages
    ]
    causes = []
    for n, members in enumerate(listed):
        causes.append(renamed(union(graph.causes[op] for op in members)) & ~(1 << n))
        demand(causes[n] < 1 << n, "groups: not in the order of their waits")
    return Graph(storages, [joined_steps(graph, members) for members in listed], causes)


def check_lift(graph, executed, ops, transports):
    """The set after `ops` and its change of memory; no set between the two has less than it."""
    end, before = executed, {}
    for op in sorted(ops):
        demand(not end >> op & 1, "lift: an op comes twice")
        demand(not graph.causes[op] & ~end, "lift: an op waits for others")
        causes = bits(graph.causes[op] & ~executed)
        before[op] = 1 << op | union(before[cause] for cause in causes)
        end |= 1 << op
    opened, closed = {}, {}
    for i, s in enumerate(graph.storages):
        if not s.starts and not s.openers & executed and s.openers & end:
            opened[i] = s.size
        if not s.stays and not s.closers & ~end and s.closers & ~executed:
            closed[i] = s.size
    repaid = sum(closed.values())
    change = sum(opened.values()) - repaid
    for source, target, size in transports:
        demand(size > 0 and source in closed and target in opened, "lift: a false transport")
        ways = union(before.get(op, 0) for op in bits(graph.storages[source].closers))
        demand(ways & graph.storages[target].openers, "lift: a transport that is not implied")
        closed[source] -= size
        opened[target] -= size
        demand(closed[source] >= 0 and opened[target] >= 0, "lift: more than a storage has")
        repaid -= size
    demand(change <= -repaid, "lift: a set between may be lower")
    return end, change


def reached(op, neighbours):
    """The set of ops that `op` leads to, itself left out; `neighbours` are sets by op."""
    found, waiting = 0, [op]
    while waiting:
        new = neighbours[waiting.pop()] & ~found
        found |= new
        waiting.extend(bits(new))
    return found


class NeedOfOp:
    """The least that `op` needs from any set that holds `before` and beside it only ops of `free`.

    `need` is what it needs if nothing of `free` has run; `opening` what each storage costs that
    others may open, `earning` what each pays, by kind, once all ops of a set have run.
    """

    def __init__(self, graph, op, credit):
        self.before = reached(op, graph.causes)
        self.free = graph.all & ~(self.before | reached(op, graph.followers()) | 1 << op)
        scratch, opens, _, pairs = graph.ops[op][0]
        fresh = [i for i in opens if graph.is_fresh(i, self.before)]
        usable = [pair for pair in pairs if pair[1] in fresh]
        self.need = graph.mem(self.before) + sum(graph.storages[i].size for i in fresh) + scratch
        self.opening, self.earning = {}, {}
        for i, s in enumerate(graph.storages):
            if not s.starts and not s.openers & (self.before | 1 << op) and s.openers & self.free:
                self.opening[i] = s.size
            if not s.stays and s.closers & self.free:
                self.earn("close", i, s.closers, s.size)
        if credit == "whole":
            self.need -= best_credit(usable)
            return
        demand(credit == "apart", "flow: unknown credit")
        for read in {pair[0] for pair in usable}:
            most = max(pair[2] for pair in usable if pair[0] == read)
            self.earn("credit", read, graph.storages[read].closers & ~(1 << op), most)

    def earn(self, kind, storage, closers, size):
        if closers & ~(self.before | self.free):
            return
        if closers & self.free:
            self.earning[kind, storage] = size, closers
        else:
            self.need -= size

    def at(self, graph, executed):
        opened = (s for i, s in self.opening.items() if graph.storages[i].openers & executed)
        earned = (s for s, closers in self.earning.values() if not closers & ~executed)
        return self.need + sum(opened) - sum(earned)


def check_flow_proof(graph, proof):
    """Raises unless one op needs `bound_bytes` from whatever set it runs.

    Flow runs from what is earned to ops that must have run for it, on to ops they wait for, and to
    storages these open. Whatever has run, the flow it frees pays for storages it opened.
    """
    bound, op = proof["bound_bytes"], proof["op"]
    if op is None:
        demand(max(graph.mem(0), graph.mem(graph.all)) >= bound, "flow: less lives at both ends")
        return
    need, through = NeedOfOp(graph, op, proof["credit"]), [0] * len(graph.ops)
    earning = {key: size for key, (size, _) in need.earning.items()}
    opening = dict(need.opening)
    for kind, source, target, size in proof["flows"]:
        demand(isinstance(size, int) and size > 0, "flow: not a positive amount")
        if kind == "open":
            demand(graph.storages[target].openers >> source & 1, "flow: not opened")
            opener, opening[target] = source, opening[target] - size
        elif kind == "wait":
            demand(need.free >> target & graph.causes[source] >> target & 1, "flow: no wait")
            opener, through[target] = source, through[target] + size
        else:
            closers = need.earning[kind, source][1]
            demand(need.free >> target & closers >> target & 1, "flow: not what must have run")
            earning[kind, source] -= size
            through[target] += size
            continue
        demand(need.free >> opener & 1, "flow: through an op that is not free")
        through[opener] -= size
    demand(not any(through), "flow: an op keeps or adds some")
    demand(min(earning.values(), default=0) >= 0, "flow: more than is earned")
    demand(min(opening.values(), default=0) >= 0, "flow: more than an opening costs")
    least, cut = need.need - sum(earning.values()), int(proof["cut"], 16)
    demand(least >= bound, "flow: too little for the bound")
    inside = not need.before & ~cut and not cut & ~(need.before | need.free)
    demand(inside and graph.is_closed(cut), "cut: a set from which the op does not run")
    demand(need.at(graph, cut) == least, "cut: the op needs more from there")


def check_states(graph, bound, entries, base, allowed, floor):
    """No order of `allowed` from `base` gets to `floor` bytes, or to its end, below `bound`."""
    states = {int(entry[0], 16): entry[1:] for entry in entries}
    demand(base in states, "states: the first set has no rule")
    known = {}  # memory of sets to which a rule has led, so that some order has them
    for executed, (rule, *rest) in states.items():
        inside = not base & ~executed and not executed & ~(base | allowed)
        closed = executed in known or graph.is_closed(executed)
        demand(inside and closed, "states: a set that no order has")
        live = known[executed] if executed in known else graph.mem(executed)
        over = not allowed & ~executed if floor is None else executed != base and live <= floor
        demand(not over, "states: an order leads through")
        if rule == "free":
            for op in rest[0]:
                demand(graph.is_ready(executed, op), "free: the op waits for others")
                after = graph.cost(executed, op, live)[1]
                demand(after <= live, "free: the op leaves more memory")
                executed, live = executed | 1 << op, after
            demand(rest[0] and executed in states, "free: the set it leads to has no rule")
            known[executed] = live
        elif rule == "lift":
            end, change = check_lift(graph, executed, rest[0], rest[1])
            known[end] = live + change
            demand(end != executed and end in states, "lift: the set it leads to has no rule")
        elif rule == "parts":
            demand(allowed == graph.all and floor is None, "parts: of a part")
            check_parts(graph, bound, executed, *rest)
        else:
            demand(rule == "expand", "states: unknown rule")
            for op in range(len(graph.ops)):
                if allowed >> op & 1 and graph.is_ready(executed, op):
                    after = executed | 1 << op
                    needed, known[after] = graph.cost(executed, op, live)
                    demand(needed >= bound or after in states, "expand: a set has no rule")


def check_parts(graph, bound, start, tail, transports, side, parts):
    """What is left, but for `tail`, falls into parts, and from the fuller end none goes down."""
    mirror = graph.mirrored()
    late, _ = check_lift(mirror, 0, tail, transports)
    end = graph.all & ~graph.turned(late)
    demand(not start & ~end, "parts: an op is run from both ends")
    rise = graph.mem(end) - graph.mem(start)
    if side == "backward":
        start, end, rise, graph = late, graph.turned(graph.all & ~start), -rise, mirror
    masks, left = [int(mask, 16) for mask, _ in parts], graph.all & ~start
    demand(len(masks) > 1 and rise <= 0 or masks == [end & ~start], "parts: memory may not fall")
    for mask in masks:
        demand(not mask & ~left, "parts: an op in two")
        left &= ~mask
    demand(not left & end, "parts: an op in none")
    for s in graph.storages:
        stays = (s.starts or s.openers & start) and (s.stays or s.closers & ~end)
        users = [mask for mask in masks if mask & (s.openers | s.closers)]
        demand(len(users) < 2 or stays or not s.size, "parts: they share a storage")
    floor = graph.mem(start) if len(masks) > 1 else None
    for mask, (_, states) in zip(masks, parts, strict=True):
        causes = union(graph.causes[op] for op in bits(mask))
        demand(not causes & union(masks) & ~mask, "parts: one waits for another")
        check_states(graph, bound, states, start, mask, floor)


def check_order_proof(graph, proof):
    """Raises unless every order has a peak of at least `bound_bytes`."""
    bound = proof["bound_bytes"]
    if proof["kind"] == "flow":
        return check_flow_proof(graph, proof)
    demand(proof["kind"] == "search", "order proof: unknown kind")
    graph = grouped(graph, proof)
    graph = graph.mirrored() if proof["backward"] else graph
    if graph.mem(0) < bound:
        check_states(graph, bound, proof["states"], 0, graph.all, None)


def check_plan(problem, graph, plan):
    """The peak of the plan's order with its pairs, and the load of the order with the best pairs.

    The order, the pairs and the offsets are checked on the way.
    """
    order, executed, placed = plan["order"], 0, []
    used = {(op, read, write) for op, read, write in plan["in_place_used"]}
    demand(sorted(order) == list(range(len(graph.ops))), "order: not every op once")
    live = {i for i, s in enumerate(graph.storages) if s.starts and s.size}
    memory = load = peak = graph.mem(0)
    for op in order:
        demand(graph.is_ready(executed, op), "order: an op runs before what it waits for")
        scratch, opens, closes, pairs = graph.ops[op][0]
        needed, memory = graph.cost(executed, op, memory)
        load = max(load, needed)
        fresh = {i for i in opens if graph.is_fresh(i, executed)}
        live |= {i for i in fresh if graph.storages[i].size}
        dying = {i for i in closes if graph.storages[i].closers & ~executed == 1 << op}
        mine = [(r, w) for o, r, w in used if o == op]
        allowed = {(r, w) for r, w, _ in pairs if r in dying and w in fresh}
        demand(set(mine) <= allowed, "in place: a pair that may not be used")
        demand(len({r for r, _ in mine}) == len({w for _, w in mine}) == len(mine), "in place")
        sizes = [min(graph.storages[r].size, graph.storages[w].size) for r, w in mine]
        peak = max(peak, sum(graph.storages[i].size for i in live) + scratch - sum(sizes))
        placed.append((set(live), op, scratch, set(mine)))
        live -= {i for i in dying if not graph.storages[i].stays}
        executed |= 1 << op
    for step in placed or [(live, None, 0, set())]:
        check_step(problem, graph, plan, *step)
    return peak, load


def check_arena_proof(plan, proof, load):
    """What is proven about the arena of the plan's order, in words."""
    bound = proof["bound_bytes"]
    demand(bound == plan["arena_lower_bound_bytes"], "arena bound: not the plan's")
    demand(bound <= plan["arena_bytes"], "arena bound: above the arena")
    if proof["kind"] == "load":
        demand(bound <= load, "arena bound: above the load")
        return f"under this order no arena is below {bound} bytes, the load"
    demand(proof["kind"] == "search" and bound > load, "arena proof: unknown kind")
    return f"only a search stands behind the arena's bound of {bound} bytes under this order"


def check_step(problem, graph, plan, live, op, scratch, pairs):
    spans, placed = [], [(i, plan["offsets"][i], graph.storages[i].size) for i in live]
    if scratch:
        placed.append((-1, plan["scratch_offsets"][op], scratch))
    for i, begin, size in placed:
        demand(begin is not None and begin >= 0, "offsets: a storage or a scratch has none")
        demand(begin % problem["alignment"] == 0, "offsets: not aligned")
        demand(begin + size <= plan["arena_bytes"], "offsets: beyond the arena")
        spans.append((begin, begin + size, i))
    for k, (begin, end, i) in enumerate(spans):
        for other_begin, other_end, j in spans[:k]:
            shared = ((i, j) in pairs or (j, i) in pairs) and begin == other_begin
            demand(end <= other_begin or other_end <= begin or shared, "offsets: an overlap")


def check(certificate):
    """What is proven, in words; raises `RejectedError`."""
    kind = certificate["format"], certificate["version"]
    demand(kind == ("tilewright-certificate", 1), "not a certificate of version 1")
    plan = certificate["plan"]
    graph = graph_of(plan["problem"])
    peak, load = check_plan(plan["problem"], graph, plan)
    demand(peak == plan["peak_bytes"], "peak_bytes: not the peak of the order")
    demand(peak <= plan["arena_bytes"], "arena_bytes: below the peak")
    arena = check_arena_proof(plan, certificate["arena_proof"], load)
    proof = certificate["order_proof"]
    if proof is None:
        return f"a plan of {plan['arena_bytes']} bytes; nothing is proven about its order; {arena}"
    demand(proof["bound_bytes"] == plan["peak_lower_bound_bytes"], "bound: not the plan's")
    demand(proof["bound_bytes"] <= peak, "bound: above the peak")
    check_order_proof(graph, proof)
    if plan["arena_bytes"] == proof["bound_bytes"]:
        return f"no order and placement need less than {peak} bytes"
    if peak == proof["bound_bytes"]:
        return f"no order has a peak below {peak} bytes; {arena}"
    return f"no order has a peak below {proof['bound_bytes']} bytes, the plan has {peak}; {arena}"


def main(path):
    try:
        with open(path, encoding="utf-8") as file:
            print("accepted:", check(json.load(file)))
    except (RejectedError, KeyError, IndexError, TypeError, ValueError) as error:
        print(f"rejected: {error!r}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
