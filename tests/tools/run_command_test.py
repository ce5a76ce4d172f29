# SPDX-License-Identifier: Apache-2.0
"""`tilewright run`: right outputs, the same from every form of a model, in files well named."""

import json
import math
import re
from pathlib import Path

import numpy as np
from program_case import DIGITS, ONNX, TFLITE, ProgramCase, main, validate

EXPECTED = np.load(DIGITS / "expected.npy")
TOLERANCE = 1e-5
OF_X86 = {"baseline": set(), "avx2": {"avx2", "fma"}}
OF_X86["avx512"] = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
OF_X86["avx512vnni"] = OF_X86["avx512"] | {"avx512_vnni"}


def instruction_sets():
    """Those of this machine as Linux lists them, and those it lacks."""
    flags = set(re.findall(r"\w+", Path("/proc/cpuinfo").read_text()))
    if "asimd" in flags:
        own = ["portable", "neon", *(["dotprod"] if "asimddp" in flags else [])]
        return own, list(OF_X86)
    own = [isa for isa, needed in OF_X86.items() if needed <= flags]
    return ["portable", *own], ["neon", "dotprod", *(isa for isa in OF_X86 if isa not in own)]


class OutputsAreRight(ProgramCase):
    def assert_reads_digits(self, model, *flags, digits=range(10)):
        for digit in digits:
            self.run_model(model, *flags, image=digit)
            (row,) = np.load(self.folder / "out" / "0_probabilities.npy")
            np.testing.assert_allclose(row, EXPECTED[digit], rtol=0, atol=TOLERANCE)
            self.assertEqual(row.argmax(), digit)

    def test_both_models_read_every_digit(self):
        self.assert_reads_digits(TFLITE)
        self.assert_reads_digits(ONNX)

    def test_every_instruction_set_of_this_machine_reads_digits(self):
        for isa in instruction_sets()[0]:
            self.assert_reads_digits(TFLITE, "--isa", isa, digits=(3, 8))
            report = self.report("bench", "bench", TFLITE, "--isa", isa, "--min-secs", 0)
            for op in report["ops"]:
                self.assertNotRegex(op["variant"], "|".join(self.above(isa)))

    def above(self, isa):
        """Instruction sets beyond `isa`, and a name that no kernel has."""
        order = ["portable", "baseline", "avx2", "avx512", "avx512vnni"]
        return order[order.index(isa) + 1 :] + ["none"] if isa in order else ["none"]

    def test_an_instruction_set_that_this_machine_lacks_is_refused(self):
        for isa in instruction_sets()[1]:
            for command in ("inspect", "plan", "check"):
                self.assert_refuses(command, TFLITE, "--isa", isa, says=("expected", isa))

    def test_a_plan_above_the_cap_is_refused(self):
        isas = instruction_sets()[0]
        plan = self.folder / "a.plan"
        self.run_program("compile", TFLITE, "-o", plan)
        self.run_model(plan, "--isa", isas[-1])
        flags = ("--isa", "portable", "--output-dir", "x", "--input", f"0={self.image(0)}")
        self.assert_refuses("run", plan, *flags, says=(plan, "portable", "step"))


class OutputsAreTheSame(ProgramCase):
    def test_model_saved_model_and_plan_give_equal_bytes(self):
        saved, plan = self.folder / "a.tw", self.folder / "a.plan"
        self.run_program("convert", TFLITE, "-o", saved)
        self.run_program("compile", saved, "-o", plan)
        expected = self.run_model(TFLITE, image=5)
        self.assertEqual(self.run_model(saved, image=5), expected)
        self.assertEqual(self.run_model(plan, image=5), expected)
        self.assertNotEqual(self.run_model(plan, image=6), expected)

    def test_threads_change_no_bit(self):
        expected = self.run_model(TFLITE, "--threads", 1, image=5)
        self.assertEqual(self.run_model(TFLITE, "--threads", 2, image=5), expected)
        plan = self.folder / "a.plan"
        self.run_program("compile", TFLITE, "-o", plan, "--threads", 3)
        runs = {self.run_model(plan, "--threads", n, image=5) for n in (1, 2, 3, 64)}
        self.assertEqual(runs | {self.run_model(plan, image=5)}, {expected})

    def test_a_second_run_replaces_the_files_of_the_first(self):
        (self.folder / "out").mkdir()
        first = self.run_model(ONNX, image=1)
        self.assertEqual(self.run_model(ONNX, image=1), first)
        self.assertEqual(
            sorted(path.name for path in (self.folder / "out").iterdir()),
            ["0_probabilities.npy", "outputs.json"],
        )


class FilesAreNamed(ProgramCase):
    def renamed(self, **names):
        """The .onnx with tensors of other names, as long as the old ones."""
        content = ONNX.read_bytes()
        for old, new in names.items():
            old, new = old.encode(), new.encode()
            self.assertEqual(len(old), len(new))
            content = content.replace(old, new)
        path = self.folder / "renamed.onnx"
        path.write_bytes(content)
        return path

    def test_an_input_is_named_by_name_or_index(self):
        image = self.image(4)
        outputs = {self.run_model(TFLITE, image=4, name=name) for name in ("image", "0")}
        self.assertEqual(len(outputs), 1)
        self.assertTrue(image.is_file())

    def test_the_last_equals_sign_ends_the_name(self):
        model = self.renamed(image="a=b=c")
        flags = ("--output-dir", self.folder / "out")
        image = self.image(2, ONNX)
        self.run_program("run", model, "--input", f"a=b=c={image}", *flags)
        row = np.load(self.folder / "out" / "0_probabilities.npy")
        self.assertEqual(row.argmax(), 2)

    def test_a_name_goes_before_an_index(self):
        model = self.renamed(image="00000")
        flags = ("--output-dir", self.folder / "out")
        self.run_program("run", model, "--input", f"00000={self.image(2, ONNX)}", *flags)

    def test_output_names_cannot_leave_the_folder(self):
        model = self.renamed(probabilities="../../pr\u00e9=xy")
        out = self.folder / "deep" / "er" / "out"
        report = self.report(
            "run", "run", model, "--input", f"0={self.image(7, ONNX)}", "--output-dir", f"{out}/"
        )
        listed = json.loads((out / "outputs.json").read_text())
        validate(listed, "outputs.json")
        self.assertEqual(listed["outputs"], report["outputs"])
        (entry,) = report["outputs"]
        self.assertEqual(entry["name"], "../../pr\u00e9=xy")
        self.assertEqual(entry["file"], "0_.._.._pr___xy.npy")
        array = np.load(out / entry["file"])
        self.assertEqual([array.dtype, list(array.shape)], [entry["dtype"], entry["shape"]])
        self.assertEqual(array.argmax(), 7)
        self.assertTrue(math.isclose(array.sum(), 1, abs_tol=1e-5))

    def test_an_output_folder_that_is_a_file_is_refused(self):
        path = self.folder / "file"
        path.touch()
        image = self.image(0)
        for out in (path, path / "below"):
            flags = ("--input", f"0={image}", "--output-dir", out)
            error = self.assert_refuses("run", TFLITE, *flags, says=(out,))
            self.assertEqual(error["code"], "io_error")


if __name__ == "__main__":
    main()
