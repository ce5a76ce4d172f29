# SPDX-License-Identifier: Apache-2.0
"""Ops in strips, as the program runs, times, checks and reports them."""

from program_case import ONNX, TFLITE, ProgramCase, main

QUICK = ("--min-secs", 0, "--warmup-runs", 0)


class OpsRunInStrips(ProgramCase):
    def fused_plan(self, *flags):
        path = self.folder / "strips.plan"
        self.run_program("compile", TFLITE, "--fusion", "memory", "-o", path, *flags)
        return path

    def test_outputs_are_the_same_bytes_on_any_threads(self):
        expected = self.run_model(TFLITE, "--fusion", "off", image=4)
        for threads in (1, 2):
            flags = ("--threads", threads)
            self.assertEqual(
                self.run_model(TFLITE, "--fusion", "memory", *flags, image=4), expected
            )
            self.assertEqual(self.run_model(self.fused_plan(*flags), image=4), expected)

    def test_bench_times_a_group_as_one_step_with_the_work_of_all_its_ops(self):
        steps = self.report("bench", "bench", TFLITE, "--fusion", "off", *QUICK)["ops"]
        for model, flags in ((TFLITE, ("--fusion", "memory")), (self.fused_plan(), ())):
            report = self.report("bench", "bench", model, *flags, *QUICK)
            groups = [step for step in report["ops"] if step["type"] == "strips"]
            self.assertTrue(groups)
            self.assertLess(len(report["ops"]), len(steps))
            for group in groups:
                self.assertIn(" + ", group["name"])
            names = [name for step in report["ops"] for name in step["name"].split(" + ")]
            self.assertCountEqual(names, [step["name"] for step in steps])
            self.assertAlmostEqual(self.macs(report["ops"]), self.macs(steps), delta=1)

    def macs(self, steps):
        return sum(step["gflops"] * step["ms"] * 5e5 for step in steps)

    def test_plan_needs_less_memory(self):
        off, memory = (
            self.report("plan", "plan", TFLITE, "--fusion", fusion) for fusion in ("off", "memory")
        )
        self.assertLess(memory["arena_bytes"], off["arena_bytes"])
        self.assertEqual(self.report("plan", "plan", TFLITE)["arena_bytes"], off["arena_bytes"])

    def test_check_holds_groups_to_the_reference(self):
        report = self.report("check", "check", ONNX, "--fusion", "memory", "--random-weights")
        self.assertTrue(report["passed"])
        self.assertIn("strips", [step["type"] for step in report["steps"]])

    @staticmethod
    def taken(groups):
        return [group["name"] for group in groups if group["chosen"]]

    def test_tune_says_what_it_measured_and_what_it_chose(self):
        cache = self.folder / "tune.json"
        flags = ("--budget-ms", 800, "--cache", cache)
        measured = self.report("tune", "tune", TFLITE, *flags)["strips"]
        self.assertTrue(measured)
        for group in measured:
            self.assertEqual(group["source"], "tuned")
            self.assertGreater(group["removed_bytes"], 0)
        again = self.report("tune", "tune", TFLITE, *flags)["strips"]
        known = {group["name"] for group in again if group["source"] == "cache"}
        self.assertTrue(known)
        plan = self.report("plan", "plan", TFLITE, "--cache", cache)
        self.assertEqual(self.taken(plan["strips"]), self.taken(again))
        for group in plan["strips"]:
            self.assertEqual(group["source"], "cache")
            if group["chosen"]:
                self.assertTrue(group["offered"])
            if group["offered"]:
                self.assertGreater(group["gain"], -0.01)
        self.assertRegex(
            self.run_program("plan", TFLITE, "--cache", cache).stdout,
            r"of \d+ measured ones \d+ cost no time and were offered to the planner",
        )
        self.assertIn(
            "groups of ops run in strips", self.run_program("tune", TFLITE, *flags).stdout
        )

    def test_tune_says_what_is_chosen_for_memory_and_nothing_without_fusion(self):
        flags = ("--budget-ms", 200, "--fusion")
        for group in self.report("tune", "tune", TFLITE, *flags, "memory")["strips"]:
            self.assertTrue(group["chosen"])
            self.assertEqual((group["source"], group["gain"]), ("analytic", 0))
        self.assertEqual(self.report("tune", "tune", TFLITE, *flags, "off")["strips"], [])

    def test_strips_are_refused_where_nothing_is_fused(self):
        flags = ("--fusion", "memory")
        says = ("--fusion memory: expected one memory, got --tcm or --device",)
        output = ("-o", self.folder / "a.plan")
        for arguments in (("plan", TFLITE), ("compile", TFLITE, *output), ("bench", TFLITE)):
            self.assert_refuses(*arguments, "--tcm", 1 << 20, *flags, says=says)
        self.run_program("compile", TFLITE, *output, "--tcm", 1 << 20, "--fusion", "auto")
        says = ("--fusion memory: expected no tuning in runs, got --tune-in-situ",)
        self.assert_refuses("bench", TFLITE, "--tune-in-situ", *flags, says=says)

    def test_other_words_are_refused(self):
        self.assert_refuses("plan", TFLITE, "--fusion", "all", status=2, says=("--fusion", "'all'"))


if __name__ == "__main__":
    main()
