# SPDX-License-Identifier: Apache-2.0
"""A model whose weights lie in a file beside it."""

import numpy as np
from program_case import ProgramCase, main

FLOAT, EXTERNAL = 1, 1


def varint(number):
    """Protobuf's form of a small number."""
    low = number & 127
    return bytes([low]) if number == low else bytes([low | 128]) + varint(number >> 7)


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, *parts):
    content = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def value_info(field, name):
    shape = message(2, message(1, number(1, 2)))
    return message(field, message(1, name), message(2, message(1, number(1, FLOAT), shape)))


def sum_model(location):
    """y = x + w, two floats each; the elements of w are in the file `location`."""
    node = message(1, *(message(1, name) for name in "xw"), message(2, "y"), message(4, "Add"))
    entry = message(13, message(1, "location"), message(2, location))
    weights = message(
        5, number(1, 2), number(2, FLOAT), message(8, "w"), entry, number(14, EXTERNAL)
    )
    graph = message(7, node, message(2, "g"), weights, value_info(11, "x"), value_info(12, "y"))
    return number(1, 8) + graph + message(8, number(2, 13))


class WeightsBesideTheModelAreRead(ProgramCase):
    def setUp(self):
        super().setUp()
        (self.folder / "models").mkdir()
        self.model = self.folder / "models" / "sum.onnx"
        self.model.write_bytes(sum_model("w.bin"))
        (self.folder / "models" / "w.bin").write_bytes(np.array([1, 2], np.float32).tobytes())

    def test_by_a_run(self):
        np.save(self.folder / "x.npy", np.array([10, 20], np.float32))
        arguments = ["--input", "x=x.npy", "--output-dir", "out"]
        self.run_program("run", self.model, *arguments)
        self.assertEqual(np.load(self.folder / "out" / "0_y.npy").tolist(), [11, 22])

    def test_stage_by_stage(self):
        for path in (self.model, "models/sum.onnx"):
            self.assertIn("imported", self.run_program("inspect", path, "--stages").stdout)

    def test_only_if_they_are_there(self):
        (self.folder / "models" / "w.bin").unlink()
        for flags in ([], ["--stages"]):
            done = self.run_program("inspect", self.model, *flags, status=1)
            self.assertIn("expected the file 'w.bin' in the model's folder, got none", done.stderr)


if __name__ == "__main__":
    main()
