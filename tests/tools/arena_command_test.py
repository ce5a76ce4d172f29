# SPDX-License-Identifier: Apache-2.0
"""`tilewright arena`: tables of blocks, capacities and proofs."""

from program_case import ProgramCase, main

TABLE = "id,lower,upper,size\na,0,2,3\nb,1,3,3\nc,2,4,3\nd,0,4,2\n"


class ArenasOfTables(ProgramCase):
    def table(self, text=TABLE):
        path = self.folder / "blocks.csv"
        path.write_text(text)
        return path

    def test_the_smallest_arena_is_proven(self):
        report = self.report("arena", "arena", self.table())
        self.assertEqual(report["status"], "optimal")
        self.assertEqual(report["height_bytes"], 8)
        self.assertEqual(report["lower_bound_bytes"], 8)
        self.assertEqual(set(report["offsets"]), set("abcd"))
        self.assertIn("optimal", self.run_program("arena", self.table()).stdout)

    def test_blocks_do_not_overlap(self):
        offsets = self.report("arena", "arena", self.table(), "--solver-threads", 2)["offsets"]
        blocks = [line.split(",") for line in TABLE.splitlines()[1:]]
        for i, first in enumerate(blocks):
            for second in blocks[:i]:
                together = int(first[1]) < int(second[2]) and int(second[1]) < int(first[2])
                apart = (
                    offsets[first[0]] + int(first[3]) <= offsets[second[0]]
                    or offsets[second[0]] + int(second[3]) <= offsets[first[0]]
                )
                self.assertTrue(apart or not together, (first, second))

    def test_a_capacity_that_is_too_small_is_refuted(self):
        error = self.assert_refuses(
            "arena", self.table(), "--capacity", 7, status=3, says=("7 bytes", "minimum of 8")
        )
        self.assertEqual(error["code"], "infeasible")
        self.report("arena", "arena", self.table(), "--capacity", 8)

    def test_bad_tables_and_flags_are_refused(self):
        path = self.table("id,lower,upper\n")
        self.assert_refuses("arena", path, says=(path, "line 1"))
        self.assert_refuses("arena", self.folder / "absent", says=("absent",))
        self.run_program("arena", status=2)
        self.run_program("arena", path, "--solver-threads", 0, status=2)


if __name__ == "__main__":
    main()
