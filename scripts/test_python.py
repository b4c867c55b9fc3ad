#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the Python package in a build: scripts/test_python.py BUILD. Needs numpy. The rules are the tests' names."""
import gc
import pathlib
import sys
import tempfile
import threading
import unittest
import warnings

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(pathlib.Path(sys.argv[1]).resolve() / "python"))
import tenon  # noqa: E402

DIGITS = ROOT / "examples/digits"


def engine_of(net):
    return net.finish().build(no_timing=True)


class Running(unittest.TestCase):
    def test_a_model_gives_the_numbers_it_was_trained_to_give(self):
        engine = tenon.Engine.build(DIGITS / "digits.onnx", no_timing=True)
        got = engine.run(np.load(DIGITS / "test_images.npy"))["logits"]
        np.testing.assert_allclose(got, np.load(DIGITS / "test_logits.npy"), rtol=1e-4, atol=1e-4)

    def test_a_saved_engine_computes_the_same_bits(self):
        with tempfile.TemporaryDirectory() as room:
            built = tenon.Engine.build(DIGITS / "digits.onnx", no_timing=True)
            built.save(room + "/digits.tne")
            loaded = tenon.Engine.load(room + "/digits.tne")
            x = np.load(DIGITS / "test_images.npy")[:3]
            self.assertEqual(built.run(x)["logits"].tobytes(), loaded.run(x)["logits"].tobytes())
            self.assertEqual(loaded.model().outputs[0].name, "logits")

    def test_inputs_and_outputs_say_what_they_are(self):
        graph = tenon.Graph(DIGITS / "digits.onnx")
        self.assertEqual(graph.inputs[0].shape[1:], (1, 8, 8))
        self.assertIsInstance(graph.inputs[0].shape[0], str)

    def test_every_numpy_type_goes_in_and_out(self):
        for dtype in "f32 f64 f16 u8 i8 u16 i16 i32 i64 u32 u64 bool c64 c128".split():
            engine = tenon.Graph.parse(f'graph "g" {{ in %x: {dtype}[N] %y = Identity(%x) out %y }}').build(no_timing=True)
            x = np.array([0, 1, 1]).astype(tenon.tensors.NUMPY[dtype])
            y = engine.run(x=x)["y"]
            self.assertEqual(y.dtype, x.dtype, dtype)
            np.testing.assert_array_equal(y, x)

    def test_types_that_numpy_has_not_are_rounded(self):
        engine = tenon.Graph.parse('graph "g" { in %x: bf16[N] %y = Identity(%x) out %y }').build(no_timing=True)
        np.testing.assert_array_equal(engine.run(x=np.array([1, 1.001, 3.14159]))["y"], np.float32([1, 1, 3.140625]))

    def test_strings_scalars_and_empty_arrays_survive(self):
        engine = tenon.Graph.parse('graph "g" { in %x: string[N] %y = Identity(%x) out %y }').build(no_timing=True)
        self.assertEqual(engine.run(x=np.array(["", "öx", "abc"]))["y"].tolist(), ["", "öx", "abc"])
        engine = tenon.Graph.parse('graph "g" { in %x: f32[] in %e: f32[N,2] %y = Neg(%x) %z = Neg(%e) out %y out %z }').build()
        got = engine.run(x=np.float32(2), e=np.zeros((0, 2), np.float32))
        self.assertEqual((got["y"].shape, float(got["y"]), got["z"].shape), ((), -2.0, (0, 2)))

    def test_sequences_come_out_as_lists(self):
        engine = tenon.Graph.parse('graph "g" { in %x: f32[4] %s = SplitToSequence(%x) out %s }').build(no_timing=True)
        self.assertEqual([x.tolist() for x in engine.run(x=np.arange(4, dtype="f"))["s"]], [[0], [1], [2], [3]])

    def test_strided_and_read_only_arrays_are_read_right(self):
        engine = tenon.Graph.parse('graph "g" { in %x: f32[A,B] %y = Neg(%x) out %y }').build(no_timing=True)
        x = np.arange(12, dtype="f").reshape(3, 4)
        x.flags.writeable = False
        np.testing.assert_array_equal(engine.run(x=x.T[::2])["y"], -x.T[::2])

    def test_a_bound_array_is_read_at_each_run(self):
        context = tenon.Graph.parse('graph "g" { in %x: f32[2] %y = Neg(%x) out %y }').build(no_timing=True).context()
        x = np.array([1, 2], np.float32)
        context.bind(x)
        context.execute()
        x[:] = 5
        context.execute()
        self.assertEqual(context.output("y").tolist(), [-5, -5])

    def test_taps_and_steps_tell_what_ran(self):
        graph = tenon.Graph.parse('graph "g" { in %x: f32[2] %h = Exp(%x) %y = Neg(%h) out %y }')
        context = graph.build(no_timing=True, disable=["gelu"]).context(taps=["h"], profile=True)
        context.run(x=np.zeros(2, np.float32))
        self.assertEqual(context.taps["h"].tolist(), [1, 1])
        self.assertTrue(all(step["ns"] > 0 for step in context.steps))

    def test_contexts_run_at_once(self):
        engine = tenon.Engine.build(DIGITS / "digits.onnx", no_timing=True)
        x, got = np.load(DIGITS / "test_images.npy"), []
        threads = [threading.Thread(target=lambda: got.append(engine.context(threads=1).run(x)["logits"].tobytes()))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(got)), 1)
        self.assertEqual(len(got), 4)

    def test_shapes_values_and_passes_change_the_graph(self):
        graph = tenon.Graph.parse('graph "g" { in %x: f32[N] in %k: f32[] %y = Mul(%x, %k) out %y }')
        graph.set_shape("x", (3,))
        graph.set_value("k", np.float32(2))
        self.assertEqual([io.name for io in graph.inputs], ["x"])
        graph.optimize()
        self.assertIn("f32[3]", graph.text())
        self.assertEqual(graph.build().run(x=np.ones(3, np.float32))["y"].tolist(), [2, 2, 2])


class Failing(unittest.TestCase):
    def test_a_failure_is_an_exception_with_the_sentence(self):
        with self.assertRaises(tenon.Error) as caught:
            tenon.Graph("/nowhere.onnx")
        self.assertEqual(caught.exception.status, "input/output error")
        self.assertIn("/nowhere.onnx", str(caught.exception))

    def test_all_problems_of_a_model_are_listed(self):
        with self.assertRaises(tenon.Error) as caught:
            tenon.Graph.parse('graph "g" { in %x: f32[N] %y = Nope(%x) out %y }')
        self.assertTrue(any("Nope" in d.message or d.op == "Nope" for d in caught.exception.diagnostics))

    def test_wrong_inputs_are_told_by_name(self):
        engine = tenon.Graph.parse('graph "g" { in %x: f32[2] %y = Neg(%x) out %y }').build(no_timing=True)
        for wrong in ({"z": 1}, {"x": np.zeros(2)}):
            with self.assertRaisesRegex(TypeError, "z|float64"):
                engine.run(**wrong)
        with self.assertRaisesRegex(tenon.Error, "x"):
            engine.run(x=np.zeros(3, np.float32))
        with self.assertRaises(tenon.Error):
            engine.context().run()  # nothing is bound

    def test_a_budget_of_memory_holds(self):
        with self.assertRaisesRegex(tenon.Error, "memory"):
            tenon.Engine.build(DIGITS / "digits.onnx", env=tenon.Env(max_bytes=100000))


class Checkpoints(unittest.TestCase):
    def test_what_is_saved_is_read_back(self):
        with tempfile.TemporaryDirectory() as room:
            made = tenon.Weights()
            made["a.weight"], made["b"] = np.arange(6, dtype="f").reshape(2, 3), np.int64([7])
            made.save(room + "/w.safetensors")
            read = tenon.Weights(room + "/w.safetensors")
            self.assertEqual(sorted(read), ["a.weight", "b"])
            np.testing.assert_array_equal(read["a.weight"], made["a.weight"])
            with self.assertRaises(KeyError):
                read["c"]


class Networks(unittest.TestCase):
    def test_a_network_is_the_model_that_says_the_same(self):
        net = tenon.Network("g", weights={"w": np.float32([[1, 2], [3, 4]])})
        x = net.input("x", "f32[N,2]")
        net.output(net.relu(net.matmul(x, net.weight("w", "f32[2,2]"))), "y")
        got = engine_of(net).run(x=np.float32([[1, -1]]))["y"]
        np.testing.assert_array_equal(got, np.maximum(np.float32([[1, -1]]) @ np.float32([[1, 2], [3, 4]]), 0))

    def test_attributes_of_every_kind_arrive(self):
        net = tenon.Network()
        x = net.input("x", "f32[1,1,4,4]")
        y = net.max_pool(x, kernel_shape=[2, 2], strides=(2, 2), auto_pad="VALID")
        z = net.constant_of_shape(net.index(2), value=np.float32([3]))
        u = net.leaky_relu(x, alpha=0.5)
        v = net.sum([x, u])
        for name, value in dict(y=y, z=z, v=v).items():
            net.output(value, name)
        x = -np.ones((1, 1, 4, 4), np.float32)
        got = engine_of(net).run(x)
        self.assertEqual((got["y"].shape, got["z"].tolist(), float(got["v"][0, 0, 0, 0])), ((1, 1, 2, 2), [3, 3], -1.5))

    def test_an_attribute_of_zero_is_not_the_default(self):
        net = tenon.Network()
        net.output(net.flatten(net.input("x", "f32[2,3]"), axis=0), "y")
        self.assertEqual(net.finish().outputs[0].shape, (1, 6))

    def test_outputs_are_asked_for_by_count_or_name(self):
        net = tenon.Network()
        x = net.input("x", "f32[6]")
        a, b, c = net.split(x, num_outputs=3, outs=3)
        (which,) = net.topk(x, net.index(1), outs=["Indices"])
        self.assertEqual((c.shape, which.dtype), ((2,), "i64"))
        with self.assertRaises(ValueError):
            net.topk(x, net.index(1), outs=3)

    def test_bodies_are_networks(self):
        net = tenon.Network()
        x, c = net.input("x", "f32[2]"), net.input("c", "bool[]")
        yes, no = net.body("then_branch"), net.body("else_branch")
        yes.output(yes.neg(x), "a")
        no.output(no.exp(x), "b")
        net.output(net.if_(c, then_branch=yes, else_branch=no), "y")
        engine = engine_of(net)
        self.assertEqual(engine.run(x=np.zeros(2, np.float32), c=np.bool_(False))["y"].tolist(), [1, 1])
        self.assertEqual(engine.run(x=np.ones(2, np.float32), c=np.bool_(True))["y"].tolist(), [-1, -1])

    def test_scopes_name_layers_and_weights(self):
        net = tenon.Network(weights={"a.0.w": np.float32([1])})
        with net.scope("a"), net.scope("0"):
            y = net.neg(net.weight("w"))
        self.assertEqual(y.name, "a.0.neg")

    def test_what_is_wrong_is_told_at_its_line(self):
        net = tenon.Network()
        x = net.input("x", "f32[1,3]")
        with self.assertRaises(tenon.Error) as caught:
            net.conv(x, x)
        self.assertIn("test_python.py", caught.exception.diagnostics[0].source)
        with self.assertRaises(tenon.Error):
            net.relu(x)  # the first failure stays

    def test_blocks_of_nn_h_are_methods(self):
        net = tenon.Network()
        net.random_weights(1)
        x = net.input("x", "f32[1,3,16,16]")
        x = net.conv_bn_act(x, "conv", "bn", 8, kernel=3, act="relu")
        x = net.conv2d(x, "head", 4, kernel_hw=(1, 3), padding_hw=(0, 1), no_bias=True)
        x = net.adaptive_avg_pool2d(x, 1, 1)
        self.assertEqual(net.output(net.linear(net.flatten(x), "fc", 5), "y").shape, (1, 5))
        self.assertTrue(np.isfinite(engine_of(net).run(np.ones((1, 3, 16, 16), np.float32))["y"]).all())

    def test_values_outlive_the_graph_that_they_are_of(self):
        net = tenon.Network()
        x = net.input("x", "f32[1,3]")
        net.output(net.relu(x), "y")
        net.finish()
        gc.collect()
        self.assertEqual(x.shape, (1, 3))
        with self.assertRaises(RuntimeError):
            net.relu(x)

    def test_element_types_by_name(self):
        net = tenon.Network("g")
        x = net.input("x", "f32[1,3]")
        self.assertEqual(net.cast(x, to="i32").dtype, "i32")
        with self.assertRaises(TypeError):
            net.cast(x, to="i33")

    def test_every_operator_is_a_method_with_a_sentence(self):
        methods = [m for m in vars(tenon.layers.Layers).values() if callable(m)]
        self.assertGreater(len(methods), 250)
        self.assertTrue(all(m.__doc__ for m in methods))




warnings.simplefilter("ignore", tenon.Warning)
result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
bad = len(result.failures) + len(result.errors)
print(f"{result.testsRun - bad} passed, {bad} failed")
sys.exit(bad > 0)
