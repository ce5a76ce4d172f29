// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_convolution.h"

#include <limits>
#include <utility>

#include "lib/import/tflite_dequantize.h"
#include "lib/import/tflite_ops.h"
#include "lib/import/tflite_window.h"

namespace tilewright::importer::tflite {
namespace {

bool is_float(DType dtype) {
  return dtype == DType::Float32 || dtype == DType::Float16 || dtype == DType::Float64;
}

}  // namespace

Status expect_rank4(const OperatorReader& op, ValueId x, ValueId filter) {
  for (const auto& [name, id] : {std::pair{"input", x}, std::pair{"filter", filter}}) {
    if (op.shape(id).rank() == 4) continue;
    return op.misfit("expected an " + std::string(name) + " of rank 4, got " +
                     to_string(op.shape(id)));
  }
  // An empty filter would let a small file ask for a bias of any size.
  if (op.shape(filter).elements() > 0) return ok();
  return op.invalid("expected a filter with elements, got " + to_string(op.shape(filter)));
}

namespace {

template <typename Options>
Result<Window> window_of(const OperatorReader& op, const Options& options, const Shape& x,
                         const Shape& filter) {
  return read_window(op, {.padding = options.padding(),
                          .in_h = x[1],
                          .in_w = x[2],
                          .kernel_h = filter[1],
                          .kernel_w = filter[2],
                          .stride_h = options.stride_h(),
                          .stride_w = options.stride_w(),
                          .dilation_h = options.dilation_h_factor(),
                          .dilation_w = options.dilation_w_factor()});
}

/// The format has no field for groups: there are as many as the filter's channels go into those of
/// the input.
Result<ConvolutionNode> read_conv2d(OperatorReader& op, ValueId x, ValueId filter) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::Conv2DOptions>());
  const Shape filter_shape = op.shape(filter);
  const std::int64_t channels = op.shape(x)[3];
  const std::int64_t groups = channels / filter_shape[3];
  const bool fits = groups > 0 && groups * filter_shape[3] == channels;
  if (!fits || filter_shape[0] % groups != 0) {
    return op.misfit("expected " + std::to_string(filter_shape[3]) +
                     " input channels, as the filter has, or as many for each group of its " +
                     std::to_string(filter_shape[0]) + " outputs, got " + std::to_string(channels));
  }
  TILEWRIGHT_TRY(const Window window, window_of(op, *options, op.shape(x), filter_shape));
  TILEWRIGHT_TRY(const Activation activation,
                 read_activation(op, options->fused_activation_function()));
  TILEWRIGHT_TRY(const ValueId bias, read_bias(op, 2, x, filter_shape[0]));
  return ConvolutionNode{.op = Conv2d{.window = window,
                                      .groups = static_cast<std::int32_t>(groups),
                                      .activation = activation},
                         .inputs = {x, filter, bias}};
}

/// A constant under another shape; its bytes are shared.
Result<ValueId> with_shape(OperatorReader& op, ValueId id, const Shape& shape,
                           std::string_view suffix) {
  if (!op.is_constant(id)) return op.step(suffix, Reshape{shape}, {id});
  graph::Builder& builder = op.state().builder;
  TensorSpec spec = op.spec(id);
  spec.shape = shape;
  spec.quantization.axis = 0;
  return builder.constant(std::move(spec), *builder.graph().value(id).constant);
}

/// The filter without its leading extent of 1, which our operator does not have.
Result<ValueId> depthwise_filter(OperatorReader& op, ValueId filter) {
  const Shape shape = op.shape(filter);
  if (shape[0] != 1) {
    return op.invalid("expected a filter of 1 x kernel height x kernel width x channels, got " +
                      to_string(shape));
  }
  Quantization quantization = op.spec(filter).quantization;
  if (quantization.scales.size() > 1) quantization.axis -= 1;
  TILEWRIGHT_TRY(const ValueId flat,
                 with_shape(op, filter, {shape[1], shape[2], shape[3]}, "filter"));
  op.state().builder.spec(flat).quantization = std::move(quantization);
  return flat;
}

Result<ConvolutionNode> read_depthwise(OperatorReader& op, ValueId x, ValueId filter) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::DepthwiseConv2DOptions>());
  TILEWRIGHT_TRY(const Window window, window_of(op, *options, op.shape(x), op.shape(filter)));
  TILEWRIGHT_TRY(const Activation activation,
                 read_activation(op, options->fused_activation_function()));
  TILEWRIGHT_TRY(const ValueId bias, read_bias(op, 2, x, op.shape(filter)[3]));
  TILEWRIGHT_TRY(const ValueId flat, depthwise_filter(op, filter));
  return ConvolutionNode{.op = DepthwiseConv2d{.window = window, .activation = activation},
                         .inputs = {x, flat, bias}};
}

}  // namespace

Window& ConvolutionNode::window() {
  if (auto* conv = std::get_if<Conv2d>(&op)) return conv->window;
  auto* depthwise = std::get_if<DepthwiseConv2d>(&op);
  TILEWRIGHT_CHECK(depthwise != nullptr);
  return depthwise->window;
}

Result<ValueId> read_weights(OperatorReader& op, ValueId x, ValueId weights) {
  const DType activations = op.spec(x).dtype;
  const DType stored = op.spec(weights).dtype;
  if (!op.is_constant(weights)) {
    op.state().note_unsupported(
        op.unsupported("expected weights that are a constant, got a tensor computed at run time"));
  } else if (activations == DType::Float32 && is_scaled(op.spec(weights))) {
    return dequantized(op, weights, "weights");
  }
  if (is_float(activations) ? activations == stored : !is_float(stored)) return weights;
  return op.unsupported("expected weights and activations of the same kind, got " +
                        std::string(to_string(stored)) + " and " + to_string(activations));
}

Result<ValueId> read_bias(OperatorReader& op, std::size_t i, ValueId x, std::int64_t count) {
  if (!op.has_input(i)) return op.zero_bias(x, count);
  const ValueId bias = op.input(i);
  if (!op.is_constant(bias)) {
    op.state().note_unsupported(
        op.unsupported("expected a bias that is a constant, got a tensor computed at run time"));
  }
  const Shape& shape = op.shape(bias);
  if (shape.rank() == 1 || shape.elements() != count) return bias;
  return with_shape(op, bias, {count}, "bias");
}

Result<ConvolutionNode> read_convolution(OperatorReader& op, ValueId x) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank4(op, x, op.input(1)));
  TILEWRIGHT_TRY(const ValueId filter, read_weights(op, x, op.input(1)));
  if (op.kind() == schema::BuiltinOperator::CONV_2D) return read_conv2d(op, x, filter);
  return read_depthwise(op, x, filter);
}

Status import_convolution(OperatorReader& op) {
  TILEWRIGHT_TRY(ConvolutionNode node, read_convolution(op, op.input(0)));
  return op.finish(std::move(node.op), std::move(node.inputs));
}

}  // namespace tilewright::importer::tflite
