# SPDX-License-Identifier: Apache-2.0
"""Accepts or rejects the traffic proof in a certificate of `tilewright plan --tcm --certificate`.

No search, no code shared with the planner. What is checked is in docs/planning.md, "Certificates".
"""

import json
import sys

from check_certificate import RejectedError, check_order_proof, demand, graph_of

ONE = 720720  # prices are in parts of it


class Memory:
    """Sizes in units of the external bank, and who uses what."""

    def __init__(self, problem):
        self.problem, self.ops = problem, problem["ops"]
        self.streaming = problem.get("execution", "full") == "streaming"
        self.steady = problem.get("steady_state", False)
        self.bank = problem["banks"][0]["bytes"]
        self.unit = -(-problem["banks"][-1]["granule_bytes"] // problem["alignment"])
        self.unit *= problem["alignment"]
        self.size = [-(-s["bytes"] // self.unit) for s in problem["storages"]]
        self.written = {i for op in self.ops for i in op["writes"]}
        self.used = self.written | {i for op in self.ops for i in op["reads"]}

    def is_streamed(self, storage):
        s = self.problem["storages"][storage]
        streaming = self.streaming or (self.problem.get("stream_constants") and s["constant"])
        return streaming and s.get("place") != "fast"

    def working(self, op):
        """Bytes of the scratch and the staging buffer."""
        stages = any(self.is_streamed(i) for i in op["reads"] + op["writes"])
        return op["scratch_bytes"] + (self.problem.get("stage_bytes", 0) if stages else 0)

    def room(self, op, pairs):
        """Units that the op leaves to what it does not use, with `pairs` in place."""
        full = sum(self.size[i] for i in op["reads"] + op["writes"] if not self.is_streamed(i))
        saved = sum(min(self.size[r], self.size[w]) for r, w in pairs)
        return (self.bank - self.working(op)) // self.unit - full + saved

    def compulsory(self):
        units = 0
        for i, s in enumerate(self.problem["storages"]):
            if i in self.used and not s.get("fast"):
                units += self.size[i] * (s["input"] + (s["output"] and i in self.written))
                units += self.size[i] * (s["constant"] and not self.steady)
        return units


def pairs_of(memory, plan):
    """In-place pairs by op, after they have been checked against the order."""
    place = {op: step for step, op in enumerate(plan["order"])}
    demand(sorted(place) == list(range(len(memory.ops))), "order: not every op once")
    demand(len(plan["order"]) == len(place), "order: an op twice")
    readers, writers = {}, {}
    for v, op in enumerate(memory.ops):
        for i in op["reads"]:
            readers.setdefault(i, []).append(place[v])
        for i in op["writes"]:
            writers.setdefault(i, []).append(place[v])
    for v, op in enumerate(memory.ops):
        waits = [place[w] for w in op["after"]] + [
            p for i in op["reads"] for p in writers.get(i, [])
        ]
        demand(all(p < place[v] for p in waits), "order: an op runs before what it waits for")
    pairs = {}
    for v, read, write in plan["in_place_used"]:
        source = memory.problem["storages"][read]
        demand([read, write] in memory.ops[v]["in_place"], "in place: not allowed")
        demand(
            max(readers[read]) == place[v] == min(writers[write]), "in place: not last and first"
        )
        demand(not source["output"] and not source["constant"], "in place: needed later")
        demand(not memory.is_streamed(read) and not memory.is_streamed(write), "in place: streams")
        taken = pairs.setdefault(v, [])
        demand(all(read != r and write != w for r, w in taken), "in place: twice in a pair")
        taken.append((read, write))
    return pairs


def uses_of(memory, order):
    """Per storage: (moment, whether it is written), by moment; 0 is the start, the last the end."""
    uses = {i: [] for i in memory.used}
    for i, s in enumerate(memory.problem["storages"]):
        if s["input"] and s.get("fast") and (i in memory.used or s["output"]):
            uses.setdefault(i, []).append((0, False))
    for step, v in enumerate(order):
        for i in memory.ops[v]["reads"]:
            uses[i].append((step + 1, False))
        for i in memory.ops[v]["writes"]:
            uses[i].append((step + 1, True))
    for i, s in enumerate(memory.problem["storages"]):
        if s["output"] and s.get("fast") and i in uses:
            uses[i].append((len(order) + 1, False))
    return uses


def gaps_of(memory, storage, uses, moments):
    """(version, dirty, moments in which it takes room) of each gap between two uses."""
    s = memory.problem["storages"][storage]
    wraps, streamed = memory.steady and s["constant"], memory.is_streamed(storage)
    last, version, gaps = sum(writes for _, writes in uses), 0, []
    ends = uses[1:] + ([(uses[0][0] + moments, False)] if wraps else [])
    for (begin, writes), (end, _) in zip(uses, ends, strict=False):
        version += writes
        here = set(m % moments for m in range(begin + 1, end))
        if streamed:  # a use between two gaps counts for the earlier one alone
            here |= {end % moments} if 0 < end % moments < moments - 1 else set()
            if not gaps and not (wraps and len(uses) > 1) and 0 < begin < moments - 1:
                here.add(begin)
        outside_anyway = s["output"] and not s.get("fast") and version == last
        made = version > 0 or (s["input"] and s.get("fast"))
        gaps.append((version, made and not outside_anyway, here))
    return gaps


def priced_bound(memory, order, pairs, prices):
    """Avoidable units of every residency of the order, by weak duality; see docs/planning.md."""
    moments = len(order) + 2
    room = [memory.bank // memory.unit] * moments
    for step, v in enumerate(order):
        room[step + 1] = memory.room(memory.ops[v], pairs.get(v, []))
    uses = uses_of(memory, order)
    lines = {i: gaps_of(memory, i, u, moments) for i, u in uses.items() if memory.size[i]}
    for i in lines:
        for moment, _ in uses[i]:
            if moment in (0, moments - 1):
                room[moment] -= memory.size[i]
    value = [0] * moments
    for step, price in prices:
        demand(0 <= step + 1 < moments and price > 0, "prices: out of range")
        demand(not value[step + 1], "prices: a step twice")
        value[step + 1] = price
    bound = -sum(value[m] * room[m] for m in range(moments))
    for i, gaps in lines.items():
        held, versions = set(), {}
        for number, (version, dirty, here) in enumerate(gaps):
            held |= here
            price = sum(value[m] for m in here)
            key = (version,) if dirty else (version, number)
            versions[key] = versions.get(key, ONE if dirty else 0) + min(0, ONE - price)
        # If all is kept, each moment in which a gap takes room is filled once.
        bound += memory.size[i] * sum(value[m] for m in held)
        if memory.is_streamed(i):
            demand(sum(len(h) for _, _, h in gaps) == len(held), "prices: moments shared")
        bound += memory.size[i] * sum(min(0, cost) for cost in versions.values())
    return max(0, -(-bound // ONE))


def part_problem(memory, ops, counted):
    """What the ops of a part need: a counted storage lives from its first to its last user."""
    written = {i for v in ops for i in memory.ops[v]["writes"]}
    dies = {r for v in ops for r, _ in memory.ops[v]["in_place"]}

    def counts(i):
        constant = memory.problem["storages"][i]["constant"]
        apart = i in counted and not constant and not memory.is_streamed(i)
        return apart and (i in written or i not in dies)

    flags = {"input": False, "output": False, "constant": False}
    storages = [
        dict(flags, bytes=size * memory.unit if counts(i) else 0)
        for i, size in enumerate(memory.size)
    ]
    place, tasks = {v: n for n, v in enumerate(ops)}, []
    for v in ops:
        op = memory.ops[v]
        inside = {i for pair in op["in_place"] for i in pair}
        held = [
            memory.size[i] * memory.unit
            for i in op["reads"] + op["writes"]
            if not storages[i]["bytes"] and not memory.is_streamed(i) and i not in inside
        ]
        tasks.append(
            {
                "reads": [i for i in op["reads"] if i in written],
                "writes": [i for i in op["reads"] if i not in written] + op["writes"],
                "after": [place[w] for w in op["after"] if w in place],
                "in_place": [p for p in op["in_place"] if p[0] in written],
                "scratch_bytes": memory.working(op) + sum(held),
            }
        )
    return {"alignment": 1, "storages": storages, "ops": tasks}


def check_part(memory, part):
    """Units of the counted storages that every order moves beyond the compulsory ones."""
    ops, counted = part["ops"], set(part["counted"])
    demand(len(set(ops)) == len(ops) and not memory.streaming, "part: an op twice")
    problem = part_problem(memory, ops, counted)
    check_order_proof(graph_of(problem), part["order_proof"])
    excess = part["order_proof"]["bound_bytes"] - memory.bank
    missing = max(0, -(-excess // memory.unit))
    uses = [i for v in ops for i in memory.ops[v]["reads"] + memory.ops[v]["writes"]]
    clean = 0
    for i, s in enumerate(memory.problem["storages"]):
        if (s["input"] or s["output"]) and uses.count(i) > 1 and problem["storages"][i]["bytes"]:
            clean += memory.size[i]
    return missing + max(0, missing - clean)


def weights_bound(memory):
    """In steady state: units of weights that the fullest moment leaves no room for."""
    if not memory.steady:
        return 0
    weights = {i for i in memory.used if memory.problem["storages"][i]["constant"]}
    best, all_units = 0, sum(memory.size[i] for i in weights)
    for end in ("input", "output"):
        fast = [i for i, s in enumerate(memory.problem["storages"]) if s.get("fast") and s[end]]
        held = sum(memory.size[i] for i in fast if i in memory.used)
        best = max(best, all_units + held - memory.bank // memory.unit)
    for op in memory.ops:
        here = {i for i in op["reads"] if i in weights and not memory.is_streamed(i)}
        others = sum(memory.size[i] for i in weights - here)
        best = max(best, others - memory.room(op, op["in_place"]))
    return best


def check(certificate):
    """What is proven, in words; raises `RejectedError`."""
    demand(certificate["format"] == "tilewright-certificate", "not a certificate")
    demand(certificate["version"] == 1, "unknown version")
    memory, traffic = Memory(certificate["plan"]["problem"]), certificate["traffic"]
    plan, compulsory = traffic["plan"], memory.compulsory() * memory.unit
    moved = sum(t["end_bytes"] - t["begin_bytes"] for t in plan["transfers"] if t["kind"] != "move")
    demand(moved == plan["total_bytes"], "total_bytes: not the sum of the transfers")
    pairs = pairs_of(memory, plan)
    bound = priced_bound(memory, plan["order"], pairs, traffic["prices"]) * memory.unit
    demand(traffic["order_bound_bytes"] <= compulsory + bound, "order_bound_bytes: not proven")
    demand(plan["total_bytes"] >= compulsory + bound, "total_bytes: below the bound of the order")
    counted = [i for part in traffic["parts"] for i in part["counted"]]
    demand(len(set(counted)) == len(counted), "parts: a storage counts twice")
    units = weights_bound(memory) + sum(check_part(memory, part) for part in traffic["parts"])
    demand(traffic["bound_bytes"] <= compulsory + units * memory.unit, "bound_bytes: not proven")
    demand(plan["lower_bound_bytes"] <= plan["total_bytes"], "lower_bound_bytes: above the plan")
    text = f"no order moves fewer than {traffic['bound_bytes']} bytes, the plan {moved}"
    if plan["lower_bound_bytes"] > traffic["bound_bytes"]:
        text += f"; only a search stands behind {plan['lower_bound_bytes']}"
    return text + f"; its order never fewer than {traffic['order_bound_bytes']}"


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
