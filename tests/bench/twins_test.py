# SPDX-License-Identifier: Apache-2.0
"""Peers that do not read a model get its twin, with images in the twin's layout, and a mark."""

import importlib.util
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/peers"))

import layouts  # noqa: E402
import make_twins  # noqa: E402
import twins  # noqa: E402

HAS_NUMPY = importlib.util.find_spec("numpy") is not None


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.model = pathlib.Path("models/net_0.5.onnx")

    def test_of_twins_have_the_models_name_and_the_other_format(self):
        self.assertEqual(twins.twin_of(self.model, self.folder), self.folder / "net_0.5.tflite")
        back = twins.twin_of(pathlib.Path("net_0.5.tflite"), self.folder)
        self.assertEqual(back, self.folder / "net_0.5.onnx")

    def test_are_the_model_itself_where_the_runtime_reads_it(self):
        twins.twin_of(self.model, self.folder).touch()
        for runtime in ("mnn", "ncnn", "onnxruntime", "openvino"):
            self.assertEqual(twins.file_for(runtime, self.model, self.folder), self.model)
        tflite = pathlib.Path("net.tflite")
        (self.folder / "net.onnx").touch()
        for runtime in ("litert", "mnn", "openvino"):
            self.assertEqual(twins.file_for(runtime, tflite, self.folder), tflite)

    def test_are_the_twin_where_the_runtime_reads_only_that(self):
        twin = self.folder / "net_0.5.tflite"
        twin.touch()
        self.assertEqual(twins.file_for("litert", self.model, self.folder), twin)
        (self.folder / "net.onnx").touch()
        for runtime in ("ncnn", "onnxruntime"):
            file = twins.file_for(runtime, pathlib.Path("net.tflite"), self.folder)
            self.assertEqual(file, self.folder / "net.onnx")

    def test_that_are_not_there_are_named(self):
        with self.assertRaisesRegex(ValueError, "litert does not read .onnx$"):
            twins.file_for("litert", self.model)
        with self.assertRaisesRegex(ValueError, "there is no .*net_0.5.tflite"):
            twins.file_for("litert", self.model, self.folder)


class Layouts(unittest.TestCase):
    def test_of_twins_move_channels(self):
        self.assertEqual(layouts.axes_to((1, 3, 8, 9), (1, 8, 9, 3)), (0, 2, 3, 1))
        self.assertEqual(layouts.axes_to((1, 8, 9, 3), [1, 3, 8, 9]), (0, 3, 1, 2))
        self.assertEqual(layouts.moved((1, 3, 8, 9), (1, 8, 9, 3)), [1, 8, 9, 3])

    def test_that_fit_stay(self):
        self.assertEqual(layouts.axes_to((1, 8, 9, 3), (1, 8, 9, 3)), (0, 1, 2, 3))
        self.assertEqual(layouts.axes_to((5, 7), (5, 7)), (0, 1))

    def test_meet_open_dimensions_with_any_size(self):
        self.assertEqual(layouts.axes_to((4, 3, 8, 9), ("batch", 8, 9, 3)), (0, 2, 3, 1))
        self.assertEqual(layouts.axes_to((4, 3, 8, 9), (None, 3, -1, 0)), (0, 1, 2, 3))

    def test_of_other_sizes_are_refused(self):
        for wanted in ((1, 9, 8, 3), (1, 3, 8), (1, 3, 72)):
            with self.assertRaisesRegex(ValueError, r"expected shape .*, got \[1, 3, 8, 9\]"):
                layouts.axes_to((1, 3, 8, 9), wanted)


class Making(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.model = pathlib.Path(folder.name) / "net.onnx"
        self.model.write_text("a network")
        self.target = pathlib.Path(folder.name) / "twins/net.tflite"
        self.target.parent.mkdir()

    def make_with(self, converter, check=lambda _model, _twin: True):
        with mock.patch.multiple(make_twins, to_tflite=converter, check=check):
            make_twins.make_twin(self.model, self.target)

    def test_puts_what_the_converter_wrote_in_its_place(self):
        def converter(model, folder):
            (folder / "made").write_text(model.name)
            return folder / "made", "all went well"

        self.make_with(converter)
        self.assertEqual(self.target.read_text(), "net.onnx")
        self.assertEqual(list(self.target.parent.iterdir()), [self.target])

    def test_says_last_words_of_a_converter_that_wrote_nothing(self):
        with self.assertRaisesRegex(ValueError, "^no such op$"):
            self.make_with(lambda _model, folder: (folder / "made", "begin\nno such op\n"))
        self.assertEqual(list(self.target.parent.iterdir()), [])

    def test_leaves_the_model_alone_where_a_converter_writes_over_it(self):
        def converter(model, folder):
            model.write_text("simplified")
            return model, "all went well"

        self.make_with(converter)
        self.assertEqual(self.model.read_text(), "a network")
        self.assertEqual(self.target.read_text(), "simplified")

    def test_keeps_no_twin_that_computes_something_else(self):
        def check(model, twin):
            self.assertEqual(model, self.model)
            self.assertEqual(twin.read_text(), "a network")
            raise ValueError("output 0 differs")

        with self.assertRaisesRegex(ValueError, "^output 0 differs$"):
            self.make_with(lambda model, _folder: (model, ""), check)
        self.assertEqual(list(self.target.parent.iterdir()), [])

    def test_tries_random_weights_where_outputs_tell_nothing(self):
        def converter(model, folder):
            (folder / "made").write_text(f"twin of {model.read_text()}")
            return folder / "made", ""

        def randomise(_model, target):
            target.write_text("random network")
            return target

        for verdicts in ([False, True], [False, False], [False, ValueError("output 0 differs")]):
            check = mock.Mock(side_effect=verdicts)
            with mock.patch.object(make_twins, "with_random_weights", randomise):
                if verdicts[1] is True:
                    self.make_with(converter, check)
                    self.assertEqual(self.target.read_text(), "twin of a network")
                    self.target.unlink()
                else:
                    with self.assertRaisesRegex(ValueError, "same everywhere|differs"):
                        self.make_with(converter, check)
            self.assertEqual(check.call_count, 2)
            self.assertEqual(list(self.target.parent.iterdir()), [])

    def test_lets_converters_find_the_programs_of_their_environment(self):
        code = "import os; print(os.environ['PATH'])"
        path = make_twins.call(self.target.parent, sys.executable, "-c", code).strip()
        self.assertEqual(path.split(os.pathsep)[0], str(pathlib.Path(sys.executable).parent))

    def test_says_that_a_converter_was_killed(self):
        code = "import os; print('half', flush=True); os.abort()"
        said = make_twins.call(self.target.parent, sys.executable, "-c", code)
        self.assertEqual(said.splitlines()[0], "half")
        self.assertRegex(said.splitlines()[-1], "^ended by signal [0-9]+$")

    def test_runs_converters_inside_their_folder(self):
        code = "import os; print(os.getcwd())"
        said = make_twins.call(self.target.parent, sys.executable, "-c", code)
        self.assertEqual(pathlib.Path(said.strip()), self.target.parent.resolve())


@unittest.skipUnless(HAS_NUMPY, "numpy is not there")
class Checked(unittest.TestCase):
    def check(self, expected, got):
        import numpy as np
        import twin_check

        outputs = {".onnx": expected, ".tflite": got}
        patched = {
            "shapes_of": lambda _model: [(1, 2)],
            "outputs_of": lambda model, _values: [np.float32(o) for o in outputs[model.suffix]],
        }
        with mock.patch.multiple(twin_check, **patched):
            return twin_check.check(pathlib.Path("net.onnx"), pathlib.Path("net.tflite"))

    def image(self):
        import numpy as np

        return np.random.default_rng(1).uniform(-1, 1, (1, 3, 4, 5))

    def test_twins_may_order_outputs_and_images_otherwise(self):
        image = self.image()
        self.assertTrue(self.check([image, [1, 2]], [[1, 2.001], image.transpose(0, 2, 3, 1)]))

    def test_outputs_that_are_the_same_everywhere_tell_nothing(self):
        self.assertFalse(self.check([[1, 2], [5, 5.001]], [[1, 2], [5, 5]]))
        self.assertFalse(self.check([[0, 0]], [[0, 0]]))
        self.assertTrue(self.check([[5]], [[5]]))

    def test_twins_are_refused_for_other_values(self):
        image = self.image()
        for got in ([1, 2.01], [2, 1], [1, float("nan")], [1, 2, 3], [[1, 2]]):
            with self.assertRaisesRegex(ValueError, "^output 1 differs by "):
                self.check([image, [1, 2]], [image, got])
        with self.assertRaisesRegex(ValueError, "^output 0 differs by "):
            self.check([image], [image.transpose(0, 1, 3, 2)])
        with self.assertRaisesRegex(ValueError, "^expected 2 outputs, got 1$"):
            self.check([image, [1, 2]], [image])

    def test_files_that_do_not_run_say_why(self):
        import twin_check

        def refuse(_path, _values, _threads):
            raise KeyError("no such op")

        with mock.patch.dict(twin_check.OPENERS, {".onnx": refuse}):
            with self.assertRaisesRegex(ValueError, "the .onnx file does not run: 'no such op'"):
                twin_check.outputs_of(pathlib.Path("net.onnx"), [])


@unittest.skipUnless(HAS_NUMPY, "numpy is not there")
class Measured(unittest.TestCase):
    RESULT = {
        "model": "net",
        "ours_ms": 1.0,
        "peak_fraction": 0.5,
        "peers_ms": {"litert": 1.25, "mnn": 2.0},
        "ratios": {"litert": 1.3, "mnn": 2.0},
        "twins": ["litert"],
    }

    def test_runtimes_all_have_formats(self):
        import runtimes

        self.assertEqual(sorted(twins.FORMATS), sorted(runtimes.OPENERS))

    def test_times_of_twins_are_marked(self):
        import compare

        self.assertEqual(
            compare.row(self.RESULT, ["litert", "mnn", "ncnn"]),
            "| net | 1.000 | 1.250 t | 2.000 | - | 0.50 | 1.30 (litert) |",
        )

    def test_inputs_of_twins_are_transposed(self):
        import numpy as np
        import runtimes

        image = np.arange(1 * 3 * 4 * 5, dtype=np.float32).reshape(1, 3, 4, 5)
        moved = runtimes.fitted([image], 0, (1, 4, 5, 3))
        self.assertTrue(moved.flags["C_CONTIGUOUS"])
        self.assertEqual(moved[0, 3, 2, 1], image[0, 1, 3, 2])
        kept = runtimes.fitted([image], 0, np.array([1, 3, 4, 5]))
        self.assertTrue(np.shares_memory(kept, image))
        with self.assertRaisesRegex(ValueError, "^input 0: expected shape"):
            runtimes.fitted([image], 0, (1, 5, 4, 3))


if __name__ == "__main__":
    unittest.main()
