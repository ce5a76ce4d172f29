// SPDX-License-Identifier: Apache-2.0
#include "lib/lowering.h"

#include <algorithm>
#include <utility>

#include "lib/view_strides.h"

namespace tilewright {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

/// Where a value lies: in itself, or as a view of another value's bytes.
struct View {
  ValueId root{};  // whose storage it is
  std::int64_t offset_elements = 0;
  kernels::Strides strides{};
};

class Lowering {
 public:
  explicit Lowering(const Graph& graph) : graph_(graph), uses_(graph::uses(graph)) {
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      const auto id = static_cast<ValueId>(i);
      views_.push_back({id, 0, kernels::dense_strides(graph.value(id).spec.shape)});
    }
    is_boundary_.resize(graph.values.size());
    storages_.resize(graph.values.size());
    for (const ValueId id : graph.inputs)
      is_boundary_[index(id)] = true;
    for (const ValueId id : graph.outputs)
      is_boundary_[index(id)] = true;
  }

  Program run() {
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node)
      push_into_inputs(*node);
    for (const Node& node : graph_.nodes)
      pull_from_input(node);
    for (const Node& node : graph_.nodes)
      emit(node);
    emit_boundaries();
    return std::move(program_);
  }

 private:
  [[nodiscard]] const Shape& shape(ValueId id) const { return graph_.value(id).spec.shape; }
  [[nodiscard]] bool is_own_root(ValueId id) const { return views_[index(id)].root == id; }
  /// A value that may be given another place: made by a node, read once, seen by nobody outside.
  [[nodiscard]] bool may_move(ValueId id) const {
    return !graph_.is_constant(id) && !is_boundary_[index(id)] && is_own_root(id) &&
           uses_.readers[index(id)].size() == 1 && shape(id).elements() > 0;
  }

  void push_into_inputs(const Node& node) {
    if (const auto* concat = std::get_if<Concat>(&node.op)) {
      push_concat(node, *concat);
    } else if (is_rearrangement(node) && may_move(node.inputs[0]) && is_pushed(node)) {
      const View& view = views_[index(node.output)];
      if (const auto strides = strides_of_input(node, view.strides))
        views_[index(node.inputs[0])] = {view.root, view.offset_elements, *strides};
    }
  }

  static bool is_rearrangement(const Node& node) {
    return std::holds_alternative<Reshape>(node.op) || std::holds_alternative<Transpose>(node.op);
  }

  /// Whether the input takes its place from the output, and not the output from the input: the
  /// output's place is given, or its readers are reshapes, which need it dense, while the input's
  /// producer writes to any strides.
  [[nodiscard]] bool is_pushed(const Node& node) const {
    if (!is_own_root(node.output) || is_output(node.output)) return true;
    const auto& readers = uses_.readers[index(node.output)];
    const Node& producer = graph_.nodes[*uses_.producer[index(node.inputs[0])]];
    return std::holds_alternative<Transpose>(node.op) && !is_rearrangement(producer) &&
           !std::holds_alternative<Slice>(producer.op) && !readers.empty() &&
           std::all_of(readers.begin(), readers.end(), [&](std::size_t reader) {
             return std::holds_alternative<Reshape>(graph_.nodes[reader].op);
           });
  }

  /// Strides under which the input of a reshape or transpose lies on the bytes of its output.
  [[nodiscard]] std::optional<kernels::Strides> strides_of_input(
      const Node& node, const kernels::Strides& strides) const {
    const Shape& input = shape(node.inputs[0]);
    if (const auto* transpose = std::get_if<Transpose>(&node.op))
      return untransposed_strides(input, strides, *transpose);
    return reshaped_strides(shape(node.output), strides, input);
  }

  /// Strides under which the output of a reshape or transpose lies on the bytes of its input.
  [[nodiscard]] std::optional<kernels::Strides> strides_of_output(const Node& node) const {
    const kernels::Strides& strides = views_[index(node.inputs[0])].strides;
    if (const auto* transpose = std::get_if<Transpose>(&node.op))
      return transposed_strides(shape(node.output), strides, *transpose);
    return reshaped_strides(shape(node.inputs[0]), strides, shape(node.output));
  }

  void push_concat(const Node& node, const Concat& concat) {
    const View view = views_[index(node.output)];
    const std::int64_t stride = view.strides[static_cast<std::size_t>(concat.axis)];
    std::int64_t begin = 0;
    for (const ValueId input : node.inputs) {
      if (may_move(input)) {
        views_[index(input)] = {view.root, view.offset_elements + begin * stride, view.strides};
      }
      begin += shape(input)[concat.axis];
    }
  }

  void pull_from_input(const Node& node) {
    if (!is_own_root(node.output) || shape(node.output).elements() == 0) return;
    const ValueId input = node.inputs.empty() ? node.output : node.inputs[0];
    if (graph_.is_constant(input) || is_output(node.output)) return;
    if (is_rearrangement(node)) {
      const View& view = views_[index(input)];
      if (const auto strides = strides_of_output(node))
        views_[index(node.output)] = {view.root, view.offset_elements, *strides};
    } else if (const auto* slice = std::get_if<Slice>(&node.op)) {
      pull_slice(node, *slice);
    }
  }

  void pull_slice(const Node& node, const Slice& slice) {
    View view = views_[index(node.inputs[0])];
    const int rank = shape(node.output).rank();
    for (int axis = 0; axis < rank; ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      view.offset_elements += slice.begin[i] * view.strides[i];
      if (slice.size[i] == 1) continue;  // the step of a single cell leads nowhere
      const bool innermost = axis == rank - 1;
      if (slice.step[i] < 1 || (innermost && slice.step[i] != 1)) return;
      view.strides[i] *= slice.step[i];
    }
    views_[index(node.output)] = view;
  }

  [[nodiscard]] bool is_output(ValueId id) const {
    return std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
  }

  std::size_t storage_of(ValueId root) {
    std::optional<std::size_t>& slot = storages_[index(root)];
    if (!slot) {
      const TensorSpec& spec = graph_.value(root).spec;
      slot = program_.storages.size();
      program_.storages.push_back({spec.name, spec.size_bytes(), false, false});
    }
    return *slot;
  }

  ProgramOperand operand(ValueId id) {
    const graph::Value& value = graph_.value(id);
    ProgramOperand result{value.spec, value.constant, {}};
    if (value.constant) {
      result.place.strides = kernels::dense_strides(value.spec.shape);
      return result;
    }
    const View& view = views_[index(id)];
    result.place = {storage_of(view.root), view.offset_elements * size_bytes(value.spec.dtype),
                    view.strides};
    return result;
  }

  static ProgramOp copy(std::string name, ProgramOperand src, ProgramOperand dst) {
    Slice all;
    for (int axis = 0; axis < src.spec.shape.rank(); ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      all.size[i] = src.spec.shape[axis];
      all.step[i] = 1;
    }
    return {std::move(name), all, {std::move(src)}, std::move(dst)};
  }

  void emit(const Node& node) {
    if (const auto* concat = std::get_if<Concat>(&node.op)) {
      emit_concat(node, *concat);
      return;
    }
    const bool is_view = is_rearrangement(node) || std::holds_alternative<Slice>(node.op);
    if (is_view && !graph_.is_constant(node.inputs[0]) && shares_bytes(node.inputs[0], node.output))
      return;
    ProgramOp op{node.name, node.op, {}, operand(node.output)};
    for (const ValueId input : node.inputs)
      op.src.push_back(operand(input));
    program_.ops.push_back(std::move(op));
  }

  /// Whether a slice, reshape or transpose needs no step: both ends are views of one root, made so
  /// on purpose.
  [[nodiscard]] bool shares_bytes(ValueId input, ValueId output) const {
    return views_[index(input)].root == views_[index(output)].root;
  }

  void emit_concat(const Node& node, const Concat& concat) {
    const ProgramOperand whole = operand(node.output);
    const auto axis = static_cast<std::size_t>(concat.axis);
    std::int64_t begin = 0;
    for (const ValueId input : node.inputs) {
      ProgramOperand src = operand(input);
      ProgramOperand dst{src.spec, std::nullopt, whole.place};
      dst.place.offset_bytes += begin * whole.place.strides[axis] * size_bytes(src.spec.dtype);
      begin += src.spec.shape[concat.axis];
      const bool in_place = !src.constant && src.place.storage == dst.place.storage;
      if (in_place || src.spec.shape.elements() == 0) continue;
      program_.ops.push_back(copy(node.name, std::move(src), std::move(dst)));
    }
  }

  void emit_boundaries() {
    for (const ValueId id : graph_.inputs) {
      const std::size_t storage = storage_of(id);
      program_.storages[storage].input = true;
      program_.inputs.push_back({graph_.value(id).spec, storage});
    }
    for (const ValueId id : graph_.outputs) {
      const graph::Value& value = graph_.value(id);
      const bool has_own_bytes =
          !value.constant && is_own_root(id) && uses_.producer[index(id)].has_value();
      std::size_t storage = 0;
      if (has_own_bytes) {
        storage = storage_of(id);
      } else {  // a constant or an input that is also an output
        storage = program_.storages.size();
        program_.storages.push_back({value.spec.name, value.spec.size_bytes(), false, false});
        ProgramOperand dst{
            value.spec, std::nullopt, {storage, 0, kernels::dense_strides(value.spec.shape)}};
        program_.ops.push_back(copy(value.spec.name, operand(id), std::move(dst)));
      }
      program_.storages[storage].output = true;
      program_.outputs.push_back({value.spec, storage});
    }
  }

  const Graph& graph_;
  graph::Uses uses_;
  std::vector<View> views_;
  std::vector<bool> is_boundary_;
  std::vector<std::optional<std::size_t>> storages_;  // of each value that is a root
  Program program_;
};

}  // namespace

Program lower(const graph::Graph& graph) {
  return Lowering(graph).run();
}

bool is_copy(const ProgramOp& op) {
  return std::holds_alternative<Transpose>(op.op) || std::holds_alternative<Reshape>(op.op) ||
         std::holds_alternative<Slice>(op.op) || std::holds_alternative<Pad>(op.op) ||
         std::holds_alternative<Gather>(op.op) || std::holds_alternative<Broadcast>(op.op) ||
         std::holds_alternative<DepthToSpace>(op.op) || std::holds_alternative<SpaceToDepth>(op.op);
}

std::int64_t count_copies(const Program& program) {
  return std::ranges::count_if(program.ops, is_copy);
}

bool fills_storage(const Program& program, const ProgramOperand& operand) {
  return operand.place.offset_bytes == 0 &&
         operand.place.strides == kernels::dense_strides(operand.spec.shape) &&
         operand.spec.size_bytes() == program.storages[operand.place.storage].bytes;
}

std::vector<TensorSpec> src_specs(const ProgramOp& op) {
  std::vector<TensorSpec> specs;
  for (const ProgramOperand& src : op.src)
    specs.push_back(src.spec);
  return specs;
}

}  // namespace tilewright
