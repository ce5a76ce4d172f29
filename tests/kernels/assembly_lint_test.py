# SPDX-License-Identifier: Apache-2.0
"""The assembly lint sees what it should in made-up listings."""

import unittest

from assembly_lint import complaints, functions, hot_block, multiplications

_X86 = """
0000000000000000 <dot_start>:
   0:\tvmovups %zmm3,0x40(%rsp)
   4:\tvbroadcastss (%rax,%rbx,4),%zmm2
   8:\tvfmadd231ps %zmm0,%zmm2,%zmm31
   c:\tvfmadd231ps %zmm1,%zmm2,%zmm30
  10:\tmov    0x8(%rsp),%rcx
  14:\tjne    4 <dot_start+0x4>
  18:\tvfmadd231ps %zmm1,%zmm2,%zmm30
  1c:\tjne    0 <dot_start>
  20:\tret
"""

_ARM64 = """
0000000000000000 <dot_start>:
   0:\tldr\tq1, [x0]
   4:\tfmla\tv5.4s, v25.4s, v28.s[0]
   8:\tfmla\tv6.4s, v25.4s, v26.s[0]
   c:\tb.ne\t0 <dot_start>  // b.any
  10:\tret
"""


def complaints_about(listing, expected=2, may_load=False, prefetches=0):
    ((name, instructions),) = functions(listing).items()
    return list(complaints(name, instructions, expected, may_load, prefetches=prefetches))


class AssemblyLintTest(unittest.TestCase):
    def test_the_hot_block_is_the_innermost_loop(self):
        for listing in (_X86, _ARM64):
            (instructions,) = functions(listing).values()
            self.assertEqual(multiplications(hot_block(instructions)), 2)

    def test_clean_code_is_accepted(self):
        self.assertEqual(complaints_about(_X86), [])
        self.assertEqual(complaints_about(_ARM64), [])

    def test_a_missing_multiplication_is_found(self):
        self.assertIn("expected 3", complaints_about(_X86, expected=3)[0])

    def test_a_range_of_multiplications_is_accepted(self):
        self.assertEqual(complaints_about(_X86, expected=(1, 2)), [])
        self.assertIn("expected (3, 4)", complaints_about(_X86, expected=(3, 4))[0])

    def test_a_vector_made_of_elements_is_found(self):
        listing = _X86.replace(
            "vbroadcastss (%rax,%rbx,4),%zmm2", "vinsertps $0x10,%xmm1,%xmm2,%xmm2"
        )
        self.assertIn("made of elements", complaints_about(listing)[0])

    def test_prefetches_are_counted_and_their_kind_is_checked(self):
        kept = _X86.replace("mov    0x8(%rsp),%rcx", "prefetcht0 0x1000(%rbx)")
        self.assertEqual(complaints_about(kept, prefetches=1), [])
        self.assertIn("expected 0 prefetcht0", complaints_about(kept)[0])
        self.assertIn("expected 1 prefetcht0", complaints_about(_X86, prefetches=1)[0])
        once = kept.replace("prefetcht0", "prefetchnta")
        self.assertIn("got ['prefetchnta']", complaints_about(once, prefetches=1)[0])

    def test_a_function_without_a_loop_is_found(self):
        self.assertIn("got 0", complaints_about(_X86.replace("jne", "nop"))[0])

    def test_a_vector_store_to_the_stack_is_found(self):
        for spill in ("vmovups %zmm1,-0x40(%rsp)", "movaps %xmm1,0x40(%rsp)"):
            spilling = _X86.replace("mov    0x8(%rsp),%rcx", spill)
            self.assertIn(spill, complaints_about(spilling, may_load=True)[0])
        spilling = _ARM64.replace("ldr\tq1, [x0]", "str\tq1, [sp, #16]")
        self.assertIn("str q1", complaints_about(spilling, may_load=True)[0])

    def test_a_vector_load_from_the_stack_is_found_unless_allowed(self):
        for load in ("vmovups 0x40(%rsp),%zmm1", "vaddps 0x40(%rsp),%zmm1,%zmm2"):
            loading = _X86.replace("mov    0x8(%rsp),%rcx", load)
            self.assertIn(load, complaints_about(loading)[0])
            self.assertEqual(complaints_about(loading, may_load=True), [])
        loading = _ARM64.replace("[x0]", "[sp, #16]")
        self.assertIn("ldr q1", complaints_about(loading)[0])


if __name__ == "__main__":
    unittest.main()
