# SPDX-License-Identifier: Apache-2.0
"""`tilewright feasible`: verdicts on model files and on families of networks."""

import time
import xml.etree.ElementTree as ElementTree

from program_case import ONNX, PROBLEMS, TFLITE, ProgramCase, main

# Less than the digits network's largest layer reads and writes.
TOO_FEW_BYTES = 2000


class VerdictsOnModels(ProgramCase):
    def judge(self, *arguments, status=0):
        return self.report("feasible", "feasible", *arguments, status=status)

    def test_a_model_fits_from_its_least_memory_on(self):
        found = self.judge(TFLITE, ONNX, "--memory-limit", 1 << 20)["networks"]
        self.assertEqual([row["verdict"] for row in found], ["fits", "fits"])
        least = found[0]["arena_bytes"]
        self.assertEqual(found[0]["lower_bound_bytes"], least)
        self.assertEqual(found[0]["kernels"], "fastest")
        self.assertEqual(found[0]["measured_ops"], 0)
        exact = self.judge(TFLITE, "--memory-limit", least)
        self.assertEqual(exact["networks"][0]["verdict"], "fits")

    def test_a_refuted_model_is_status_3_and_says_what_would_do(self):
        report = self.judge(TFLITE, "--memory-limit", TOO_FEW_BYTES, status=3)
        (row,) = report["networks"]
        self.assertEqual(row["verdict"], "proven_not_to_fit")
        self.assertGreater(row["lower_bound_bytes"], TOO_FEW_BYTES)
        self.assertLessEqual(row["lower_bound_bytes"], row["arena_bytes"])
        done = self.run_program("feasible", TFLITE, "--memory-limit", TOO_FEW_BYTES, status=3)
        self.assertIn("proven not to fit", done.stdout)
        self.assertIn("model: inputs, outputs, activations", done.stdout)
        self.assertIn("analytic", done.stdout)

    def test_the_memory_is_a_bank_of_the_device(self):
        fast = self.judge(TFLITE, "--device", "imxrt1170")
        self.assertEqual((fast["memory"], fast["memory_bytes"]), ("dtcm", 512 << 10))
        slow = self.judge(TFLITE, "--device", "imxrt1170", "--bank", "sdram")
        self.assertEqual((slow["memory"], slow["memory_bytes"]), ("sdram", 64 << 20))
        self.assert_refuses(
            "feasible", TFLITE, "--device", "imxrt1170", "--bank", "l9", says=("dtcm", "'l9'")
        )

    def test_measured_kernels_give_the_time(self):
        cache = self.folder / "tune.json"
        self.run_program("tune", TFLITE, "--budget-ms", 300, "--cache", cache)
        (row,) = self.judge(TFLITE, "--memory-limit", 1 << 20, "--cache", cache)["networks"]
        self.assertGreater(row["measured_ops"], 0)

    def test_questions_without_a_memory_or_a_network_are_refused(self):
        self.assert_refuses("feasible", TFLITE, says=("--device", "--memory-limit"))
        self.assert_refuses("feasible", "--memory-limit", 9, says=("models or --family",))
        self.assert_refuses(
            "feasible", TFLITE, "--family", "unet", "--memory-limit", 9, says=("got both",)
        )
        self.assert_refuses("feasible", self.folder / "no", "--memory-limit", 9, says=("no",))
        for flags in (("--family", "lenet"), ("--width", "1"), ("--memory-limit", "0")):
            self.run_program("feasible", *flags, "--device", "esp32s3", status=2)
        self.assert_refuses(
            "feasible", PROBLEMS / "two_branches.json", "--memory-limit", 9, says=("expected",)
        )


class VerdictsOnFamilies(ProgramCase):
    def test_a_hundred_members_take_less_than_ten_seconds(self):
        for family in ("mobilenet_v1", "mobilenet_v2"):
            begin = time.process_time()
            report = self.report(
                "feasible", "feasible", "--family", family, "--device", "imxrt1170"
            )
            self.assertGreaterEqual(len(report["networks"]), 100)
            print(family, report["judge_ms"], "ms; waited", time.process_time() - begin)
            verdicts = {row["verdict"] for row in report["networks"]}
            self.assertEqual(verdicts, {"fits", "proven_not_to_fit"})

    def test_wider_and_larger_needs_no_less(self):
        flags = ("--family", "resnet", "--width", "0.25,0.5,1", "--resolution", "64,96")
        rows = self.report("feasible", "feasible", *flags, "--memory-limit", 1 << 20)["networks"]
        needs = {(row["resolution"], row["width"]): row["lower_bound_bytes"] for row in rows}
        for resolution in (64, 96):
            self.assertLessEqual(needs[resolution, 0.25], needs[resolution, 0.5])
            self.assertLessEqual(needs[resolution, 0.5], needs[resolution, 1])
        for width in (0.25, 0.5, 1):
            self.assertLess(needs[64, width], needs[96, width])

    def test_the_picture_has_a_cell_for_each_member(self):
        svg = self.folder / "grid.svg"
        flags = ("--family", "unet", "--width", "0.125,0.25", "--resolution", "32,64,96")
        done = self.run_program("feasible", *flags, "--memory-limit", 600000, "--svg", svg)
        self.assertRegex(done.stdout, r"side +x 0\.125 +x 0\.25\n")
        self.assertRegex(done.stdout, r"unet: \d of 6 fit, \d are proven not to, \d are open")
        root = ElementTree.parse(svg).getroot()
        cells = [node for node in root if node.tag.endswith("rect")]
        self.assertEqual(len(cells), 1 + 6)
        self.assertGreater(len({node.get("fill") for node in cells}), 2)

    def test_sizes_that_the_family_lacks_are_refused(self):
        self.assert_refuses(
            "feasible",
            *("--family", "unet", "--resolution", "40", "--memory-limit", "9"),
            says=("multiple of 16", "40"),
        )


if __name__ == "__main__":
    main()
