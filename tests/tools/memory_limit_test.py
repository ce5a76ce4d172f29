# SPDX-License-Identifier: Apache-2.0
"""`--memory-limit`, which all commands that plan keep alike."""

from program_case import TFLITE, ProgramCase, main

QUICK = ("--min-secs", 0, "--warmup-runs", 0)
LIMIT = 20000  # less than the fastest kernels need, more than others do


class LimitsAreKept(ProgramCase):
    def limited_plan(self, *flags):
        path = self.folder / "limited.plan"
        self.run_program("compile", TFLITE, "--memory-limit", LIMIT, "-o", path, *flags)
        return path

    def arena_bytes(self, command, model, *flags):
        return self.report(command, command, model, *flags)["arena_bytes"]

    def test_plan_compile_and_bench_agree(self):
        limit = ("--memory-limit", LIMIT)
        planned = self.arena_bytes("plan", TFLITE, *limit)
        self.assertLessEqual(planned, LIMIT)
        self.assertGreater(self.arena_bytes("plan", TFLITE), LIMIT)
        self.assertEqual(self.arena_bytes("bench", TFLITE, *limit, *QUICK), planned)
        self.assertEqual(self.arena_bytes("bench", self.limited_plan(), *QUICK), planned)
        tuned = self.arena_bytes("bench", TFLITE, *limit, *QUICK, "--tune-budget-ms", 200)
        self.assertLessEqual(tuned, LIMIT)

    def test_a_model_within_a_limit_runs_as_its_saved_plan_does(self):
        output = self.run_model(TFLITE, "--memory-limit", LIMIT, image=3)
        self.assertEqual(self.run_model(self.limited_plan(), image=3), output)

    def test_check_holds_the_kernels_that_a_limit_left_to_the_reference(self):
        kernels = [
            [step["kernel"] for step in self.report("check", "check", TFLITE, *flags)["steps"]]
            for flags in ((), ("--memory-limit", LIMIT))
        ]
        self.assertNotEqual(*kernels)

    def test_a_limit_that_nothing_keeps_is_refused_alike_by_all(self):
        for command, *flags in (
            ("plan",),
            ("compile", "-o", self.folder / "a.plan"),
            ("bench",),
            ("bench", "--tune-budget-ms", 200),
            ("run", "--output-dir", self.folder / "out"),
            ("check",),
        ):
            says = (TFLITE, "memory_limit", "within 64 bytes")
            arguments = (command, TFLITE, "--memory-limit", 64, *flags)
            error = self.assert_refuses(*arguments, status=3, says=says)
            self.assertEqual(error["code"], "infeasible", command)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_tuning_in_runs_is_off_where_a_limit_left_slower_kernels_and_says_so(self):
        flags = ("--tune-in-situ", *QUICK, "--cache", self.folder / "tune.json")
        for limit, is_off in ((LIMIT, True), (1 << 20, False)):
            done = self.run_program("bench", TFLITE, "--memory-limit", limit, *flags)
            self.assertEqual("by the memory limit: nothing is tuned" in done.stderr, is_off)

    def test_a_saved_plan_is_held_to_a_limit(self):
        plan = self.limited_plan()
        self.run_program("bench", plan, "--memory-limit", LIMIT, *QUICK)
        says = (plan, "--memory-limit: expected a plan within 64 bytes, got one of ")
        error = self.assert_refuses("bench", plan, "--memory-limit", 64, *QUICK, says=says)
        self.assertEqual(error["code"], "invalid_argument")

    def test_a_limit_is_a_whole_number_and_goes_with_no_banks(self):
        for value in ("0", "-1", "1.5", "x"):
            flag = f"--memory-limit={value}"
            self.assert_refuses(
                "bench", TFLITE, flag, status=2, says=("--memory-limit", f"'{value}'")
            )
        flags = ("--memory-limit", LIMIT, "--tcm", 4096)
        self.assert_refuses("bench", TFLITE, *flags, says=("banks: expected no memory limit",))


if __name__ == "__main__":
    main()
