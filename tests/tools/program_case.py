# SPDX-License-Identifier: Apache-2.0
"""What the tests of the program share: run it in a folder of one's own and read what it says."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"
TFLITE, ONNX = DIGITS / "digits.tflite", DIGITS / "digits.onnx"
PROBLEMS = ROOT / "tests" / "scheduler" / "problems"
SCHEMA = json.loads((ROOT / "docs" / "cli.schema.json").read_text())
COMMANDS = ("inspect", "compile", "convert", "plan", "tune", "record", "run", "bench", "check")
# Nothing here takes a second; who reaches this hangs.
TIMEOUT_SECONDS = 60

_arguments = argparse.Namespace(program="tilewright")


def validate(report, definition):
    """Raises if `report` is not what docs/cli.schema.json says of `definition`."""
    schema = {"$ref": f"#/$defs/{definition}", "$defs": SCHEMA["$defs"]}
    jsonschema.Draft202012Validator(schema).validate(report)


class ProgramCase(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_program(self, *arguments, status=0, stdout=subprocess.PIPE):
        """The finished process; no input, no terminal, relative paths in our folder."""
        command = [str(Path(_arguments.program).resolve()), *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        self.assertEqual(done.returncode, status, f"{command}: {done.stderr}")
        return done

    def report(self, definition, *arguments, status=0):
        """The JSON of a run; standard output holds it and nothing else."""
        done = self.run_program(*arguments, "--json", "-", status=status)
        report = json.loads(done.stdout)
        validate(report, definition)
        return report

    def assert_refuses(self, *arguments, status=1, says=()):
        """It fails with one line on stderr that holds all of `says`, and with the same as JSON."""
        done = self.run_program(*arguments, status=status)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Atilewright: [^\n]+\n\Z")
        for text in ("expected", *says) if status != 1 else says:
            self.assertIn(str(text), done.stderr)
        error = self.report("error", *arguments, status=status)["error"]
        self.assertEqual(done.stderr, f"tilewright: {error['message']}\n")
        return error

    def run_model(self, model, *flags, image=0, name="0", output="out"):
        """The bytes of the one output file for a digit's image, in the layout of `model`."""
        source = self.image(image, model)
        folder = self.folder / output
        self.run_program(
            "run", model, "--input", f"{name}={source}", "--output-dir", folder, *flags
        )
        return (folder / "0_probabilities.npy").read_bytes()

    def image(self, digit, model=TFLITE):
        """A file with a digit's image: NHWC as committed, NCHW for the .onnx."""
        committed = DIGITS / "images" / f"digit_{digit}.npy"
        if model != ONNX:
            return committed
        path = self.folder / f"nchw_{digit}.npy"
        np.save(path, np.ascontiguousarray(np.load(committed).transpose(0, 3, 1, 2)))
        return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    _, rest = parser.parse_known_args(namespace=_arguments)
    sys.modules["__main__"].__doc__ = None
    unittest.main(module="__main__", argv=[sys.argv[0], *rest])
