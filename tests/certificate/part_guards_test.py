# SPDX-License-Identifier: Apache-2.0
"""Each guard of proofs by parts refuses a lie that all the others would believe.

Graphs are small enough to see their least peak; every lie claims a bound above it, or what does not
follow. Needs no program: it imports the checker.
"""

import unittest

from certificate_case import chains, op, problem_of, storage
from check_certificate import RejectedError, check_parts, graph_of


def stuck_at(base):
    return [[f"{base:x}", "expand"]]


def states_of_chain(mask):
    """All states of two ops that run one after the other."""
    first = mask & -mask
    return [[f"{state:x}", "expand"] for state in (0, first, mask)]


def backward(count, bound):
    """The proof for `chains`: from the end, no chain goes down below `bound`."""
    parts = [[f"{3 << 2 * i:x}", stuck_at(0)] for i in range(count)]
    return [graph_of(chains(count)), bound, 0, [], [], "backward", parts]


class GuardsOfParts(unittest.TestCase):
    def assert_refused(self, proof, message):
        with self.assertRaises(RejectedError) as raised:
            check_parts(*proof)
        self.assertIn(message, str(raised.exception))

    def test_a_proof_of_parts_is_accepted_up_to_the_least_peak(self):
        for count in (2, 3, 4):
            check_parts(*backward(count, 10 + count))
            with self.assertRaises(RejectedError):
                check_parts(*backward(count, 11 + count))

    def test_parts_that_go_down_are_refused(self):
        proof = backward(3, 14)
        for part in proof[6]:
            part[1] = states_of_chain(int(part[0], 16))
        self.assert_refused(proof, "states: an order leads through")

    def test_every_op_is_in_a_part(self):
        proof = backward(3, 13)
        del proof[6][2]
        self.assert_refused(proof, "parts: an op in none")

    def test_no_op_is_in_two_parts(self):
        proof = backward(3, 13)
        proof[6].append(proof[6][2])
        self.assert_refused(proof, "parts: an op in two")

    def test_parts_are_stuck_where_more_memory_is(self):
        parts = [[f"{mask:x}", states_of_chain(mask)] for mask in (3, 12)]
        # From the start no chain comes back to nothing, whatever the bound.
        proof = [graph_of(chains(2)), 1000, 0, [], [], "forward", parts]
        self.assert_refused(proof, "parts: memory may not fall")

    def test_parts_share_no_storage(self):
        storages = [storage(5, input=True), storage(10), storage(10)]
        storages += [storage(1, output=True), storage(1, output=True)]
        ops = [op([0], [1]), op([1], [3]), op([0], [2]), op([2], [4])]
        parts = [[f"{mask:x}", states_of_chain(mask)] for mask in (3, 12)]
        # One after the other they need 16: the second lets the input go.
        proof = [graph_of(problem_of(storages, ops)), 17, 0, [], [], "forward", parts]
        self.assert_refused(proof, "parts: they share a storage")

    def test_no_part_waits_for_another(self):
        storages = [storage(5, input=True), storage(5, input=True)]
        storages += [storage(6, output=True), storage(1, output=True)]
        ops = [op([0], [2]), op([1], [3], after=[0])]
        # In order they need 16; the second, asked alone, is not ready.
        parts = [["1", [["0", "expand"], ["1", "expand"]]], ["2", stuck_at(0)]]
        proof = [graph_of(problem_of(storages, ops)), 17, 0, [], [], "forward", parts]
        self.assert_refused(proof, "parts: one waits for another")


if __name__ == "__main__":
    unittest.main()
