# SPDX-License-Identifier: Apache-2.0
"""Covering sets against all subsets, and priors from tables on made-up machines."""

import contextlib
import io
import itertools
import json
import pathlib
import random
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/tuner"))

import covering_set  # noqa: E402
import transfer_prior  # noqa: E402


def fewest(rows):
    """The size of the smallest set that meets all rows, by trying all sets."""
    variants = sorted(set().union(*rows))
    for size in range(len(variants) + 1):
        for chosen in itertools.combinations(variants, size):
            if all(row & set(chosen) for row in rows):
                return size
    raise AssertionError("rows have variants")


def table(cpu, layers):
    return {
        "format": "tilewright-table",
        "version": 1,
        "cpu": cpu,
        "isa": "avx2",
        "layers": [
            {
                "name": f"layer{i}",
                "count": 1,
                "signature": f"conv2d | float32 1x{8 + i}x8x16 | float32 8x1x1x16 const "
                f"| float32 8 const -> float32 1x{8 + i}x8x8",
                "unit_ns": 10,
                "samples": samples,
            }
            for i, samples in enumerate(layers)
        ],
    }


class CoveringSets(unittest.TestCase):
    def test_are_as_small_as_the_smallest_of_all_sets(self):
        rng = random.Random(1)
        for _ in range(300):
            names = [f"v{i}" for i in range(rng.randint(1, 9))]
            rows = [
                frozenset(rng.sample(names, rng.randint(1, min(4, len(names)))))
                for _ in range(rng.randint(1, 12))
            ]
            chosen, proven = covering_set.smallest_hitting_set(rows)
            self.assertTrue(proven)
            self.assertTrue(all(row & chosen for row in rows))
            self.assertEqual(len(chosen), fewest(rows))

    def test_name_the_variant_that_is_nearly_the_best_of_both_layers(self):
        samples = [
            {"dot_a_avx2": {"0": [100]}, "dot_b_avx2": {"0": [150], "1": [101]}},
            {"dot_c_avx2": {"0": [100]}, "dot_b_avx2": {"0": [102]}},
        ]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "net_cpu.json")
            path.write_text(json.dumps(table("cpu", samples)))
            layers = covering_set.read_layers(path)
        rows = [covering_set.good_variants(layer, 0.02) for layer in layers]
        self.assertEqual(covering_set.smallest_hitting_set(rows)[0], {"dot_b_avx2"})
        rows = [covering_set.good_variants(layer, 0.001) for layer in layers]
        self.assertEqual(len(covering_set.smallest_hitting_set(rows)[0]), 2)

    def test_keep_as_many_of_a_family_as_asked(self):
        layer = covering_set.Layer(
            "net", "cpu", "x", 1, {f"dot_{i}_avx2": i + 1.0 for i in range(5)}
        )
        kept = covering_set.topped_up({"dot_3_avx2"}, [layer], {"dot": 3})
        self.assertEqual(kept, {"dot_3_avx2", "dot_0_avx2", "dot_1_avx2"})

    def test_know_the_names_of_shipped_variants(self):
        self.assertIn("dot_f32_6x16x8_avx2", covering_set.shipped_variants())
        self.assertIn("depthwise_f32_any_1x4_neon", covering_set.shipped_variants())

    def test_keep_what_ships_for_a_reason_and_tell_the_rest(self):
        shipped = covering_set.shipped_variants()
        kept = covering_set.kept_variants(shipped)
        for variants, why in kept:
            self.assertTrue(variants, f"no variant is kept '{why}'")
        needed = shipped - set().union(*(variants for variants, _ in kept))
        self.assertEqual(covering_set.needless_variants(needed), set())
        self.assertEqual(covering_set.needless_variants(needed - {min(needed)}), {min(needed)})

    def test_need_all_that_ships_for_no_other_reason(self):
        tables = sorted((ROOT / "bench/tables").glob("*.json"))
        layers = [layer for path in tables for layer in covering_set.read_layers(path)]
        rows = [covering_set.good_variants(layer, covering_set.LIMIT) for layer in layers]
        chosen, _ = covering_set.smallest_hitting_set(rows)
        needed = covering_set.topped_up(chosen, layers, covering_set.LEAST)
        self.assertEqual(covering_set.needless_variants(needed), set())


class Priors(unittest.TestCase):
    def rows(self, *tables):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, content in tables:
                paths.append(str(pathlib.Path(folder, name)))
                pathlib.Path(paths[-1]).write_text(json.dumps(content))
            out, argv = io.StringIO(), sys.argv
            sys.argv = ["transfer_prior.py", *paths]
            try:
                with contextlib.redirect_stdout(out):
                    transfer_prior.main()
            finally:
                sys.argv = argv
        return [line.split(" | ") for line in out.getvalue().splitlines()[2:]]

    def test_are_right_at_once_where_another_machine_is_the_same(self):
        samples = {f"dot_{i}_avx2": {"0.0": [100 + 20 * (i * 7 % 20)]} for i in range(20)}
        rows = self.rows(
            ("net_a.json", table("a", [samples])), ("net_b.json", table("b", [samples]))
        )
        self.assertEqual([row[3] for row in rows], ["1", "1"])

    def test_are_as_late_as_can_be_where_another_machine_is_the_opposite(self):
        up = {f"dot_{i:02}_avx2": {"0.0": [100 + 20 * i]} for i in range(20)}
        down = {f"dot_{i:02}_avx2": {"0.0": [480 - 20 * i]} for i in range(20)}
        rows = self.rows(("net_a.json", table("a", [up])), ("net_b.json", table("b", [down])))
        self.assertEqual([row[3] for row in rows], ["20", "20"])


if __name__ == "__main__":
    unittest.main()
