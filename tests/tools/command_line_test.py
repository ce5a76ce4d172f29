# SPDX-License-Identifier: Apache-2.0
"""What the program refuses, with which status, and how it says so."""

import json
import os

import numpy as np
from program_case import COMMANDS, ONNX, PROBLEMS, TFLITE, ProgramCase, main

CHOOSING = (("--fusion", "auto"), ("--cache", "tune.json"), ("--exact-arithmetic",))


class WrongCommandLinesAreRefused(ProgramCase):
    def assert_usage(self, *arguments, says=()):
        error = self.assert_refuses(*arguments, status=2, says=says)
        self.assertEqual(error["code"], "invalid_argument")

    def test_a_command_is_needed(self):
        done = self.run_program(status=2)
        self.assertRegex(done.stderr, r"\Atilewright: expected [^\n]+\n\Z")
        self.assert_usage("absent", says=("'absent'",))

    def test_a_model_is_needed(self):
        for command in COMMANDS:
            self.assert_usage(command, says=("--help",))

    def test_an_unknown_flag_is_named(self):
        for command in COMMANDS:
            self.assert_usage(command, TFLITE, "--absent", says=("--absent",))

    def test_threads_are_counted_from_1_to_64(self):
        for value in ("0", "-1", "1000", "abc", "1.5", "0x2", "99999999999999999999"):
            says = ("--threads", "a whole number from 1 to 64", f"'{value}'")
            self.assert_usage("inspect", TFLITE, f"--threads={value}", says=says)

    def test_bad_numbers_are_refused(self):
        cases = (
            ("bench", "--min-secs", ("-1", "nan", "inf", "1e9", "x")),
            ("bench", "--warmup-runs", ("-1", "1.5", "x")),
            ("bench", "--tune-budget-ms", ("-1", "1", "199", "x")),
            ("tune", "--budget-ms", ("-1", "0", "199", "x")),
            ("record", "--rounds", ("-1", "0", "x", "1001")),
            ("tune", "--seed", ("-1", "x", "18446744073709551616")),
            ("check", "--seed", ("-1", "x")),
        )
        for command, flag, values in cases:
            for value in values:
                self.assert_usage(command, TFLITE, f"{flag}={value}", says=(flag, f"'{value}'"))

    def test_names_of_a_list_are_checked(self):
        self.assert_usage("plan", TFLITE, "--isa", "sse9", says=("--isa", "avx2", "'sse9'"))
        self.assert_usage("tune", TFLITE, "--method", "luck", says=("halving", "'luck'"))

    def test_shapes_have_a_form(self):
        for shape in ("image", "=1x2", "image=", "image=1x", "image=1xq", "image=0x2", "image=-1"):
            says = ("--shape", "NAME=1x3x48x320", f"'{shape}'")
            self.assert_usage("inspect", TFLITE, "--shape", shape, says=says)

    def test_an_input_has_a_form(self):
        for text in ("image", "=a.npy", "image="):
            says = ("--input", "NAME=FILE.npy", f"'{text}'")
            self.assert_usage("run", TFLITE, "--output-dir", "x", "--input", text, says=says)

    def test_outputs_are_needed(self):
        self.assert_usage("compile", TFLITE, says=("--output",))
        self.assert_usage("convert", TFLITE, says=("--output",))
        self.assert_usage("run", TFLITE, says=("--output-dir",))

    def test_a_repeated_flag_takes_one_value_each_time(self):
        self.run_program("inspect", "--shape", "image=1x1x8x8", ONNX)


class BadInputsAreRefused(ProgramCase):
    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def commands_on(self, path):
        """Every command with a model at `path`."""
        for command in COMMANDS:
            flags = {
                "compile": ("-o", "x"),
                "convert": ("-o", "x"),
                "record": ("-o", "x"),
                "run": ("--output-dir", "x"),
            }
            yield command, path, *flags.get(command, ())

    def test_a_file_that_is_not_there_is_named(self):
        for arguments in self.commands_on(self.folder / "absent"):
            error = self.assert_refuses(*arguments, says=(self.folder / "absent",))
            self.assertEqual(error["code"], "not_found")

    def test_a_folder_is_refused(self):
        for arguments in self.commands_on(self.folder):
            error = self.assert_refuses(*arguments, says=(self.folder, "a regular file"))
            self.assertEqual(error["code"], "io_error")

    def test_a_fifo_is_refused_at_once(self):
        path = self.folder / "fifo"
        os.mkfifo(path)
        for arguments in self.commands_on(path):
            error = self.assert_refuses(*arguments, says=(path, "a regular file"))
            self.assertEqual(error["code"], "io_error")
        flags = ("--output-dir", self.folder / "out", "--input", f"0={path}")
        self.assert_refuses("run", TFLITE, *flags, says=(path, "a regular file"))

    def test_files_that_are_no_model_are_named(self):
        contents = (b"", b"\0", b"text", b" ", TFLITE.read_bytes()[:500], ONNX.read_bytes()[:500])
        for i, content in enumerate(contents):
            path = self.file(f"bad_{i}", content)
            for arguments in self.commands_on(path):
                error = self.assert_refuses(*arguments, says=(path, "expected"))
                self.assertEqual(error["code"], "invalid_model")

    def test_a_plan_is_no_model(self):
        plan = self.folder / "a.plan"
        self.run_program("compile", TFLITE, "-o", plan)
        for arguments in self.commands_on(plan):
            if arguments[0] not in ("run", "bench"):
                self.assert_refuses(*arguments, says=(plan, "expected a model", "got a plan"))
        flags = ("--tune-budget-ms", 200)
        self.assert_refuses("bench", plan, *flags, says=("expected a model", "got a plan"))

    def test_a_plan_takes_no_flags_that_choose_what_it_has_chosen(self):
        plan = self.folder / "a.plan"
        self.run_program("compile", TFLITE, "-o", plan)
        run = ("--output-dir", self.folder / "out", "--input", f"0={self.image(4)}")
        for flag in CHOOSING:
            says = (plan, f"{flag[0]}: expected a model, got a plan, whose kernels and groups")
            for arguments in (("bench", plan), ("run", plan, *run)):
                error = self.assert_refuses(*arguments, *flag, says=says)
                self.assertEqual(error["code"], "invalid_argument")
        self.assertFalse((self.folder / "out").exists())

    def test_a_problem_file_takes_no_flags_of_models(self):
        problem = PROBLEMS / "two_branches.json"
        others = (("--threads", 2), ("--isa", "portable"), ("--shape", "0=1x2"), ("--pareto",))
        for flag in (*CHOOSING, *others):
            says = (f"{flag[0]}: expected a model, got a problem file",)
            self.assert_refuses("plan", problem, *flag, says=says)
        self.run_program("plan", problem, "--memory-limit", 1 << 20, "--baselines")

    def test_an_unknown_or_wrong_shape_is_refused(self):
        for shape in ("absent=1x2", "image=1x2"):
            self.assert_refuses(
                "inspect",
                ONNX,
                "--shape",
                shape,
                says=("'" + shape.split("=")[0] + "'", "expected"),
            )

    def test_shapes_of_saved_files_cannot_change(self):
        saved, plan = self.folder / "a.tw", self.folder / "a.plan"
        self.run_program("convert", ONNX, "-o", saved)
        self.run_program("compile", saved, "-o", plan, "--shape", "image=1x1x8x8")
        flags = ("--output-dir", self.folder / "out", "--input", f"0={self.image(0, ONNX)}")
        for model in (saved, plan):
            self.run_program("run", model, *flags, "--shape", "0=1x1x8x8")
            says = ("--shape", "'image'", "expected 1x1x8x8", "got 2x1x8x8")
            self.assert_refuses("run", model, *flags, "--shape", "image=2x1x8x8", says=says)

    def test_a_model_that_does_not_run_is_refused_by_who_runs_it(self):
        path = self.file("unknown.onnx", ONNX.read_bytes().replace(b"Softmax", b"Softmux"))
        error = self.assert_refuses("plan", path, says=(path, "Softmux"))
        self.assertEqual(error["code"], "unsupported")

    def test_names_cannot_write_to_the_terminal(self):
        path = self.file("escape.onnx", ONNX.read_bytes().replace(b"Softmax", b"Soft\n\x1b["))
        error = self.assert_refuses("plan", path, says=("Soft??[",))
        self.assertIn("Soft??[", error["message"])
        text = self.run_program("inspect", path).stdout
        self.assertNotIn("\x1b", text)


class ProblemsAreRefused(ProgramCase):
    def problem(self, **changes):
        problem = json.loads((PROBLEMS / "two_branches.json").read_text()) | changes
        path = self.folder / "problem.json"
        path.write_text(json.dumps(problem))
        return path

    def test_a_limit_below_the_least_peak_is_proven_infeasible(self):
        path = self.problem(memory_limit=639)
        error = self.assert_refuses("plan", path, status=3, says=("639", "640"))
        self.assertEqual(error["code"], "infeasible")
        self.run_program("plan", self.problem(memory_limit=640))

    def test_a_broken_problem_is_named(self):
        for changes in ({"version": 2}, {"extra": 1}, {"ops": 3}, {"alignment": 3}):
            path = self.problem(**changes)
            error = self.assert_refuses("plan", path, says=(path, *changes, "expected"))
            self.assertEqual(error["code"], "invalid_model")

    def test_a_problem_is_no_model(self):
        self.assert_refuses("inspect", self.problem(), says=("expected",))


class BadTensorFilesAreRefused(ProgramCase):
    def assert_input_refused(self, *inputs, says):
        flags = [flag for text in inputs for flag in ("--input", text)]
        out = self.folder / "out"
        self.assert_refuses("run", TFLITE, "--output-dir", out, *flags, says=says)
        self.assertFalse(out.exists(), "nothing is made before the inputs are right")

    def saved(self, array):
        path = self.folder / "input.npy"
        np.save(path, array)
        return path

    def test_dtype_and_shape_must_be_exact(self):
        image = np.load(self.image(0))
        wrong = (
            (image.astype(np.float64), "float64 1x8x8x1"),
            (image.astype(np.int32), "int32 1x8x8x1"),
            (image.reshape(1, 1, 8, 8), "float32 1x1x8x8"),
            (image.reshape(8, 8), "float32 8x8"),
            (image[:0], "float32 0x8x8x1"),
        )
        for array, got in wrong:
            says = ("'image'", "expected float32 1x8x8x1", f"got {got}")
            self.assert_input_refused(f"0={self.saved(array)}", says=says)

    def test_an_input_is_given_once(self):
        image = self.image(0)
        self.assert_input_refused(says=("'image'", "float32 1x8x8x1", "got none"))
        self.assert_input_refused(f"0={image}", f"image={image}", says=("'image'", "twice"))
        for name in ("absent", "1", "-1", "00000000000000000000001"):
            self.assert_input_refused(f"{name}={image}", says=("'image'", f"'{name}'"))

    def test_a_file_must_be_a_tensor(self):
        image = self.image(0).read_bytes()
        path = self.folder / "input.npy"
        for content, expected in (
            (b"", "a .npy file"),
            (image[:-1], "256 bytes of data, got 255"),
            (image + b"\0", "256 bytes of data, got 257"),
            (image.replace(b"'<f4'", b"'>f4'"), "little-endian"),
            (image.replace(b"False", b"True "), "C order"),
            (image.replace(b"(1, 8, 8, 1)", b"(1, 8, 8, x)"), "a shape"),
            (image.replace(b"(1, 8, 8, 1)", b"(1,-8,-8, 1)"), "a shape"),
        ):
            path.write_bytes(content)
            self.assert_input_refused(f"0={path}", says=(path, expected))
        path.unlink()
        self.assert_input_refused(f"0={path}", says=(path,))


if __name__ == "__main__":
    main()
