# SPDX-License-Identifier: Apache-2.0
"""`tilewright plan`: limits, baselines and explanations beside the plan."""

from itertools import pairwise

from program_case import PROBLEMS, TFLITE, ProgramCase, main

BRANCHES = PROBLEMS / "two_branches.json"
SPILL = PROBLEMS.parent / "traffic" / "problems" / "skip_spill.json"
DEVICES = ("imxrt1170", "esp32s3", "hexagon-v68", "hexagon-v73", "desktop-l2")


class PlansOfProblems(ProgramCase):
    def plan(self, *flags):
        return self.report("plan", "plan", BRANCHES, *flags)

    def test_the_gap_of_a_proven_plan_is_none(self):
        report = self.plan()
        self.assertEqual(report["gap"], 0)
        self.assertNotIn("baselines", report)
        self.assertNotIn("explain", report)

    def test_a_limit_of_memory_is_kept_or_refuted(self):
        self.assertEqual(self.plan("--memory-limit", 640)["arena_bytes"], 640)
        error = self.assert_refuses(
            "plan", BRANCHES, "--memory-limit", 639, status=3, says=("639", "640")
        )
        self.assertEqual(error["code"], "infeasible")

    def test_no_baseline_is_better_than_the_plan(self):
        report = self.plan("--baselines")
        peaks = {"given_order", "reverse_post_order", "greedy", "level_dp", "sequence_beam"}
        arenas = {"first_fit", "greedy_by_size", "best_fit", "hill_climb"}
        self.assertEqual(set(report["baselines"]), peaks | arenas)
        for name in peaks:
            self.assertGreaterEqual(report["baselines"][name]["peak_bytes"], 640)
        self.assertEqual(report["baselines"]["given_order"]["peak_bytes"], 1088)
        self.assertEqual(report["baselines"]["greedy_by_size"]["arena_bytes"], 1088)
        self.assertIn("sequence_beam", self.run_program("plan", TFLITE, "--baselines").stdout)

    def test_the_peak_is_explained(self):
        found = self.plan("--explain")["explain"]
        alive = sum(storage["bytes"] for storage in found["storages"])
        self.assertEqual(alive + found["scratch_bytes"] - found["credit_bytes"], 640)
        # Both expansions need x: it comes back or waits, beside 512 bytes and the other result.
        self.assertEqual(found["traffic_free_bytes"], 640)
        budgets = {b["budget_bytes"]: b["least_reload_bytes"] for b in found["budgets"]}
        self.assertEqual(budgets, {576: 64, 480: 160, 320: 320})
        self.assertIn("alive at the peak", self.run_program("plan", TFLITE, "--explain").stdout)

    def test_threads_do_not_change_the_plan(self):
        one, four = self.plan(), self.plan("--solver-threads", 4)
        for report in (one, four):
            del report["solve_ms"]
        self.assertEqual(one, four)
        self.plan("--time-limit-ms", 1000)


class PlansOfTraffic(ProgramCase):
    def traffic(self, file, *flags):
        return self.report("plan", "plan", file, *flags)["traffic"]

    def test_bytes_are_split_and_no_baseline_moves_fewer(self):
        found = self.traffic(SPILL, "--baselines")
        self.assertEqual(found["weights"], {"compulsory": 0, "avoidable": 0})
        self.assertEqual(found["activations"], {"compulsory": 192, "avoidable": 256})
        self.assertEqual((found["total_bytes"], found["lower_bound_bytes"]), (448, 448))
        self.assertEqual((found["status"], found["gap"]), ("optimal", 0))
        outer = [t for t in found["transfers"] if t["kind"] != "move"]
        self.assertEqual(sum(t["end_bytes"] - t["begin_bytes"] for t in outer), 448)
        names = {"belady_byte", "belady_tensor", "greedy_banks", "lifetime_pinning"}
        self.assertEqual(set(found["baselines"]), names)
        for name in names:
            self.assertGreaterEqual(found["baselines"][name]["traffic_bytes"], 448)
        whole = self.traffic(SPILL, "--residency", "whole")
        self.assertEqual(whole["activations"]["avoidable"], 512)

    def test_stalls_are_said_step_by_step(self):
        found = self.traffic(SPILL)
        self.assertGreater(found["stall_us"], 0)
        self.assertAlmostEqual(sum(step["us"] for step in found["stalls"]), found["stall_us"])
        self.assertAlmostEqual(found["total_us"] - found["compute_us"], found["stall_us"])
        self.assertLessEqual(found["total_us"], found["compute_us"] + found["transfer_us"])

    def test_every_profile_plans_with_its_bound_and_gap(self):
        for device in DEVICES:
            found = self.traffic(TFLITE, "--device", device)
            self.assertLessEqual(found["lower_bound_bytes"], found["total_bytes"])
            self.assertEqual("bank_plan" in found, len(found["banks"]) > 2, device)
            text = self.run_program("plan", TFLITE, "--device", device).stdout
            self.assertRegex(text, r"(optimal|bounded), gap [0-9.]+ %", device)
        self.assertRegex(
            self.run_program("plan", TFLITE, "--device", DEVICES[0]).stdout,
            r"with ocram between: transfers of [0-9.]+ us, at least [0-9.]+ us, gap [0-9.]+ %",
        )
        between = self.traffic(TFLITE, "--device", DEVICES[0])["bank_plan"]
        self.assertLessEqual(between["lower_bound_us"], between["transfer_us"])

    def test_how_to_plan_without_a_memory_is_refused(self):
        self.assert_refuses("plan", TFLITE, "--execution", "full", says=("--tcm or --device",))
        self.assert_refuses("plan", TFLITE, "--device", "imx", says=("imxrt1170", "'imx'"))


class PlansOfModels(ProgramCase):
    def test_time_over_memory_is_a_curve_of_exact_plans(self):
        report = self.report("plan", "plan", TFLITE, "--pareto")
        curve = report["pareto"]
        self.assertEqual(curve[0]["arena_bytes"], report["arena_bytes"])
        self.assertEqual(curve[0]["slower_kernels"], 0)
        self.assertGreater(curve[-1]["unmeasured_strip_ops"], 0)
        for larger, smaller in pairwise(curve):
            self.assertGreater(larger["arena_bytes"], smaller["arena_bytes"])
            if smaller["strip_ops"] == 0:
                self.assertLess(larger["kernels_ms"], smaller["kernels_ms"])
        for point in curve:
            self.assertEqual((point["ops"], point["measured_ops"]), (9, 0))
            self.assertLessEqual(point["least_kernels_ms"], point["kernels_ms"])
            limited = self.report("plan", "plan", TFLITE, "--memory-limit", point["arena_bytes"])
            self.assertEqual(limited["arena_bytes"], point["arena_bytes"])
            self.assertEqual(limited["memory_fit"]["kernels_ms"], point["kernels_ms"])
        least = curve[-1]["arena_bytes"]
        error = self.assert_refuses(
            "plan", TFLITE, "--memory-limit", least - 1, status=3, says=(str(least), TFLITE)
        )
        self.assertEqual(error["code"], "infeasible")
        self.assertIn(f"and {least} as the least found with ops in strips", error["message"])

    def test_a_limit_says_what_it_costs_and_what_times_are(self):
        cache = self.folder / "tune.json"
        self.assertNotIn("memory_fit", self.report("plan", "plan", TFLITE))
        limit = ("--memory-limit", 15500)  # in strips
        found = self.report("plan", "plan", TFLITE, *limit)["memory_fit"]
        self.assertGreater(found["kernels_ms"], found["free_kernels_ms"])
        self.assertGreater(found["slower_kernels"], 0)
        self.assertGreater(found["unmeasured_strip_ops"], 0)
        text = self.run_program("plan", TFLITE, *limit).stdout
        self.assertRegex(
            text, r"within the limit kernels take [\d.]+ ms \(analytic\), without one [\d.]+ ms"
        )
        self.assertIn("count as one after the other", text)
        self.run_program("tune", TFLITE, "--budget-ms", 300, "--cache", cache)
        flags = ("--memory-limit", 1 << 20, "--cache", cache)
        found = self.report("plan", "plan", TFLITE, *flags)["memory_fit"]
        self.assertEqual(found["kernels_ms"], found["free_kernels_ms"])
        self.assertGreater(found["measured_ops"], 0)
        self.assertEqual(found["measured_ops"], found["free_measured_ops"])
        text = self.run_program("plan", TFLITE, *flags, "--pareto").stdout
        self.assertRegex(text, r"kernels take [\d.]+ ms \(measured")
        self.assertRegex(text, r"time is\n.* measured")

    def test_a_curve_of_a_problem_file_is_refused(self):
        self.assert_refuses("plan", BRANCHES, "--pareto", says=("--pareto", "a model"))


if __name__ == "__main__":
    main()
