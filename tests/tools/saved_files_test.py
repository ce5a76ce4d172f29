# SPDX-License-Identifier: Apache-2.0
"""Plans, saved models and tuning caches: reproducible, and refused if they are not whole."""

import json

from program_case import ONNX, TFLITE, ProgramCase, main

BUDGET = ("--budget-ms", 200)


class PlansAreReproducible(ProgramCase):
    def compiled(self, model, name, *flags):
        path = self.folder / name
        self.run_program("compile", model, "-o", path, *flags)
        return path.read_bytes()

    def test_the_same_model_gives_the_same_bytes(self):
        for model in (TFLITE, ONNX):
            self.assertEqual(self.compiled(model, "a.plan"), self.compiled(model, "b.plan"))
            self.run_program("convert", model, "-o", self.folder / "a.tw")
            first = (self.folder / "a.tw").read_bytes()
            self.run_program("convert", model, "-o", self.folder / "a.tw")
            self.assertEqual((self.folder / "a.tw").read_bytes(), first)
            saved = self.compiled(self.folder / "a.tw", "c.plan")
            self.assertEqual(saved, self.compiled(model, "a.plan"))

    def test_the_same_cache_gives_the_same_bytes(self):
        cache = self.folder / "tune.json"
        self.run_program("tune", TFLITE, *BUDGET, "--cache", cache)
        flags = ("--cache", cache)
        first = self.compiled(TFLITE, "a.plan", *flags)
        self.assertEqual(self.compiled(TFLITE, "b.plan", *flags), first)

    def test_a_memory_plan_is_the_same_each_time(self):
        reports = [self.report("plan", "plan", ONNX) for _ in range(2)]
        for report in reports:
            del report["solve_ms"]
        self.assertEqual(*reports)


class BrokenFilesAreRefused(ProgramCase):
    def assert_not_run(self, path, *says):
        flags = ("--input", f"0={self.image(0)}", "--output-dir", self.folder / "out")
        error = self.assert_refuses("run", path, *flags, says=(path, *says))
        self.assertIn(error["code"], ("invalid_model", "unsupported"))

    def flipped(self, content, position):
        path = self.folder / "flipped"
        path.write_bytes(
            content[:position] + bytes([content[position] ^ 0x10]) + content[position + 1 :]
        )
        return path

    def test_a_plan_of_another_version_or_build_is_refused(self):
        path = self.folder / "a.plan"
        self.run_program("compile", TFLITE, "-o", path)
        content = path.read_bytes()
        for position, reason in ((8, "version"), (12, "version"), (16, "build"), (23, "build")):
            self.assert_not_run(self.flipped(content, position), reason)

    def test_a_damaged_plan_is_refused(self):
        path = self.folder / "a.plan"
        self.run_program("compile", TFLITE, "-o", path)
        content = path.read_bytes()
        for position in (*range(24, 48, 4), 48, 60, 100, 500, 1000):
            self.assert_not_run(self.flipped(content, position), "expected")
        for size in (8, 20, 47, 48, 200, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:size])
            self.assert_not_run(path, "expected")

    def test_a_damaged_saved_model_is_refused(self):
        path = self.folder / "a.tw"
        self.run_program("convert", TFLITE, "-o", path)
        content = path.read_bytes()
        for size in (8, 20, 64, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:size])
            self.assert_not_run(path, "expected")


class TuningIsKept(ProgramCase):
    def tune(self, *flags):
        return self.report("tune", "tune", TFLITE, *BUDGET, *flags)

    def test_a_second_run_takes_what_the_first_measured(self):
        cache = self.folder / "tune.json"
        first = {layer["name"]: layer for layer in self.tune("--cache", cache)["layers"]}
        tuned = [name for name, layer in first.items() if layer["source"] == "tuned"]
        self.assertTrue(tuned)
        for layer in self.tune("--cache", cache)["layers"]:
            if layer["name"] in tuned:
                self.assertEqual(layer["source"], "cache")
                self.assertEqual(layer["chosen"], first[layer["name"]]["chosen"])
                self.assertEqual(layer["evaluations"], 0)

    def test_a_cache_is_not_written_without_being_asked_for(self):
        self.tune()
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_damaged_cache_is_a_warning_and_a_fresh_start(self):
        cache = self.folder / "tune.json"
        beginning = '{"format":"tilewright-tuning"'
        for content in ("", "{", beginning, beginning + ',"version":99,"entries":[]}'):
            cache.write_text(content)
            done = self.run_program("tune", TFLITE, *BUDGET, "--cache", cache, "--json", "-")
            report = json.loads(done.stdout)
            self.assertEqual(len(report["warnings"]), 1)
            self.assertIn(str(cache), report["warnings"][0])
            self.assertIn("tuning starts afresh and replaces it", report["warnings"][0])
            self.assertEqual(done.stderr, f"tilewright: warning: {report['warnings'][0]}\n")
            self.assertIn("tuned", [layer["source"] for layer in report["layers"]])
        self.assertEqual(self.tune("--cache", cache)["warnings"], [], "it was replaced")

    def test_a_file_that_is_no_cache_is_left_as_it_is(self):
        bench = ("bench", TFLITE, "--min-secs", 0)
        for content in ("text", "[]", '{"format":"other","version":1,"entries":[]}', "\0" * 99):
            for arguments in (
                ("tune", TFLITE, *BUDGET),
                (*bench, "--tune-budget-ms", 200),
                (*bench, "--tune-in-situ"),
            ):
                path = self.folder / "precious"
                path.write_text(content)
                says = ("tuning cache: expected", str(path), "neither read nor written")
                error = self.assert_refuses(*arguments, "--cache", path, says=says)
                self.assertEqual(error["code"], "invalid_model")
                self.assertEqual(path.read_text(), content)
                self.assertEqual(list(self.folder.iterdir()), [path])

    def test_a_cache_that_cannot_be_written_is_one_warning(self):
        cache = self.folder / "absent" / "tune.json"
        for threads in (1, 2):
            flags = ("--cache", cache, "--threads", threads, "--budget-ms", 600)
            done = self.run_program("tune", TFLITE, *flags)
            self.assertRegex(done.stderr, r"\Atilewright: warning: [^\n]*absent[^\n]*\n\Z")

    def test_a_tuning_that_is_not_kept_says_so(self):
        for arguments in (
            ("tune", TFLITE, *BUDGET),
            ("bench", TFLITE, "--min-secs", 0, "--tune-in-situ"),
            ("bench", TFLITE, "--min-secs", 0, "--tune-budget-ms", 200),
        ):
            done = self.run_program(*arguments)
            self.assertIn("warning: --cache: expected a file", done.stderr)
        done = self.run_program("bench", TFLITE, "--min-secs", 0)
        self.assertEqual(done.stderr, "")

    def test_every_command_that_reads_a_cache_warns(self):
        cache = self.folder / "tune.json"
        for command, *flags in (
            ("compile", "-o", self.folder / "a.plan"),
            ("plan",),
            ("check",),
            ("bench", "--min-secs", 0, "--warmup-runs", 0),
        ):
            cache.write_text("{")
            done = self.run_program(command, TFLITE, *flags, "--cache", cache)
            self.assertRegex(done.stderr, r"\Atilewright: warning: [^\n]+\n\Z", command)

    def test_every_method_stays_within_the_candidates(self):
        for method in ("gp", "halving", "random", "exhaustive"):
            report = self.tune("--method", method, "--seed", 3)
            self.assertGreater(report["evaluations"], 0)
            for layer in report["layers"]:
                self.assertTrue(layer["chosen"] and layer["default"])


if __name__ == "__main__":
    main()
