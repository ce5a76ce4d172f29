# SPDX-License-Identifier: Apache-2.0
"""Traffic proofs of real plans are accepted; none that was tampered with is."""

import copy

from certificate_case import (
    MODEL,
    ROOT,
    TAMPERED,
    CertificateCase,
    certificate_of,
    certificate_of_network,
    certificate_of_problem,
    main,
)
from check_traffic_certificate import check
from oracle_problems import random_problem, with_fast_memory

PROBLEMS = sorted((ROOT / "tests" / "scheduler" / "traffic" / "problems").glob("*.json"))
# Networks with sizes of fast memory that are too small for all they need at once.
NETWORKS = (("wired 0", 740000), ("wired 3", 760000), ("darts_cifar", 354880))


# Each changes what the proof needs, or claims what it does not prove.
def raise_bound(certificate, dice):
    certificate["traffic"]["bound_bytes"] += dice.choice((1, 64, 4096))


def raise_order_bound(certificate, dice):
    certificate["traffic"]["order_bound_bytes"] += dice.choice((1, 64, 4096))


def drop_part(certificate, dice):
    parts = certificate["traffic"]["parts"]
    del parts[dice.randrange(len(parts))]


def repeat_part(certificate, dice):
    parts = certificate["traffic"]["parts"]
    parts.append(copy.deepcopy(dice.choice(parts)))


def raise_peak(certificate, dice):
    part = dice.choice(certificate["traffic"]["parts"])
    part["order_proof"]["bound_bytes"] += dice.choice((64, 4096))


def drop_ops_of_part(certificate, dice):
    part = dice.choice(certificate["traffic"]["parts"])
    part["ops"] = part["ops"][: len(part["ops"]) // 4]


def negate_price(certificate, dice):
    dice.choice(certificate["traffic"]["prices"])[1] *= -1


def double_prices(certificate, dice):
    factor = dice.choice((2, 3, 5))
    for price in certificate["traffic"]["prices"]:
        price[1] *= factor


def drop_prices(certificate, dice):
    prices = certificate["traffic"]["prices"]
    del prices[dice.randrange(len(prices) // 2) :]


def repeat_price(certificate, dice):
    prices = certificate["traffic"]["prices"]
    prices.append(dice.choice(prices))


def drop_transfer(certificate, dice):
    transfers = certificate["traffic"]["plan"]["transfers"]
    outer = [i for i, t in enumerate(transfers) if t["kind"] != "move"]
    del transfers[dice.choice(outer)]


def shorten_transfer(certificate, dice):
    transfers = certificate["traffic"]["plan"]["transfers"]
    dice.choice([t for t in transfers if t["kind"] != "move"])["end_bytes"] -= 64


def repeat_op(certificate, dice):
    order = certificate["traffic"]["plan"]["order"]
    order[dice.randrange(1, len(order))] = order[0]


def reverse_order(certificate, dice):
    order = certificate["traffic"]["plan"]["order"]
    begin = dice.randrange(len(order) - 40)
    order[begin : begin + 40] = order[begin : begin + 40][::-1]


def claim_less(certificate, dice):
    certificate["traffic"]["plan"]["total_bytes"] -= dice.choice((1, 64, 4096))


def enlarge_bank(certificate, dice):
    certificate["plan"]["problem"]["banks"][0]["bytes"] += dice.choice((4096, 65536))


TAMPERINGS = (
    raise_bound,
    raise_order_bound,
    drop_part,
    repeat_part,
    raise_peak,
    drop_ops_of_part,
    negate_price,
    double_prices,
    drop_prices,
    repeat_price,
    drop_transfer,
    shorten_transfer,
    repeat_op,
    reverse_order,
    claim_less,
    enlarge_bank,
)


class TrafficProofsAreChecked(CertificateCase):
    def test_proofs_of_problems_and_a_model_are_accepted(self):
        for path in PROBLEMS:
            for options in ((), ("--steady-state",), ("--stream-weights",), ("--residency=whole",)):
                certificate = certificate_of(path, *options)
                self.assertRegex(check(certificate), "^no order moves fewer", (path, options))
        certificate = certificate_of(MODEL, "--tcm", "65536", "--execution", "streaming")
        self.assertRegex(check(certificate), "^no order moves fewer")

    def test_proofs_of_random_problems_are_accepted(self):
        avoidable = 0
        for seed in range(300):
            problem = random_problem(
                6000 + seed, ops=4 + seed % 10, read_chance=0.2, chain_chance=0.75
            )
            certificate = certificate_of_problem(with_fast_memory(problem, seed % 2))
            self.assertRegex(check(certificate), "^no order moves fewer", seed)
            kinds = [certificate["traffic"]["plan"][k] for k in ("weights", "activations")]
            avoidable += sum(kind["avoidable"] for kind in kinds) > 0
        self.assertGreater(avoidable, 50)

    def test_proofs_of_networks_are_accepted_and_no_tampered_one_is(self):
        certificates = [
            certificate_of_network(name, "--tcm", str(fast_bytes)) for name, fast_bytes in NETWORKS
        ]
        for certificate, network in zip(certificates, NETWORKS, strict=True):
            self.assertRegex(check(certificate), "^no order moves fewer", network)
            self.assertTrue(certificate["traffic"]["parts"], network)
        self.assert_tampering_shows(check, certificates[:2], TAMPERINGS, TAMPERED)


if __name__ == "__main__":
    main()
