# SPDX-License-Identifier: Apache-2.0
"""Certificates of real proofs are accepted; none that was tampered with is."""

from certificate_case import (
    MODEL,
    ROOT,
    TAMPERED,
    CertificateCase,
    certificate_of,
    certificate_of_network,
    main,
)
from check_certificate import check

PROBLEMS = sorted((ROOT / "tests" / "scheduler" / "problems").glob("*.json"))
CELLS = [
    f"{n}_{s}" for n in ("nasnet", "amoebanet", "pnasnet", "darts") for s in ("imagenet", "cifar")
]
SEEDS = [str(seed) for seed in range(30)]
SEARCHED = ("2", "5", "6", "9")  # seeds with a search behind their proof
FLOW_TIGHT = ("0", "7", "16", "17")  # seeds whose proof is a flow


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


def change_plan(certificate, dice):
    plan = certificate["plan"]
    key = dice.choice(("peak_bytes", "arena_bytes", "peak_lower_bound_bytes"))
    plan[key] -= dice.choice((1, 64, 4096))


def misplace_storage(certificate, dice):
    plan = certificate["plan"]
    placed = [i for i, offset in enumerate(plan["offsets"]) if offset is not None]
    plan["offsets"][dice.choice(placed)] = dice.choice((None, -64, 32, plan["arena_bytes"]))


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


PLAN_TAMPERINGS = (change_plan, misplace_storage, reorder, change_arena_proof, raise_bound)
SEARCH_TAMPERINGS = (
    drop_state,
    change_state,
    repeat_op,
    shrink_transport,
    change_groups,
    drop_join,
)
FLOW_TAMPERINGS = (change_flow, drop_flow, redirect_flow, change_flow_kind, change_cut)


class CertificatesAreChecked(CertificateCase):
    def test_proofs_of_problems_and_models_are_accepted(self):
        for path in (*PROBLEMS, MODEL):
            self.assertIn("no order and placement need less", check(certificate_of(path)), path)

    def test_proofs_of_all_networks_are_accepted(self):
        for name in (*CELLS, *SEEDS):
            self.assertRegex(check(certificate_of_network(name)), "^no order", name)

    def test_no_tampered_certificate_is_accepted(self):
        """Half of them flows, half of them searches; each with faults in its plan, too."""
        mixes = (
            (SEARCHED, SEARCH_TAMPERINGS + PLAN_TAMPERINGS),
            (FLOW_TIGHT, FLOW_TAMPERINGS + PLAN_TAMPERINGS),
        )
        for kind, (names, tamperings) in zip(("search", "flow"), mixes, strict=True):
            certificates = [certificate_of_network(name) for name in names]
            for certificate in certificates:
                check(certificate)
                self.assertEqual(certificate["order_proof"]["kind"], kind)
            with self.subTest(kind=kind):
                self.assert_tampering_shows(check, certificates, tamperings, TAMPERED // 2)


if __name__ == "__main__":
    main()
