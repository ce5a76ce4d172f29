// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "lib/graph/whole_slice.h"
#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

/// What [start, end) with `step` means in a dimension of `extent`, as NumPy counts.
void set_range(Slice& op, std::size_t axis, std::int64_t extent, std::int64_t start,
               std::int64_t end, std::int64_t step) {
  if (start < 0) start += extent;
  if (end < 0) end += extent;
  // A longer step reaches one element as well; this one can be negated.
  const std::int64_t longest = std::max<std::int64_t>(extent, 1);
  step = std::clamp(step, -longest, longest);
  if (step > 0) {
    start = std::clamp<std::int64_t>(start, 0, extent);
    end = std::clamp<std::int64_t>(end, start, extent);
    op.size[axis] = (end - start + step - 1) / step;
  } else {
    start = std::clamp<std::int64_t>(start, -1, extent - 1);
    end = std::clamp<std::int64_t>(end, -1, start);
    op.size[axis] = (start - end - step - 1) / -step;
  }
  op.begin[axis] = op.size[axis] == 0 ? 0 : start;
  op.step[axis] = op.size[axis] == 0 ? 1 : step;
}

struct SliceLists {
  std::vector<std::int64_t> starts, ends, axes, steps;
};

Result<SliceLists> read_lists(const NodeImport& node) {
  if (!node.has_input(1) && node.attribute("starts") == nullptr) {
    return node.invalid("'starts': expected a list, got none");
  }
  SliceLists lists;
  TILEWRIGHT_TRY(lists.starts, node.integers_or("starts", 1, {}));
  TILEWRIGHT_TRY(lists.ends, node.integers_or("ends", 2, {}));
  const std::size_t count = lists.starts.size();
  std::vector<std::int64_t> first_axes(count);
  std::iota(first_axes.begin(), first_axes.end(), 0);
  TILEWRIGHT_TRY(lists.axes, node.integers_or("axes", 3, std::move(first_axes)));
  const std::vector<std::int64_t> ones(count, 1);
  TILEWRIGHT_TRY(lists.steps, node.integers_or("steps", 4, ones));
  if (lists.ends.size() != count || lists.axes.size() != count || lists.steps.size() != count) {
    return node.invalid("expected lists of one length, got " + std::to_string(count) + " starts, " +
                        std::to_string(lists.ends.size()) + " ends, " +
                        std::to_string(lists.axes.size()) + " axes and " +
                        std::to_string(lists.steps.size()) + " steps");
  }
  return lists;
}

/// Sizes of the parts along a dimension of `extent`.
Result<std::vector<std::int64_t>> split_sizes(const NodeImport& node, std::int64_t extent) {
  TILEWRIGHT_TRY(std::vector<std::int64_t> sizes, node.integers_or("split", 1, {}));
  const auto parts = static_cast<std::int64_t>(node.proto().outputs.size());
  TILEWRIGHT_TRY(const std::int64_t count, node.integer("num_outputs", parts));
  if (count != parts) {
    return node.invalid("attribute 'num_outputs': expected " + std::to_string(parts) + ", got " +
                        std::to_string(count));
  }
  if (sizes.empty()) {
    // Only since operator set 18, with num_outputs, the last part may be smaller.
    if (extent % parts != 0 && node.attribute("num_outputs") == nullptr) {
      return node.invalid("expected " + std::to_string(parts) + " equal parts of extent " +
                          std::to_string(extent));
    }
    const std::int64_t size = (extent + parts - 1) / parts;
    sizes.assign(static_cast<std::size_t>(parts), size);
    sizes.back() = extent - size * (parts - 1);
  }
  std::int64_t remaining = extent;
  for (const std::int64_t size : sizes)
    remaining = size < 0 || size > remaining ? -1 : remaining - size;
  if (remaining != 0 || static_cast<std::int64_t>(sizes.size()) != parts) {
    return node.invalid("'split': expected " + std::to_string(parts) + " sizes that add up to " +
                        std::to_string(extent));
  }
  return sizes;
}

}  // namespace

Result<Outputs> import_slice(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(const SliceLists lists, read_lists(node));
  Slice op = graph::whole_slice(x.shape);
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < lists.starts.size(); ++i) {
    TILEWRIGHT_TRY(const int axis, node.checked_axis(lists.axes[i], x.shape.rank()));
    const std::uint32_t bit = std::uint32_t{1} << axis;
    if ((seen & bit) != 0) {
      return node.invalid("'axes': expected different dimensions, got " +
                          std::to_string(lists.axes[i]) + " again");
    }
    seen |= bit;
    if (lists.steps[i] == 0) return node.invalid("'steps': expected numbers other than 0, got 0");
    set_range(op, static_cast<std::size_t>(axis), x.shape[axis], lists.starts[i], lists.ends[i],
              lists.steps[i]);
  }
  if (op == graph::whole_slice(x.shape)) return one(x);
  return one(node.emit(op, {x}));
}

Result<Outputs> import_split(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(const int axis, node.axis("axis", 0, x.shape.rank()));
  TILEWRIGHT_TRY(const std::vector<std::int64_t> sizes, split_sizes(node, x.shape[axis]));
  Outputs outputs;
  Slice op = graph::whole_slice(x.shape);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    op.size[static_cast<std::size_t>(axis)] = sizes[i];
    TILEWRIGHT_TRY(const Operand part, node.emit(op, {x}, std::to_string(i)));
    outputs.push_back(part);
    op.begin[static_cast<std::size_t>(axis)] += sizes[i];
  }
  return outputs;
}

}  // namespace tilewright::importer::onnx
