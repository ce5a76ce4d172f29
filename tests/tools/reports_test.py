# SPDX-License-Identifier: Apache-2.0
"""What the program writes for people and for programs."""

import json
import os
import stat
import threading

import jsonschema
import numpy as np
from program_case import COMMANDS, ONNX, PROBLEMS, ROOT, SCHEMA, TFLITE, ProgramCase, main, validate


class ReportsFollowTheSchema(ProgramCase):
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        self.assertLessEqual({*COMMANDS, "error", "outputs.json"}, SCHEMA["$defs"].keys())

    def test_the_schema_is_closed_and_describes_every_key(self):
        for name, definition in self.objects("$defs", SCHEMA["$defs"]):
            self.assertIs(definition["additionalProperties"], False, name)
            for key, value in definition["properties"].items():
                described = SCHEMA["$defs"].get(value.get("$ref", "").removeprefix("#/$defs/"), {})
                self.assertIn("description", value | described, f"{name}.{key}")

    def objects(self, name, node):
        """Every schema of an object below `node`, with its path."""
        if isinstance(node, list):
            node = dict(enumerate(node))
        if not isinstance(node, dict):
            return
        if node.get("type") == "object":
            yield name, node
        for key, value in node.items():
            yield from self.objects(f"{name}.{key}", value)

    def test_inspect_counts_the_network(self):
        for model, shape in ((TFLITE, [1, 8, 8, 1]), (ONNX, [1, 1, 8, 8])):
            report = self.report("inspect", "inspect", model)
            self.assertTrue(report["runnable"])
            self.assertEqual(report["reasons"], [])
            self.assertEqual(
                report["inputs"], [{"name": "image", "dtype": "float32", "shape": shape}]
            )
            self.assertEqual(report["outputs"][0]["shape"], [1, 10])
            self.assertEqual(report["macs"], 414336)
            self.assertEqual(report["copies"], len(report["copied"]))

    def test_inspect_names_the_copies_that_remain(self):
        model = ROOT / "tests" / "fuzz" / "corpus" / "onnx" / "convolutions.onnx"
        report = self.report("inspect", "inspect", model)
        self.assertEqual(report["copies"], 1)
        self.assertEqual(report["copied"], [{"name": "Conv/to_nhwc", "bytes": 768}])
        self.assertIn(
            "copy        Conv/to_nhwc  768 bytes", self.run_program("inspect", model).stdout
        )

    def test_inspect_says_why_a_model_does_not_run(self):
        path = self.folder / "unknown.onnx"
        path.write_bytes(ONNX.read_bytes().replace(b"Softmax", b"Softmux"))
        report = self.report("inspect", "inspect", path)
        self.assertFalse(report["runnable"])
        self.assertIn("Softmux", report["reasons"][0])

    def test_record_writes_a_sample_of_every_candidate_per_round(self):
        path = self.folder / "table.json"
        report = self.report("record", "record", TFLITE, "-o", path, "--rounds", "2")
        table = json.loads(path.read_text())
        self.assertEqual(table["format"], "tilewright-table")
        self.assertEqual(len(table["layers"]), report["layers"])
        rows = [
            samples
            for layer in table["layers"]
            for configs in layer["samples"].values()
            for samples in configs.values()
        ]
        self.assertEqual(len(rows), report["candidates"])
        for samples in rows:
            self.assertEqual(len(samples), 2)
            self.assertGreaterEqual(min(samples), 0)
        for layer in table["layers"]:
            count = sum(len(configs) for configs in layer["samples"].values())
            self.assertEqual(len(layer["rounds"]), 2)
            for measured in layer["rounds"]:
                self.assertEqual(sorted(measured["order"]), list(range(count)))
                self.assertEqual(len(measured["clock_mhz"]), count)
                self.assertGreater(min(measured["clock_mhz"]), 100)
        orders = [measured["order"] for layer in table["layers"] for measured in layer["rounds"]]
        self.assertNotEqual(orders, [sorted(order) for order in orders])

    def test_record_tells_what_it_measured_of_the_device(self):
        path = self.folder / "table.json"
        self.report("record", "record", TFLITE, "-o", path, "--rounds", "1")
        table = json.loads(path.read_text())
        device = table["device"]
        self.assertTrue(device.pop("name").startswith(table["cpu"] + " caches "))
        sizes = [device[key] for key in ("l1_bytes", "l2_bytes", "l3_bytes")]
        self.assertEqual(sizes, sorted(sizes))
        self.assertEqual(len(device), 23)
        for name, number in device.items():
            self.assertGreater(number, 0, name)
        # Measured, no usual rate.
        self.assertNotIn(device["l2_bytes_per_second"], (0, 80e9))
        self.assertTrue(10e6 < device["clock_hz"] < 10e9)

    def test_compile_and_convert_name_what_they_wrote(self):
        for command, name in (("compile", "a.plan"), ("convert", "a.tw")):
            path = self.folder / name
            report = self.report(command, command, TFLITE, "-o", path)
            self.assertEqual(report, {"output": str(path)})
            self.assertTrue(path.is_file())

    def test_plan_reports_models_and_problems(self):
        for path in (TFLITE, ONNX, *sorted(PROBLEMS.glob("*.json"))):
            report = self.report("plan", "plan", path)
            self.assertTrue(report["jointly_optimal"], path)
            self.assertLessEqual(report["peak_bytes"], report["serialized_order_peak_bytes"])

    def test_plan_repeats_the_problem_with_its_banks(self):
        report = self.report("plan", "plan", PROBLEMS / "concat_slices.json")
        given = json.loads((PROBLEMS / "concat_slices.json").read_text())
        self.assertEqual(report["problem"]["banks"], given["banks"])
        self.assertEqual(report["problem"]["execution"], "streaming")
        self.assertEqual(report["problem"]["stage_bytes"], 256)

    def test_bench_reports_latency_in_order_and_shares_that_add_up(self):
        report = self.report("bench", "bench", TFLITE, "--min-secs", 0.05, "--warmup-runs", 1)
        latency = report["latency_ms"]
        ranks = [latency[key] for key in ("min", "p50", "p90", "p95", "p99", "max")]
        self.assertEqual(ranks, sorted(ranks))
        self.assertAlmostEqual(sum(op["share"] for op in report["ops"]), 1)
        self.assertEqual(report["tune_ms"], 0)
        self.assertGreater(report["create_ms"], 0)
        plan = self.report("plan", "plan", TFLITE)
        self.assertEqual(report["arena_bytes"], plan["arena_bytes"])
        keys = SCHEMA["$defs"]["bench"]["required"]
        self.assertEqual(list(report), keys)

    def test_bench_times_the_pages_of_a_session_by_themselves(self):
        flags = ("--min-secs", 0.05, "--time-pages")
        report = self.report("bench", "bench", TFLITE, *flags)
        self.assertGreater(report["page_in_ms"], 0)
        self.assertGreater(report["arena_pages_ms"], 0)
        self.assertGreater(report["cold_run_ms"], report["latency_ms"]["min"])

    def test_bench_tunes_first_if_it_has_a_budget(self):
        flags = ("--min-secs", 0, "--warmup-runs", 0, "--tune-budget-ms", 200)
        report = self.report("bench", "bench", TFLITE, *flags)
        self.assertGreater(report["tune_ms"], 0)
        self.assertEqual(report["latency_ms"]["count"], 1)

    def test_bench_tunes_in_its_runs_and_keeps_what_it_found(self):
        cache = self.folder / "tune.json"
        flags = ("--min-secs", 0.3, "--tune-in-situ", "--cache", cache)
        report = self.report("bench", "bench", TFLITE, *flags)["in_situ"]
        self.assertGreater(report["trials"], 0)
        self.assertEqual(report["settled_layers"], report["layers"])
        entries = json.loads(cache.read_text())["entries"]
        trusted = [entry for entry in entries if entry["op"].startswith("trusted kernel ")]
        self.assertGreater(len(trusted), 0)
        self.assertEqual(len(entries) - len(trusted), report["layers"])
        again = self.report("bench", "bench", TFLITE, *flags)["in_situ"]
        self.assertEqual(again["layers"], 0)

    def test_bench_takes_saved_models_and_plans(self):
        saved, plan = self.folder / "a.tw", self.folder / "a.plan"
        self.run_program("convert", TFLITE, "-o", saved)
        self.run_program("compile", saved, "-o", plan, "--threads", 2)
        flags = ("--min-secs", 0, "--warmup-runs", 0)
        self.assertGreater(self.report("bench", "bench", saved, *flags)["compile_ms"], 0)
        self.assertEqual(self.report("bench", "bench", plan, *flags)["compile_ms"], 0)

    def test_check_fails_where_sums_overflow_that_the_reference_adds_in_doubles(self):
        content, path = ONNX.read_bytes(), self.folder / "overflow.onnx"
        size = 64 * 256 * 4  # of the weights of the hidden layer; before them tag 9 and the size
        begin = content.index(b"\x4a\x80\x80\x04") + 4
        # Sums rise over the first half and fall over the second; one row leaves the range of floats
        # at the middle and returns to it.
        rows = 3e38 * 2.0 ** -(np.arange(64) / 4)
        weights = np.float32(np.outer(rows, np.repeat([1, -1], 128))).tobytes()
        path.write_bytes(content[:begin] + weights + content[begin + size :])
        report = self.report("check", "check", path, status=3)
        self.assertFalse(report["passed"])
        self.assertGreaterEqual(report["failed_steps"], 1)
        self.assertIn("FAILED", self.run_program("check", path, status=3).stdout)

    def test_check_passes_on_the_model_and_on_seeded_weights(self):
        for flags in ((), ("--random-weights", "--seed", 7)):
            report = self.report("check", "check", ONNX, *flags)
            self.assertTrue(report["passed"])
            self.assertEqual(len(report["steps"]), 9)
            self.assertEqual(report["max_abs"], max(s["max_abs"] for s in report["steps"]))


class JsonIsWrittenInOneStep(ProgramCase):
    def test_a_file_holds_what_standard_output_would(self):
        path = self.folder / "report.json"
        done = self.run_program("inspect", TFLITE, "--json", path)
        self.assertIn("runnable      yes", done.stdout)
        report = json.loads(path.read_text())
        validate(report, "inspect")
        self.assertEqual(report, self.report("inspect", "inspect", TFLITE))
        self.assertEqual([path], list(self.folder.iterdir()), "nothing else is left behind")

    def test_a_reader_never_sees_a_part(self):
        path = self.folder / "report.json"
        path.write_text("{}")
        seen, done = set(), threading.Event()

        def read():
            while not done.is_set():
                seen.add(len(json.loads(path.read_text())))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for _ in range(5):
                self.run_program("plan", TFLITE, "--json", path)
        finally:
            done.set()
            reader.join()
        self.assertLessEqual(seen, {0, len(SCHEMA["$defs"]["plan"]["required"])})

    def test_an_error_is_written_as_json_too(self):
        path = self.folder / "report.json"
        done = self.run_program("inspect", self.folder / "absent", "--json", path, status=1)
        report = json.loads(path.read_text())
        validate(report, "error")
        self.assertEqual(report["error"]["code"], "not_found")
        self.assertEqual(done.stderr, f"tilewright: {report['error']['message']}\n")

    def test_a_usage_error_is_written_as_json_too(self):
        path = self.folder / "report.json"
        for flags in (("--json", path, "--absent"), ("--absent", f"--json={path}")):
            path.unlink(missing_ok=True)
            self.run_program("inspect", TFLITE, *flags, status=2)
            validate(json.loads(path.read_text()), "error")

    def test_a_file_that_cannot_be_written_is_an_error(self):
        done = self.run_program("inspect", TFLITE, "--json", self.folder, status=1)
        self.assertIn(f"'{self.folder}'", done.stderr)
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        done = self.run_program("inspect", TFLITE, "--json", fifo, status=1)
        self.assertIn(f"'{fifo}': expected a regular file", done.stderr)
        self.assertTrue(fifo.is_fifo(), "what is no file is not replaced")
        done = self.run_program("compile", TFLITE, "-o", self.folder / "a" / "b", status=1)
        self.assertIn(f"'{self.folder}/a/b'", done.stderr)

    def test_a_link_stays_a_link_and_permissions_are_those_of_any_new_file(self):
        target, link = self.folder / "target.json", self.folder / "link.json"
        target.write_text("old")
        link.symlink_to(target)
        self.run_program("inspect", TFLITE, "--json", link)
        self.assertTrue(link.is_symlink())
        validate(json.loads(target.read_text()), "inspect")
        fresh = self.folder / "fresh"
        fresh.touch()
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), stat.S_IMODE(fresh.stat().st_mode))

    def test_a_full_standard_output_is_an_error(self):
        with open("/dev/full", "w") as full:
            for flags in ((), ("--json", "-")):
                done = self.run_program("inspect", TFLITE, *flags, status=1, stdout=full)
                self.assertIn("standard output: No space left on device", done.stderr)


class HelpIsThere(ProgramCase):
    def test_every_command_has_an_example(self):
        self.assertIn("Example: tilewright ", self.run_program("--help").stdout)
        for command in COMMANDS:
            text = self.run_program(command, "--help").stdout
            self.assertIn(f"Example: tilewright {command} ", text)
            for flag in ("--shape", "--json", "--version"):
                self.assertIn(flag, text, command)

    def test_a_command_offers_the_flags_that_it_heeds_and_no_others(self):
        planning = {"inspect", "compile", "plan", "run", "bench", "check"}
        choosing = planning | {"tune"}
        heeded = {
            "--threads": choosing | {"record"},
            "--isa": choosing | {"record"},
            "--exact-arithmetic": choosing,
            "--cache": choosing,
            "--fusion": choosing,
            "--memory-limit": planning,
        }
        for command in COMMANDS:
            text = self.run_program(command, "--help").stdout
            for flag, commands in heeded.items():
                self.assertEqual(f"  {flag} " in text, command in commands, (command, flag))
            is_written = "to write after tuning" in text
            self.assertEqual(is_written, command in ("tune", "bench"), command)

    def test_flags_of_the_steps_that_inspect_prints_need_them(self):
        for flag in (("--threads", 2), ("--memory-limit", 1 << 20), ("--exact-arithmetic",)):
            says = (f"{flag[0]}: expected --stages beside it, got none",)
            self.assert_refuses("inspect", TFLITE, *flag, status=2, says=says)
            self.run_program("inspect", TFLITE, "--stages", *flag)

    def test_values_of_a_list_are_in_the_help(self):
        text = self.run_program("plan", "--help").stdout
        for value in ("full", "streaming", "granules", "whole", "avx2", "memory"):
            self.assertIn(value, text)

    def test_the_version_is_that_of_the_changelog(self):
        for arguments in (("--version",), *((command, "--version") for command in COMMANDS)):
            text = self.run_program(*arguments).stdout
            self.assertRegex(text, r"\Atilewright \d+\.\d+\.\d+\n\Z")

    def test_people_get_tables(self):
        self.assertIn("proven optimal", self.run_program("plan", TFLITE).stdout)
        self.assertIn("0 failed", self.run_program("check", TFLITE).stdout)
        flags = ("--min-secs", 0, "--warmup-runs", 0)
        text = self.run_program("bench", TFLITE, *flags).stdout
        self.assertIn("latency ms", text)
        self.assertRegex(text, r"tune 0\.0 ms, create [0-9.]+ ms, first run [0-9.]+ ms")


if __name__ == "__main__":
    main()
