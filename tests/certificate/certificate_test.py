# SPDX-License-Identifier: Apache-2.0
"""Certificates of real proofs are accepted; none that was tampered with is."""

import collections

from certificate_case import (
    MODEL,
    ROOT,
    CertificateCase,
    certificate_of,
    certificate_of_network,
    certificate_of_problem,
    chains,
    main,
    problem_of_network,
    side_by_side,
)
from check_certificate import check
from oracle_problems import random_problem

PROBLEMS = sorted((ROOT / "tests" / "scheduler" / "problems").glob("*.json"))
CELLS = [
    f"{n}_{s}" for n in ("nasnet", "amoebanet", "pnasnet", "darts") for s in ("imagenet", "cifar")
]
WIRED = [f"{family} {seed}" for family in ("wired", "wired-ops") for seed in range(30)]
WIDE = [f"wired-64 {seed}" for seed in range(10)]
SEARCHED = ("wired 2", "wired 5", "wired 6", "wired 9")  # with a search behind their proof
FLOW_TIGHT = ("wired 0", "wired 7", "wired 16", "wired 17")  # whose proof is a flow
# Networks side by side: the search of the whole takes more states than a certificate may have.
SIDE_BY_SIDE = (("wired 2", "wired 5"), ("wired 2", "wired 5", "wired 6"))


# Each changes what the proof needs: the bound is the least peak, every state is reached, every
# transport and every flow is needed in full.
def raise_bound(certificate, dice):
    more = dice.choice((1, 64, 4096))
    certificate["order_proof"]["bound_bytes"] += more
    certificate["plan"]["peak_lower_bound_bytes"] += more


def drop_state(certificate, dice):
    states = certificate["order_proof"]["states"]
    del states[dice.randrange(len(states))]


def change_state(certificate, dice):
    proof = certificate["order_proof"]
    entry = dice.choice(proof["states"])
    entry[0] = f"{int(entry[0], 16) ^ 1 << dice.randrange(len(proof['groups'])):x}"


def repeat_op(certificate, dice):
    entries = [e for e in certificate["order_proof"]["states"] if len(e) > 2]
    ops = dice.choice(entries)[2]
    ops.append(dice.choice(ops))


def shrink_transport(certificate, dice):
    states = certificate["order_proof"]["states"]
    lifts = [e for e in states if e[1] == "lift" and e[3]]
    if not lifts:
        raise_bound(certificate, dice)
        return
    dice.choice(dice.choice(lifts)[3])[2] -= 1


def change_groups(certificate, dice):
    groups = certificate["order_proof"]["groups"]
    i, j = dice.sample(range(len(groups)), 2)
    groups[i], groups[j] = groups[i] + groups[j][-1:], groups[j][:-1]


def drop_join(certificate, dice):
    joins = certificate["order_proof"]["joins"]
    del joins[dice.randrange(len(joins))]


def change_flow(certificate, dice):
    dice.choice(certificate["order_proof"]["flows"])[3] += dice.choice((-64, -1, 1, 64))


def drop_flow(certificate, dice):
    flows = certificate["order_proof"]["flows"]
    del flows[dice.randrange(len(flows))]


def redirect_flow(certificate, dice):
    flow = dice.choice(certificate["order_proof"]["flows"])
    flow[dice.choice((1, 2))] += dice.choice((-1, 1))


def change_flow_kind(certificate, dice):
    flow = dice.choice(certificate["order_proof"]["flows"])
    kinds = ("close", "credit", "wait", "open", "shut")
    flow[0] = dice.choice([kind for kind in kinds if kind != flow[0]])


def change_cut(certificate, dice):
    proof = certificate["order_proof"]
    ops = len(certificate["plan"]["order"])
    executed = {v for v in range(ops) if int(proof["cut"], 16) >> v & 1}
    # The op itself and what it waits for: whatever the graph, one in and the other not is no set.
    problem = certificate["plan"]["problem"]
    op = problem["ops"][proof["op"]]
    causes = {v for v in executed if set(problem["ops"][v]["writes"]) & set(op["reads"])}
    executed ^= {dice.choice(sorted(causes | {proof["op"]}))}
    proof["cut"] = f"{sum(1 << v for v in executed):x}"


def split_state(certificate):
    """The fields of the state from which the ops that are left are proven part by part."""
    return next(e for e in certificate["order_proof"]["states"] if e[1] == "parts")


def drop_part(certificate, dice):
    parts = split_state(certificate)[5]
    del parts[dice.randrange(len(parts))]


def drop_state_of_part(certificate, dice):
    states = dice.choice(split_state(certificate)[5])[1]
    del states[dice.randrange(len(states))]


def move_op_between_parts(certificate, dice):
    parts = split_state(certificate)[5]
    source, target = dice.sample(range(len(parts)), 2)
    members = int(parts[source][0], 16)
    bit = 1 << dice.choice([i for i in range(members.bit_length()) if members >> i & 1])
    parts[source][0] = f"{members & ~bit:x}"
    parts[target][0] = f"{int(parts[target][0], 16) | bit:x}"


def swap_parts(certificate, dice):
    parts = split_state(certificate)[5]
    i, j = dice.sample(range(len(parts)), 2)
    parts[i][1], parts[j][1] = parts[j][1], parts[i][1]


def change_side(certificate, dice):
    state = split_state(certificate)
    state[4] = dice.choice([side for side in ("forward", "backward") if side != state[4]])


def run_from_the_end(certificate, dice):
    groups = len(certificate["order_proof"]["groups"])
    split_state(certificate)[2].append(dice.randrange(groups))


def change_plan(certificate, dice):
    plan = certificate["plan"]
    key = dice.choice(("peak_bytes", "arena_bytes", "peak_lower_bound_bytes"))
    plan[key] -= dice.choice((1, 64, 4096))


def misplace_storage(certificate, dice):
    plan = certificate["plan"]
    placed = [i for i, offset in enumerate(plan["offsets"]) if offset is not None]
    plan["offsets"][dice.choice(placed)] = dice.choice((None, -64, 32, plan["arena_bytes"]))


def overlap_storages(certificate, dice):
    """What an op writes lies where something lies that it reads."""
    problem, offsets = certificate["plan"]["problem"], certificate["plan"]["offsets"]
    placed = [i for i, offset in enumerate(offsets) if offset is not None]
    both = [
        (r, w)
        for op in problem["ops"]
        for r in op["reads"]
        for w in op["writes"]
        if r != w and r in placed and w in placed and [r, w] not in op["in_place"]
    ]
    read, written = dice.choice(both)
    offsets[written] = offsets[read]


def reorder(certificate, dice):
    order = certificate["plan"]["order"]
    order[dice.randrange(1, len(order))] = order[0]


def change_arena_proof(certificate, dice):
    proof, plan = certificate["arena_proof"], certificate["plan"]
    if dice.random() < 0.5:
        proof["kind"] = "search" if proof["kind"] == "load" else "load"
        return
    proof["bound_bytes"] += 64
    plan["arena_lower_bound_bytes"] += dice.choice((0, 64))


PLAN_TAMPERINGS = (
    change_plan,
    misplace_storage,
    overlap_storages,
    reorder,
    change_arena_proof,
    raise_bound,
)
SEARCH_TAMPERINGS = (
    drop_state,
    change_state,
    repeat_op,
    shrink_transport,
    change_groups,
    drop_join,
)
PART_TAMPERINGS = (
    drop_part,
    drop_state_of_part,
    move_op_between_parts,
    swap_parts,
    change_side,
    run_from_the_end,
)
FLOW_TAMPERINGS = (change_flow, drop_flow, redirect_flow, change_flow_kind, change_cut)


class CertificatesAreChecked(CertificateCase):
    def test_proofs_of_problems_and_models_are_accepted(self):
        for path in (*PROBLEMS, MODEL):
            self.assertIn("no order and placement need less", check(certificate_of(path)), path)

    def test_parts_that_leave_more_than_they_find_are_proven_from_the_end(self):
        certificate = certificate_of_problem(chains(4))
        self.assertIn("no order and placement need less than 14", check(certificate))
        self.assertEqual(split_state(certificate)[4], "backward")

    def test_proofs_of_all_networks_are_accepted(self):
        for name in (*CELLS, *WIRED, *WIDE):
            self.assertRegex(check(certificate_of_network(name)), "^no order", name)

    def test_proofs_of_random_problems_are_accepted(self):
        kinds = collections.Counter()
        for seed in range(300):
            certificate = certificate_of_problem(random_problem(5000 + seed, ops=4 + seed % 12))
            plan, proof = certificate["plan"], certificate["order_proof"]
            self.assertIn(plan["order_status"], ("optimal", "flow_tight", "bounded"))
            self.assertRegex(check(certificate), "^no order", seed)
            self.assertEqual(proof["bound_bytes"], plan["peak_lower_bound_bytes"])
            kinds[proof["kind"]] += 1
        self.assertGreater(min(kinds["flow"], kinds["search"]), 50)

    def test_no_tampered_certificate_is_accepted(self):
        """Flows, searches, and searches of parts; each with faults in its plan, too."""
        searched = [certificate_of_network(name) for name in SEARCHED]
        flows = [certificate_of_network(name) for name in FLOW_TIGHT]
        split = [
            certificate_of_problem(side_by_side([problem_of_network(name) for name in names]))
            for names in SIDE_BY_SIDE
        ]
        mixes = (
            ("search", searched, SEARCH_TAMPERINGS + PLAN_TAMPERINGS, 400),
            ("flow", flows, FLOW_TAMPERINGS + PLAN_TAMPERINGS, 400),
            ("search", split, PART_TAMPERINGS + PLAN_TAMPERINGS, 200),
        )
        for kind, certificates, tamperings, count in mixes:
            for certificate in certificates:
                self.assertIn("no order and placement need less", check(certificate))
                self.assertEqual(certificate["order_proof"]["kind"], kind)
            with self.subTest(kind=kind):
                self.assert_tampering_shows(check, certificates, tamperings, count)
        for certificate in split:
            self.assertGreater(len(split_state(certificate)[5]), 1)


if __name__ == "__main__":
    main()
