// SPDX-License-Identifier: Apache-2.0
// Operators that become several ops: activations made of exponentials, normalisations, tiles. What
// they compute is compared with their formulas.
#include <cmath>
#include <functional>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/lib/graph_interpreter.h"
#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::onnx_writer {
namespace {

using Floats = std::vector<float>;

/// What the file makes of `x`.
Floats computed(const File& file, const Floats& x) {
  const graph::Graph graph = imported(file);
  const graph::Constant input = graph::copy_constant(std::as_bytes(std::span(x)));
  const graph::Constant output = graph::tests::interpret(graph, {&input, 1})[0];
  const auto* begin = reinterpret_cast<const float*>(output.bytes.data());
  return {begin, begin + output.bytes.size() / sizeof(float)};
}

void check_formula(const Message& item, const std::function<double(double)>& formula) {
  const Floats x = {-100, -3, -1, -0.25F, 0, 0.25F, 1, 3, 100};
  const Floats y = computed(one_node(item, {9}, {}, 20), x);
  REQUIRE(y.size() == x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    CAPTURE(x[i]);
    CHECK(y[i] == Catch::Approx(formula(x[i])).margin(1e-6));
  }
}

double elu(double x, double alpha) {
  return x < 0 ? alpha * std::expm1(x) : x;
}

double softplus(double x) {
  return x > 50 ? x : std::log1p(std::exp(x));
}

/// (x - mean) / sqrt(variance + epsilon) of the elements [begin, end).
Floats normalized(const Floats& x, std::size_t begin, std::size_t end, double epsilon) {
  const auto count = static_cast<double>(end - begin);
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i)
    sum += x[i];
  double squares = 0;
  for (std::size_t i = begin; i < end; ++i)
    squares += std::pow(x[i] - sum / count, 2);
  Floats result;
  for (std::size_t i = begin; i < end; ++i)
    result.push_back(
        static_cast<float>((x[i] - sum / count) / std::sqrt(squares / count + epsilon)));
  return result;
}

Floats ramp(std::size_t count) {
  Floats elements(count);
  for (std::size_t i = 0; i < count; ++i)
    elements[i] = static_cast<float>(i * i % 7) - 2;
  return elements;
}

void check_near(const Floats& got, const Floats& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(got[i] == Catch::Approx(expected[i]).margin(1e-5));
  }
}

}  // namespace

TEST_CASE("activations made of exponentials follow their formulas") {
  check_formula(node("Elu", {"x"}, {"y"}, {attribute("alpha", 0.5F)}),
                [](double x) { return elu(x, 0.5); });
  check_formula(node("Selu", {"x"}, {"y"}),
                [](double x) { return 1.0507009873554805 * elu(x, 1.6732632423543772); });
  check_formula(node("Celu", {"x"}, {"y"}, {attribute("alpha", 2.0F)}),
                [](double x) { return x < 0 ? 2 * std::expm1(x / 2) : x; });
  check_formula(node("Softplus", {"x"}, {"y"}), softplus);
  check_formula(node("Softsign", {"x"}, {"y"}), [](double x) { return x / (1 + std::fabs(x)); });
  check_formula(node("Mish", {"x"}, {"y"}), [](double x) { return x * std::tanh(softplus(x)); });
}

TEST_CASE("Gelu is exact or by the hyperbolic tangent") {
  CHECK(
      only<Activate>(imported(one_node(node("Gelu", {"x"}, {"y"}), {3}, {}, 20))).activation.kind ==
      ActivationKind::Gelu);
  const Message by_tanh = node("Gelu", {"x"}, {"y"}, {attribute("approximate", "tanh")});
  CHECK(only<Activate>(imported(one_node(by_tanh, {3}, {}, 20))).activation.kind ==
        ActivationKind::GeluTanh);
  const Message other = node("Gelu", {"x"}, {"y"}, {attribute("approximate", "erf")});
  CHECK(import_error(one_node(other, {3}, {}, 20)) ==
        "invalid_model: onnx: node 'n' (Gelu): attribute 'approximate': expected none or tanh, got "
        "'erf'");
}

TEST_CASE("LayerNormalization normalises all dimensions from its axis on") {
  const Message last =
      node("LayerNormalization", {"x", "s", "b"}, {"y"}, {attribute("epsilon", 0.5F)});
  const graph::Graph graph =
      imported(one_node(last, {2, 3}, {counting("s", {3}), counting("b", {3})}, 17));
  CHECK(op_names(graph) == "layer_norm");
  CHECK(only<LayerNorm>(graph).epsilon == 0.5F);

  const Message two = node("LayerNormalization", {"x", "s"}, {"y"}, {attribute("axis", 1)});
  const File file = one_node(two, {2, 3, 2}, {floats("s", {2}, {1, 2})}, 17);
  const Floats x = ramp(12);
  Floats expected = normalized(x, 0, 6, 1e-5);
  for (const float value : normalized(x, 6, 12, 1e-5))
    expected.push_back(value);
  for (std::size_t i = 1; i < expected.size(); i += 2)
    expected[i] *= 2;
  check_near(computed(file, x), expected);
}

TEST_CASE("InstanceNormalization and GroupNormalization normalise images of channels") {
  const std::vector<Message> factors = {floats("s", {2}, {1, 3}), floats("b", {2}, {0, 5})};
  const Floats x = ramp(8);
  const auto scaled = [](Floats values) {
    for (std::size_t i = 4; i < values.size(); ++i)
      values[i] = values[i] * 3 + 5;
    return values;
  };
  Floats by_channel = normalized(x, 0, 4, 1e-5);
  for (const float value : normalized(x, 4, 8, 1e-5))
    by_channel.push_back(value);
  const Message instance = node("InstanceNormalization", {"x", "s", "b"}, {"y"});
  check_near(computed(one_node(instance, {1, 2, 2, 2}, factors), x), scaled(by_channel));
  const auto group = [](std::int64_t groups) {
    return node("GroupNormalization", {"x", "s", "b"}, {"y"}, {attribute("num_groups", groups)});
  };
  check_near(computed(one_node(group(2), {1, 2, 2, 2}, factors, 21), x), scaled(by_channel));
  check_near(computed(one_node(group(1), {1, 2, 2, 2}, factors, 21), x),
             scaled(normalized(x, 0, 8, 1e-5)));
  CHECK(import_error(one_node(group(3), {1, 2, 2, 2}, factors, 21)) ==
        "invalid_model: onnx: node 'n' (GroupNormalization): attribute 'num_groups': expected a "
        "divisor of 2 channels, got 3");
  CHECK(import_error(one_node(instance, {1, 3, 2, 2}, factors)) ==
        "unsupported: onnx: node 'n' (InstanceNormalization): input 'scale': expected shape 3, got "
        "2");
}

TEST_CASE("Tile repeats along every dimension") {
  const Message tile = node("Tile", {"x", "r"}, {"y"});
  CHECK(computed(one_node(tile, {2, 2}, {integers("r", {2}, {2, 3})}), {1, 2, 3, 4}) ==
        Floats{1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4});
  CHECK(import_error(one_node(tile, {2, 2}, {integers("r", {1}, {2})})) ==
        "invalid_model: onnx: node 'n' (Tile): 'repeats': expected one for each of 2 dimensions, "
        "got 1");
  CHECK(
      import_error(one_node(tile, {2, 2}, {integers("r", {2}, {1, -1})})) ==
      "invalid_model: onnx: node 'n' (Tile): 'repeats': expected from 0 to 2147483647 elements in "
      "dimension 1, got -1 times 2");
}

TEST_CASE("ReduceL2 is the root of ReduceSumSquare") {
  const auto reduce = [](const char* op_type) {
    return node(op_type, {"x"}, {"y"}, {attribute("axes", Dims{1}), attribute("keepdims", 0)});
  };
  CHECK(computed(one_node(reduce("ReduceSumSquare"), {2, 2}), {3, 4, 0, 2}) == Floats{25, 4});
  CHECK(computed(one_node(reduce("ReduceL2"), {2, 2}), {3, 4, 0, 2}) == Floats{5, 2});
}

TEST_CASE("Resize takes some of the dimensions, and images with channels last") {
  const Message by_axes = node("Resize", {"x", "", "", "s"}, {"y"},
                               {attribute("axes", Dims{3, 2}), attribute("mode", "linear")});
  const graph::Graph first =
      imported(one_node(by_axes, {1, 2, 3, 3}, {integers("s", {2}, {5, 7})}, 18));
  CHECK(only<Resize2d>(first).out_h == 7);
  CHECK(only<Resize2d>(first).out_w == 5);
  const Message by_scales = node("Resize", {"x", "", "s"}, {"y"});
  const graph::Graph last =
      imported(one_node(by_scales, {1, 2, 3, 4}, {floats("s", {4}, {1, 2, 3, 1})}));
  CHECK(op_names(last) == "resize2d");
  CHECK(only<Resize2d>(last).out_w == 9);
}

}  // namespace tilewright::onnx_writer
