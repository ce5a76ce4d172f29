# SPDX-License-Identifier: Apache-2.0
"""Networks are rewritten into what converters read, and compute the same."""

import importlib.util
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/peers"))

HAS_ONNX = importlib.util.find_spec("onnx") is not None


@unittest.skipUnless(HAS_ONNX, "onnx is not there")
class Rewritten(unittest.TestCase):
    def network(self, nodes, weights=(), shape=(1, 4, 6, 6), opset=15):
        """A network of these (op, inputs, outputs, attributes) from x to y."""
        import numpy as np
        from onnx import helper, numpy_helper

        value, to_tensor = helper.make_tensor_value_info, numpy_helper.from_array
        made = [helper.make_node(*node[:3], **node[3]) for node in nodes]
        tensors = [to_tensor(np.array(array), name) for name, array in dict(weights).items()]
        ends = [value("x", 1, shape)], [value("y", 1, [None] * len(shape))]
        graph = helper.make_graph(made, "net", *ends, tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])

    def same_after(self, rewrite, network):
        """The rewritten network, which computes what it did."""
        import numpy as np
        from onnx import checker
        from onnx.reference import ReferenceEvaluator

        sizes = [dim.dim_value for dim in network.graph.input[0].type.tensor_type.shape.dim]
        x = np.random.default_rng(1).uniform(-1, 1, sizes).astype(np.float32)
        before = ReferenceEvaluator(network).run(None, {"x": x})[0]
        rewrite(network)
        checker.check_model(network)
        after = ReferenceEvaluator(network).run(None, {"x": x})[0]
        np.testing.assert_allclose(after, before, rtol=1e-6)
        return network

    def test_weights_are_no_inputs(self):
        import numpy as np
        import onnx_rewrites
        from onnx import helper

        network = self.network([("Add", ["x", "w"], ["y"], {})], {"w": np.float32([1, 2])}, (2,))
        network.ir_version = 3
        network.graph.input.append(helper.make_tensor_value_info("w", 1, (2,)))
        found = self.same_after(onnx_rewrites.drop_weights, network)
        self.assertEqual([value.name for value in found.graph.input], ["x"])

    def test_pads_name_their_mode(self):
        import onnx_rewrites

        for given, mode in ({}, b"constant"), ({"mode": "reflect"}, b"reflect"):
            pad = ("Pad", ["x", "pads"], ["y"], given)
            network = self.network([pad], {"pads": [0, 0, 1, 0, 0, 0, 2, 1]})
            found = self.same_after(onnx_rewrites.spell_out, network)
            self.assertEqual(onnx_rewrites.attributes(found.graph.node[0]), {"mode": mode})

    def test_linear_resizes_lose_what_they_ignore(self):
        import numpy as np
        import onnx_rewrites

        given = {
            "coordinate_transformation_mode": "align_corners",
            "exclude_outside": 0,
            "mode": "linear",
            "nearest_mode": "round_prefer_ceil",
        }
        scales = {"scales": np.float32([1, 1, 2, 2])}
        resize = ("Resize", ["x", "", "scales"], ["y"], given)
        found = self.same_after(onnx_rewrites.spell_out, self.network([resize], scales))
        left = sorted(onnx_rewrites.attributes(found.graph.node[0]))
        self.assertEqual(left, ["coordinate_transformation_mode", "mode"])

    def test_equal_parts_name_their_sizes(self):
        import onnx_rewrites
        from onnx import numpy_helper

        for opset, given in (11, {}), (13, {}), (18, {"num_outputs": 2}):
            split = ("Split", ["x"], ["a", "b"], {"axis": 1, **given})
            network = self.network([split, ("Sub", ["a", "b"], ["y"], {})], opset=opset)
            found = self.same_after(onnx_rewrites.size_splits, network)
            if opset < 13:
                sizes = onnx_rewrites.attributes(found.graph.node[0])["split"]
            else:
                sizes = numpy_helper.to_array(found.graph.initializer[0])
            self.assertEqual(list(sizes), [2, 2])

    def test_means_over_the_whole_image_are_global(self):
        import onnx_rewrites

        cases = [
            ({"kernel_shape": [7, 7], "pads": [0, 0, 1, 1]}, "GlobalAveragePool"),
            ({"kernel_shape": [6, 6]}, "GlobalAveragePool"),
            ({"kernel_shape": [7, 7], "pads": [0, 0, 1, 1], "count_include_pad": 1}, "AveragePool"),
            ({"kernel_shape": [6, 6], "auto_pad": "SAME_UPPER"}, "AveragePool"),
            ({"kernel_shape": [5, 6]}, "AveragePool"),
        ]
        for given, kind in cases:
            pool = ("AveragePool", ["x"], ["y"], given)
            found = self.same_after(onnx_rewrites.pool_globally, self.network([pool]))
            self.assertEqual(found.graph.node[0].op_type, kind, given)

    def test_constant_weights_become_random_ones(self):
        import numpy as np
        import onnx_rewrites
        from onnx import checker, helper, numpy_helper

        nodes = [
            ("ConstantOfShape", ["shape"], ["w"], {}),
            ("ConstantOfShape", ["count"], ["b"], {}),
            ("Conv", ["x", "w", "b"], ["y"], {}),
        ]
        network = self.network(nodes, {"shape": [5, 4, 3, 3], "count": [5]})
        network.graph.input.append(helper.make_tensor_value_info("shape", 7, (4,)))
        onnx_rewrites.randomise(network)
        checker.check_model(network)
        self.assertEqual([node.op_type for node in network.graph.node], ["Conv"])
        self.assertEqual([value.name for value in network.graph.input], ["x"])
        found = {t.name: numpy_helper.to_array(t) for t in network.graph.initializer}
        self.assertEqual(found["w"].shape, (5, 4, 3, 3))
        self.assertEqual(len(np.unique(found["w"])), 5 * 4 * 3 * 3)
        self.assertTrue(np.all(found["b"] >= 0.5))


if __name__ == "__main__":
    unittest.main()
