# SPDX-License-Identifier: Apache-2.0
"""Scripts that measure tunings and cold starts: their arithmetic, and a small model in each."""

import contextlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import unittest
from types import SimpleNamespace
from unittest import mock

import program_case
from program_case import ROOT, TFLITE, ProgramCase, main

sys.path.insert(0, str(ROOT / "bench"))

import cold_start  # noqa: E402
import live_methods  # noqa: E402
import live_tuning  # noqa: E402
import report  # noqa: E402
import timed_plans  # noqa: E402

Search = live_methods.Search


def timing(ratio, ms=1.0, lower=None, upper=None, same_as=None):
    """What plan_turns reports of a plan."""
    quartiles = [ratio if lower is None else lower, ratio if upper is None else upper]
    return {"ratio": ratio, "quartiles": quartiles, "ms": ms, "same_as": same_as}


class Turns(unittest.TestCase):
    def test_are_those_of_the_program_beside_ours_with_the_first_plan_as_reference(self):
        asked = []

        def turns(program, *arguments):
            asked.extend(map(str, [program, *arguments]))
            return {"plans": ["timing of x", "timing of y"], "control": "noise"}

        with mock.patch.object(timed_plans, "run_json", turns):
            timings, control = timed_plans.time_in_turns(
                pathlib.Path("bin/tilewright"), {"a": "x.plan", "b": "y.plan"}, 3, 8
            )
        command = "bin/plan_turns x.plan y.plan --rounds 3 --min-ms 8"
        self.assertEqual(" ".join(asked), command)
        self.assertEqual(timings, {"a": "timing of x", "b": "timing of y"})
        self.assertEqual(control, "noise")

    def test_have_half_the_distance_of_their_quartiles_beside_them(self):
        text = timed_plans.with_spread(timing(1.0404, lower=1.02, upper=1.05))
        self.assertEqual(text, "1.040 ± 0.015")


class Tables(unittest.TestCase):
    def test_of_gain_name_the_mean_the_minimum_and_equal_plans(self):
        tuned = timing(1, 2.2)
        control = timing(1.001, lower=0.99, upper=1.01)
        results = {
            "fast": ({"tuned": tuned, "default": timing(2.0, 4.4, 1.9, 2.2)}, control),
            "slow": ({"tuned": tuned, "default": timing(0.5, 1.1)}, control),
            "same": ({"tuned": tuned, "default": timing(1, 2.2, same_as="tuned.plan")}, control),
        }
        text = "\n".join(live_tuning.gain_table(results))
        self.assertIn("| fast | 4.400 | 2.200 | 2.000 ± 0.150 | 1.001 ± 0.010 |", text)
        self.assertIn("| same | 2.200 | 2.200 | 1 (the same plan) | 1.001 ± 0.010 |", text)
        self.assertIn("Geometric mean 1.000, minimum 0.500 (slow).", text)

    def test_of_repeated_tunings_compare_the_slowest_with_the_fastest(self):
        timings = {1: timing(1, 2.0), 2: timing(1.25), 3: timing(0.8)}
        text = "\n".join(live_tuning.repeat_table({"net": (timings, timing(1.001))}))
        others = "1.250 ± 0.000, 0.800 ± 0.000"
        self.assertIn(f"| net | 2.000 | {others} | 1.562 | 1.001 ± 0.000 |", text)

    def test_of_methods_are_means_over_seeds_and_networks(self):
        def ratios(first, second):
            return {
                Search(): 3.0,
                Search("gp", 250, 1): first,
                Search("gp", 250, 2): second,
                Search("gp", 500, 1): 1.0,
                Search("gp", 500, 2): 1.25,
            }

        results = {
            "one": (ratios(2.0, 8.0), 5.04, timing(1.01)),
            "two": (ratios(1.0, 1.0), 0.5, timing(0.99)),
        }
        arguments = SimpleNamespace(methods=["gp"], budgets=[250, 500])
        text = "\n".join(live_methods.lines_of(results, arguments))
        self.assertIn("| untuned | 3.000 (3.000 one) | |", text)
        self.assertIn("| gp | 2.000 (4.000 one) | 1.118 (1.118 one) |", text)
        self.assertIn("at 500 ms:\n\n- gp: one 1.250, two 1.250", text)
        self.assertIn("so often, at least: one 5.0, two 0.5.", text)
        self.assertIn("Its plan over itself: one 1.010 ± 0.000, two 0.990 ± 0.000.", text)

    def test_of_cold_starts_count_the_making_of_the_session_with_its_pages_and_without(self):
        plan = {"load_ms": 1.0, "create_ms": 2.0, "first_run_ms": 3.5, "steady_ms": 4.0}
        model = {**plan, "load_ms": 50.0, "compile_ms": 60.0, "first_run_ms": 3.0}
        plan.update(page_in_ms=0.5, arena_pages_ms=1.6)
        self.assertEqual(
            cold_start.row("net", plan, model, 0),
            "| net | 1.000 | 2.000 | 3.500 | 0.500 | 1.600 | 4.000 | 1.25 | 0.85 "
            "| 50.000 | 60.000 | 2.000 | 3.000 | 4.000 | 1.25 | 0 |",
        )

    def test_of_cold_starts_say_where_the_time_goes(self):
        plan = {"create_ms": 0.25, "first_run_ms": 0.75, "steady_ms": 0.5, "page_in_ms": 0.02}
        plan.update(arena_pages_ms=0.2, ready_run_ms=0.7, cold_run_ms=0.65)
        plan.update(create_page_faults=3.0, first_run_page_faults=9.0)
        self.assertEqual(
            cold_start.profile_row("net", plan),
            "| net | 500 | 250 | 200 | 50 | 3 | 250 | 20 | 30 | 200 | 9 | 150 | 1.50 |",
        )

    def test_of_cold_starts_say_who_tuned_again(self):
        def times(tune_ms):
            return {"most_tune_ms": tune_ms}

        self.assertIn(
            "0 in all processes. Measurements of a second tuning: none.",
            cold_start.summary({"net": (times(0.0), times(0.0), 0)}),
        )
        text = cold_start.summary({"net": (times(0.0), times(7.5), 3)})
        self.assertIn("expected 0, got more: net (7.5 ms)", text)
        self.assertIn("expected none, got some: net", text)


class Looks(ProgramCase):
    def test_are_those_of_the_layer_with_the_fewest_for_each_candidate(self):
        layers = [
            {"name": "a", "samples": {"k": {"0": [1], "1": [1]}, "l": {"0": [1]}}},
            {"name": "b", "samples": {"k": {"0": [1], "1": [1]}}},
        ]

        def record(_program, _command, _model, _output, table, *_flags):
            table.write_text(json.dumps({"layers": layers}))

        tuned = {
            "layers": [{"name": n, "evaluations": e} for n, e in (("a", 6), ("b", 5), ("c", 0))]
        }
        with mock.patch.object(timed_plans, "run_json", record):
            looks = timed_plans.least_looks("program", "model", self.folder, 1, tuned)
        self.assertEqual(looks, 2.0)


class Pages(ProgramCase):
    def test_have_a_place_for_each_live_table(self):
        page = live_tuning.PAGE.read_text()
        for name in ("gain", "methods", "repeat"):
            self.assertEqual(page.count(f"<!-- live {name} -->"), 1, name)
            self.assertEqual(page.count(f"<!-- end of live {name} -->"), 1, name)

    def test_are_written_between_their_markers_alone(self):
        page = self.folder / "page.md"
        page.write_text("a <!-- x -->old<!-- end of x --> b")
        report.replace_section(page, "x", "new")
        self.assertEqual(page.read_text(), "a <!-- x -->\nnew\n<!-- end of x --> b")
        with self.assertRaisesRegex(SystemExit, "expected the markers <!-- y -->"):
            report.replace_section(page, "y", "new")


class Scripts(ProgramCase):
    def live(self, *arguments):
        return self.script("live_tuning.py", *arguments)

    def script(self, name, *arguments):
        command = [sys.executable, ROOT / "bench" / name, *arguments]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)

    def flags(self):
        program = program_case._arguments.program
        return TFLITE, "--program", program, "--rounds", 1, "--min-ms", 1

    def test_print_what_tuning_gains(self):
        done = self.live("gain", *self.flags(), "--budget-ms", 200)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\| digits \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ .* ± 0.000 \|")

    def test_print_what_methods_find(self):
        small = ("--methods", "gp", "--budgets", 200, "--seeds", 1, "--exhaustive-ms", 200)
        done = self.live("methods", *self.flags(), *small)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\| gp \| [0-9.]+ \([0-9.]+ digits\) \|")
        self.assertRegex(done.stdout, r"at least: digits [0-9.]+\.")
        self.assertIn("digits: 3 plans", done.stderr)

    def test_print_how_far_tunings_lie_apart(self):
        done = self.live("repeat", *self.flags(), "--budget-ms", 200, "--seeds", 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\| digits \| [0-9.]+ \| [0-9.]+ ± [0-9.]+ \| [0-9.]+ \|")

    def test_print_cold_starts(self):
        program = ROOT / program_case._arguments.program
        with contextlib.redirect_stderr(io.StringIO()):
            text = cold_start.table([TFLITE], program, 200, 1, 0.01)
        self.assertRegex(text, r"\| digits( \| -?[0-9.]+){14} \| [0-9]+ \|")
        self.assertIn("Time spent tuning: 0 in all processes.", text)
        self.assertRegex(text, r"microseconds\.\n\n(.*\n){2}\| digits( \| -?[0-9.]+){12} \|")

    def test_print_profiles(self):
        program = program_case._arguments.program
        flags = ("--bursts", 2, "--min-secs", 0.01, "--tune-budget-ms", 200)
        done = self.script("profile_networks.py", TFLITE, "--program", program, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\| digits \| [0-9.]+ \| [0-9]+ % at [0-9.]+ \|")
        self.assertIn("| mean | |", done.stdout)

    def test_print_profiles_of_gains(self):
        program = program_case._arguments.program
        flags = ("--bursts", 2, "--min-secs", 0.01, "--tune-budget-ms", 200)
        done = self.script("gain_profile.py", TFLITE, "--program", program, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\| digits \| [0-9.]+ \| [0-9]+ of [0-9]+, [0-9]+ % \|")
        self.assertIn("most to gain", done.stdout)

    def test_say_what_is_absent(self):
        absent = self.folder / "absent"
        done = self.live("gain", TFLITE, "--program", absent)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"{absent}: expected the program", done.stderr)
        alone = self.folder / "tilewright"
        shutil.copy(program_case._arguments.program, alone)
        done = self.live("gain", TFLITE, "--program", alone)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("plan_turns: expected the program", done.stderr)
        done = self.live("gain", absent, *self.flags()[1:])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"{absent}: expected models", done.stderr)


if __name__ == "__main__":
    main()
