# SPDX-License-Identifier: Apache-2.0
"""Profiles of networks add up the fastest times of ops by their kinds."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import profile_networks  # noqa: E402


def op(kind, ms, gflops=0.0, peak=100.0, src=(1, 8, 8, 16), dst=(1, 8, 8, 16)):
    return {
        "type": kind,
        "src_shape": list(src),
        "dst_shape": list(dst),
        "ms": ms,
        "gflops": gflops,
        "peak_fraction": gflops / peak,
    }


class Kinds(unittest.TestCase):
    def test_follow_from_the_op_and_its_shapes(self):
        kinds = {
            "first": op("conv2d", 1, src=(1, 224, 224, 3)),
            "dense": op("matmul", 1, src=(12, 196, 64), dst=(12, 196, 196)),
            "one row": op("conv2d", 1, src=(1, 1, 1, 3), dst=(1, 1, 1, 10)),
            "depthwise": op("depthwise_conv2d", 1, src=(1, 8, 8, 3)),
            "strips": op("strips", 1),
            "copies": op("transpose", 1),
            "other": op("softmax", 1, src=(1, 10), dst=(1, 10)),
        }
        self.assertEqual(list(kinds), profile_networks.KINDS)
        for kind, example in kinds.items():
            self.assertEqual(profile_networks.kind_of(example), kind)


class Rows(unittest.TestCase):
    def bursts(self):
        """Two dense ops that make 0.08 and 0.02 GFLOP, and a copy."""
        slow = [op("conv2d", 2.0, 40.0, 80.0), op("conv2d", 0.5, 40.0, 80.0), op("pad", 1.5)]
        fast = [op("conv2d", 1.0, 80.0), op("conv2d", 1.0, 20.0), op("pad", 2.0)]
        return [{"ops": slow}, {"ops": fast}]

    def test_take_the_fastest_time_of_each_op_and_the_highest_peak(self):
        shares, peak = profile_networks.profile(self.bursts())
        self.assertEqual(shares["dense"].ms, 1.5)
        self.assertAlmostEqual(shares["dense"].gflop, 0.1)
        self.assertEqual(shares["copies"], (1.5, 0))
        self.assertAlmostEqual(peak, 100)

    def test_show_shares_and_fractions_of_the_peak(self):
        found = profile_networks.profile(self.bursts())
        self.assertEqual(
            profile_networks.row("net", *found),
            "| net | 3.000 | - | 50 % at 0.67 | - | - | - | 50 % | - | 0.33 |",
        )

    def test_show_the_mean_share_of_networks(self):
        alone = profile_networks.profile([{"ops": [op("conv2d", 7.0, 1.0)]}])
        row = profile_networks.mean_row([alone, profile_networks.profile(self.bursts())])
        self.assertEqual(row, "| mean | | 0 % | 75 % | 0 % | 0 % | 0 % | 25 % | 0 % | |")

    def test_of_networks_that_multiply_nothing_have_no_fraction(self):
        found = profile_networks.profile([{"ops": [op("pad", 2.0)]}])
        self.assertEqual(
            profile_networks.row("net", *found),
            "| net | 2.000 | - | - | - | - | - | 100 % | - | - |",
        )


if __name__ == "__main__":
    unittest.main()
