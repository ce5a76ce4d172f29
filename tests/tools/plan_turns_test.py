# SPDX-License-Identifier: Apache-2.0
"""Plans that bench/plan_turns.cpp times in turns, and what it refuses."""

import json
import shutil
import subprocess
from pathlib import Path

import program_case
from program_case import TFLITE, TIMEOUT_SECONDS, ProgramCase, main


class Turns(ProgramCase):
    def turns(self, *arguments, status=0):
        program = Path(program_case._arguments.program).resolve().with_name("plan_turns")
        command = [str(program), *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
        self.assertEqual(done.returncode, status, f"{command}: {done.stderr}")
        return done

    def compile(self, name, *flags):
        self.run_program("compile", TFLITE, "-o", name, *flags)
        return name

    def refuses(self, *arguments, status=1, says):
        done = self.turns(*arguments, status=status)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Aplan_turns: [^\n]+\n\Z")
        self.assertIn(says, done.stderr)

    def test_compare_plans_with_the_first(self):
        plans = [self.compile("a.plan"), self.compile("b.plan", "--isa", "baseline")]
        shutil.copy(self.folder / "a.plan", self.folder / "c.plan")
        shutil.copy(self.folder / "b.plan", self.folder / "d.plan")
        flags = ["--rounds", 3, "--min-ms", 1, "--json", "turns.json"]
        done = self.turns(*flags, *plans, "c.plan", "d.plan")
        report = json.loads((self.folder / "turns.json").read_text())
        first, second, third, fourth = report["plans"]
        self.assertEqual([plan["file"] for plan in report["plans"]], [*plans, "c.plan", "d.plan"])
        for same in (first, third):
            self.assertEqual((same["ratio"], same["quartiles"]), (1, [1, 1]))
        same_as = [plan["same_as"] for plan in report["plans"]]
        self.assertEqual(same_as, [None, None, "a.plan", "b.plan"])
        self.assertEqual(
            {**second, "file": "", "same_as": ""}, {**fourth, "file": "", "same_as": ""}
        )
        for timed in (second, report["control"]):
            lower, upper = timed["quartiles"]
            self.assertLessEqual(lower, timed["ratio"])
            self.assertLessEqual(timed["ratio"], upper)
            self.assertGreater(timed["ms"], 0)
            self.assertGreater(timed["reference_ms"], 0)
        self.assertIn("d.plan (same plan as b.plan)", done.stdout)
        self.assertIn("control", done.stdout)

    def test_run_on_as_many_threads_as_a_plan_was_made_for_or_fewer(self):
        plan = self.compile("two.plan", "--threads", 2)
        for flags in ([], ["--threads", 1]):
            self.turns(plan, "--rounds", 1, "--min-ms", 0, *flags)

    def test_need_plans_that_can_be_read(self):
        plan = self.compile("a.plan")
        self.refuses(plan, "absent", says="absent")
        self.refuses(plan, TFLITE, says=f"{TFLITE}: ")
        (self.folder / "half.plan").write_bytes((self.folder / plan).read_bytes()[:1000])
        self.refuses("half.plan", says="half.plan: ")
        self.refuses(plan, self.folder, says=str(self.folder))
        done = self.turns(plan, "--rounds", 1, "--json", "absent/turns.json", status=1)
        self.assertIn("absent/turns.json", done.stderr)

    def test_need_a_right_command_line(self):
        self.refuses(status=2, says="expected plans, got none")
        self.refuses(
            "--rounds", "0", "x", status=2, says="--rounds: expected a whole number from 1"
        )
        self.refuses("--min-ms", "8s", "x", status=2, says="--min-ms: expected a whole number")
        self.refuses("--threads", "-1", "x", status=2, says="--threads: expected a whole number")
        self.refuses("x", "--rounds", status=2, says="--rounds: expected a value, got none")
        self.refuses("x", "--seeds", "3", status=2, says="got '--seeds'")

    def test_explain_themselves(self):
        self.assertIn("plan_turns [--threads N]", self.turns("--help").stdout)


if __name__ == "__main__":
    main()
