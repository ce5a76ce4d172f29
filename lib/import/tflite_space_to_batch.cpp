// SPDX-License-Identifier: Apache-2.0
// Dilated convolutions as TensorFlow writes them: SPACE_TO_BATCH_ND pads x and deals its rows and
// columns out to block x block images, a plain convolution runs on each, and BATCH_TO_SPACE_ND
// collects and crops. That is one convolution with dilation `block`.
#include <array>
#include <limits>
#include <optional>

#include "lib/import/tflite_convolution.h"
#include "lib/import/tflite_ops.h"

namespace tilewright::importer::tflite {
namespace {

enum Operand : std::size_t { kInput, kBlock, kCells };

/// Block and padding of the first operator, or block and crop of the last.
struct Blocks {
  std::vector<std::int64_t> block;  // rows, columns
  std::vector<std::int64_t> cells;  // top, bottom, left, right
};

Result<Blocks> read_blocks(const OperatorReader& op) {
  Blocks blocks;
  TILEWRIGHT_TRY(blocks.block, op.integers(kBlock, "block_shape"));
  TILEWRIGHT_TRY(blocks.cells, op.integers(kCells, "paddings or crops"));
  if (blocks.block.size() != 2 || blocks.cells.size() != 4) {
    return op.unsupported("expected blocks of rows and columns, got " +
                          std::to_string(blocks.block.size()) + " dimensions");
  }
  for (const std::int64_t extent : blocks.block) {
    if (extent >= 1 && extent <= std::numeric_limits<std::int32_t>::max()) continue;
    return op.invalid("block_shape: expected at least 1, got " + std::to_string(extent));
  }
  for (const std::int64_t cell : blocks.cells) {
    if (cell >= 0 && cell <= std::numeric_limits<std::int32_t>::max()) continue;
    return op.invalid("paddings or crops: expected at least 0, got " + std::to_string(cell));
  }
  return blocks;
}

/// The operator that alone reads the output of `op`, as its first operand.
std::optional<std::size_t> only_reader(const OperatorReader& op) {
  State& state = op.state();
  const std::size_t tensor = op.output_tensor(0);
  const Readers& readers = state.readers[tensor];
  if (readers.count != 1) return std::nullopt;
  const OperatorReader reader(state, readers.last_operator);
  if (!reader.has_input(0) || reader.input_tensor(0) != tensor) return std::nullopt;
  for (std::size_t i = 1; i < reader.input_count(); ++i) {
    if (reader.has_input(i) && !value_of(state, reader.input_tensor(i))) return std::nullopt;
  }
  return readers.last_operator;
}

struct Pattern {
  OperatorReader convolution, last;
};

std::optional<Pattern> find_pattern(const OperatorReader& op) {
  using enum schema::BuiltinOperator;
  const auto middle = only_reader(op);
  if (!middle) return std::nullopt;
  const OperatorReader convolution(op.state(), *middle);
  if (convolution.kind() != CONV_2D && convolution.kind() != DEPTHWISE_CONV_2D) {
    return std::nullopt;
  }
  const auto last_index = only_reader(convolution);
  if (!last_index) return std::nullopt;
  const OperatorReader last(op.state(), *last_index);
  if (last.kind() != BATCH_TO_SPACE_ND) return std::nullopt;
  return Pattern{.convolution = convolution, .last = last};
}

Status check_extents(const OperatorReader& op, const Shape& x, const Blocks& blocks) {
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t padded =
        x[static_cast<int>(i) + 1] + blocks.cells[2 * i] + blocks.cells[2 * i + 1];
    if (padded % blocks.block[i] == 0) continue;
    return op.misfit("expected padded extents that are a multiple of block " +
                     std::to_string(blocks.block[i]) + ", got " + std::to_string(padded));
  }
  return ok();
}

/// The window over x itself: padding of one image is `block` cells of x.
std::optional<Window> dilated(const Window& window, const Blocks& from, const Blocks& to) {
  if (window.stride_h != 1 || window.stride_w != 1) return std::nullopt;
  if (window.dilation_h != 1 || window.dilation_w != 1 || from.block != to.block) {
    return std::nullopt;
  }
  const std::array<std::int64_t, 4> inner = {window.pad_top, window.pad_bottom, window.pad_left,
                                             window.pad_right};
  std::array<std::int32_t, 4> pads{};
  for (std::size_t i = 0; i < pads.size(); ++i) {
    const std::int64_t pad = from.cells[i] + from.block[i / 2] * inner[i] - to.cells[i];
    if (pad < 0 || pad > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
    pads[i] = static_cast<std::int32_t>(pad);
  }
  return Window{.dilation_h = static_cast<std::int32_t>(from.block[0]),
                .dilation_w = static_cast<std::int32_t>(from.block[1]),
                .pad_top = pads[0],
                .pad_left = pads[2],
                .pad_bottom = pads[1],
                .pad_right = pads[3]};
}

}  // namespace

Status import_space_to_batch(OperatorReader& op) {
  TILEWRIGHT_TRY(const Blocks from, read_blocks(op));
  const ValueId x = op.input(kInput);
  if (op.shape(x).rank() != 4) {
    return op.unsupported("expected an input of rank 4, got " + to_string(op.shape(x)));
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_extents(op, op.shape(x), from));
  std::optional<Pattern> pattern = find_pattern(op);
  if (!pattern) {
    return op.unsupported("expected a convolution and BATCH_TO_SPACE_ND behind it, got others");
  }
  TILEWRIGHT_TRY(const Blocks to, read_blocks(pattern->last));
  TILEWRIGHT_TRY(ConvolutionNode node, read_convolution(pattern->convolution, x));
  const std::optional<Window> window = dilated(node.window(), from, to);
  if (!window) {
    return op.unsupported(
        "expected blocks that amount to a dilation, got other blocks, strides, "
        "dilations or crops");
  }
  node.window() = *window;
  op.state().done[pattern->convolution.index()] = true;
  op.state().done[pattern->last.index()] = true;
  return pattern->last.finish(std::move(node.op), std::move(node.inputs));
}

Status import_batch_to_space(OperatorReader& op) {
  return op.unsupported("expected SPACE_TO_BATCH_ND and a convolution before it, got others");
}

}  // namespace tilewright::importer::tflite
