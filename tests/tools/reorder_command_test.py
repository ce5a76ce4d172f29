# SPDX-License-Identifier: Apache-2.0
"""`tilewright reorder`: the same model in the best order."""

import unittest

import numpy as np
from program_case import ONNX, ROOT, TFLITE, ProgramCase, main

MODELS = ROOT.parent / "shared" / "models"


class ReorderedModels(ProgramCase):
    def reorder(self, model, *flags, name="out"):
        path = self.folder / f"{name}{model.suffix}"
        return path, self.report("reorder", "reorder", model, "-o", path, *flags)

    def test_an_order_that_is_best_is_kept_and_said_to_be(self):
        for model in (TFLITE, ONNX):
            path, report = self.reorder(model)
            self.assertEqual(report["moved_ops"], 0)
            self.assertEqual(report["peak_after_bytes"], report["peak_lower_bound_bytes"])
            self.assertEqual(path.read_bytes(), model.read_bytes())
            done = self.run_program("reorder", model, "-o", path)
            self.assertIn("no order needs less", done.stdout)
            self.assertIn("model: the file's own op list", done.stdout)

    def test_an_offline_plan_leaves_the_network_as_it_was(self):
        path, report = self.reorder(TFLITE, "--offline-plan")
        self.assertLessEqual(
            report["offline_plan"]["lower_bound_bytes"], report["offline_plan"]["arena_bytes"]
        )
        self.assertIn(b"OfflineMemoryAllocation", path.read_bytes())
        self.assertTrue(path.read_bytes().endswith(TFLITE.read_bytes()))
        self.assertEqual(
            self.run_model(path, output="after"), self.run_model(TFLITE, output="before")
        )
        self.assert_refuses("reorder", path, "-o", "x", says=("offline plan",))

    def test_what_cannot_be_reordered_is_refused(self):
        self.assert_refuses("reorder", ONNX, "-o", "x", "--offline-plan", says=(".tflite",))
        bad = self.folder / "bad"
        bad.write_bytes(ONNX.read_bytes()[:500])
        self.assert_refuses("reorder", bad, "-o", "x", says=(bad, "expected"))
        self.assertFalse((self.folder / "x").exists())
        self.run_program("reorder", TFLITE, status=2)

    @unittest.skipUnless(MODELS.exists(), "the corpus of models is not beside the checkout")
    def test_a_randomly_wired_network_needs_less_and_computes_the_same(self):
        model = MODELS / "randwire_ws_fp32.onnx"
        path, report = self.reorder(model)
        self.assertLess(report["peak_after_bytes"], report["peak_before_bytes"])
        self.assertEqual(report["peak_after_bytes"], report["peak_lower_bound_bytes"])
        self.assertEqual(path.stat().st_size, model.stat().st_size)
        inputs = np.load(model.with_suffix(".npz"))
        name = next(key for key in inputs if key.startswith("in"))
        source = self.folder / "in.npy"
        # Images are kept as bytes.
        np.save(source, inputs[name].astype(np.float32) / 255)
        for file, folder in ((model, "before"), (path, "after")):
            self.run_program(
                "run", file, "--input", f"0={source}", "--output-dir", self.folder / folder
            )
        for before in (self.folder / "before").glob("*.npy"):
            after = self.folder / "after" / before.name
            self.assertEqual(before.read_bytes(), after.read_bytes())

    @unittest.skipUnless(MODELS.exists(), "the corpus of models is not beside the checkout")
    def test_networks_of_int8_need_no_kernels_to_be_reordered(self):
        for name in ("randwire_ws_int8", "nasnet_mobile_384_int8"):
            path, report = self.reorder(MODELS / f"{name}.tflite", "--offline-plan", name=name)
            self.assertGreater(report["moved_ops"], 0)
            self.assertLess(report["peak_after_bytes"], report["peak_before_bytes"])
            self.assertLessEqual(
                report["offline_plan"]["arena_bytes"],
                report["offline_plan"]["greedy_before_bytes"],
            )
            self.assertGreater(path.stat().st_size, 0)


if __name__ == "__main__":
    main()
