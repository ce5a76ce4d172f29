# SPDX-License-Identifier: Apache-2.0
"""`--tcm` and `--device` of run, bench and compile: same outputs, the bytes that were planned."""

from program_case import TFLITE, ProgramCase, main

STREAMS = ("--execution", "streaming", "--stage-bytes", 4096)


class BanksAreMeasured(ProgramCase):
    def planned(self, *flags):
        """Bytes read from and written to the external bank, by the plan."""
        bank = self.report("plan", "plan", TFLITE, *flags)["traffic"]["banks"][1]
        return {"read_bytes": bank["read_bytes"], "written_bytes": bank["written_bytes"]}

    def fast_bytes(self, *flags):
        """A size in which not all fits: more than the fullest op needs, less than all."""
        done = self.run_program("bench", TFLITE, "--tcm", 64, *flags, status=3)
        return int(done.stderr.split("expected at least ")[1].split()[0])

    def test_outputs_are_the_same_bytes_and_the_report_is_the_plan(self):
        plain = self.run_model(TFLITE)
        for flags in (
            ("--tcm", self.fast_bytes()),
            ("--tcm", self.fast_bytes(), "--residency", "whole"),
            ("--tcm", 1 << 20, "--steady-state"),
            ("--tcm", self.fast_bytes(*STREAMS), *STREAMS),
            ("--tcm", 2 * self.fast_bytes(*STREAMS), *STREAMS),
            ("--device", "desktop-l2"),
            ("--device", "hexagon-v68"),
        ):
            self.assertEqual(self.run_model(TFLITE, *flags), plain)
            source = self.image(0)
            arguments = ("--input", f"0={source}", "--output-dir", "again", *flags)
            planned = self.planned(*flags)
            for report in (
                self.report("run", "run", TFLITE, *arguments),
                self.report("bench", "bench", TFLITE, "--min-secs", 0, *flags),
            ):
                measured = list(report["banks"].values())[1]
                # What is read or written where it lies counts without the padding to whole units.
                streams = "--device" in flags or "streaming" in flags
                slack = 128 * 40 if streams else 0
                for key in ("read_bytes", "written_bytes"):
                    self.assertLessEqual(measured[key], planned[key])
                    self.assertGreaterEqual(measured[key], planned[key] - slack)

    def test_a_saved_plan_keeps_its_banks(self):
        size = self.fast_bytes()
        self.run_program("compile", TFLITE, "-o", "banked.plan", "--tcm", size)
        plan = self.folder / "banked.plan"
        self.assertEqual(self.run_model(plan), self.run_model(TFLITE))
        report = self.report("bench", "bench", plan, "--min-secs", 0)
        self.assertEqual(list(report["banks"]), ["tcm", "external"])
        self.assertEqual(report["banks"]["external"], self.planned("--tcm", size))
        self.assert_refuses("bench", plan, "--tcm", size, says=("got a plan",))

    def test_without_banks_there_is_no_report_of_them(self):
        report = self.report("bench", "bench", TFLITE, "--min-secs", 0)
        self.assertNotIn("banks", report)

    def test_what_cannot_be_run_is_refused(self):
        size = self.fast_bytes()
        self.assert_refuses("bench", TFLITE, "--execution", "full", says=("--tcm or --device",))
        error = self.assert_refuses("bench", TFLITE, "--tcm", size - 64, status=3, says=("for op",))
        self.assertEqual(error["code"], "infeasible")


if __name__ == "__main__":
    main()
