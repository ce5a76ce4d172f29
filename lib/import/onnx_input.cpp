// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_input.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "lib/import/onnx_tensor.h"

namespace tilewright::importer::onnx {
namespace {

using Extents = std::map<std::string_view, std::int64_t>;

Error at_input(ErrorCode code, const ValueInfoProto& input, const std::string& what) {
  return {code, "onnx: input '" + input.name + "': " + what};
}

/// -1, 0, a name and nothing all leave the dimension free.
bool is_free(const DimensionProto& dimension) {
  return !dimension.value || *dimension.value == -1 || *dimension.value == 0;
}

std::string to_text(const std::vector<DimensionProto>& dimensions) {
  std::string text;
  for (const DimensionProto& dimension : dimensions) {
    const std::string name = dimension.param.empty() ? "?" : dimension.param;
    text += text.empty() ? "" : "x";
    text += is_free(dimension) ? name : std::to_string(*dimension.value);
  }
  return text.empty() ? "scalar" : text;
}

std::vector<const ValueInfoProto*> real_inputs(const GraphProto& graph) {
  std::set<std::string_view> constants(graph.sparse_initializers.begin(),
                                       graph.sparse_initializers.end());
  for (const TensorProto& tensor : graph.initializers)
    constants.insert(tensor.name);
  std::vector<const ValueInfoProto*> inputs;
  for (const ValueInfoProto& input : graph.inputs) {
    if (!constants.contains(input.name)) inputs.push_back(&input);
  }
  return inputs;
}

/// The caller's shape for input `i`; null if there is none. Names come before indices.
const Shape* given_shape(std::span<const InputShape> shapes, std::string_view name, std::size_t i) {
  const auto find = [&](std::string_view wanted) {
    return std::find_if(shapes.begin(), shapes.end(),
                        [&](const InputShape& shape) { return shape.name == wanted; });
  };
  auto found = find(name);
  if (found == shapes.end()) found = find(std::to_string(i));
  return found == shapes.end() ? nullptr : &found->shape;
}

Status check_given(std::span<const InputShape> shapes,
                   const std::vector<const ValueInfoProto*>& inputs) {
  for (const InputShape& shape : shapes) {
    bool known = false;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      known = known || inputs[i]->name == shape.name || std::to_string(i) == shape.name;
    if (known) continue;
    return Error{ErrorCode::InvalidArgument, "onnx: shape of '" + shape.name +
                                                 "': expected the name or index of one of " +
                                                 std::to_string(inputs.size()) + " inputs"};
  }
  return ok();
}

/// Checks the caller's shape against the file's, and notes the extents of named dimensions.
Status match(const ValueInfoProto& input, const Shape& given, Extents& extents) {
  const Status valid = check_shape(given);
  if (!valid) return at_input(ErrorCode::InvalidArgument, input, valid.error().message);
  if (!input.shape) return ok();
  bool matches = static_cast<int>(input.shape->size()) == given.rank();
  for (int axis = 0; matches && axis < given.rank(); ++axis) {
    const DimensionProto& dimension = (*input.shape)[static_cast<std::size_t>(axis)];
    matches = is_free(dimension) || *dimension.value == given[axis];
    if (!dimension.param.empty()) extents.emplace(dimension.param, given[axis]);
  }
  if (matches) return ok();
  return at_input(ErrorCode::InvalidArgument, input,
                  "expected a shape like " + to_text(*input.shape) + ", got " + to_string(given));
}

Error free_dimension(const ValueInfoProto& input, std::size_t axis) {
  const DimensionProto& dimension = (*input.shape)[axis];
  const std::string name = dimension.param.empty() ? "" : " ('" + dimension.param + "')";
  return at_input(ErrorCode::InvalidArgument, input,
                  "expected an extent for free dimension " + std::to_string(axis) + name +
                      ", got none; set it with --shape " + input.name + "=" +
                      to_text(*input.shape));
}

Result<Shape> complete(const ValueInfoProto& input, const Extents& extents) {
  if (!input.shape) {
    return at_input(ErrorCode::InvalidArgument, input,
                    "expected a shape, got none; set it with --shape " + input.name + "=...");
  }
  std::vector<std::int64_t> dims;
  for (std::size_t axis = 0; axis < input.shape->size(); ++axis) {
    const DimensionProto& dimension = (*input.shape)[axis];
    const auto named = dimension.param.empty() ? extents.end() : extents.find(dimension.param);
    if (!is_free(dimension)) {
      dims.push_back(*dimension.value);
    } else if (named != extents.end()) {
      dims.push_back(named->second);
    } else if (axis == 0) {
      dims.push_back(1);
    } else {
      return free_dimension(input, axis);
    }
  }
  return Shape(dims);
}

Status check_type(const ValueInfoProto& input) {
  if (!input.is_tensor) {
    return at_input(ErrorCode::Unsupported, input, "expected a tensor, got another type");
  }
  if (!dtype_of(input.elem_type)) {
    return at_input(
        ErrorCode::Unsupported, input,
        "expected an element type Tilewright has, got " + data_type_name(input.elem_type));
  }
  if (!input.shape) return ok();
  if (input.shape->size() > kMaxRank) {
    return at_input(ErrorCode::Unsupported, input,
                    "expected at most " + std::to_string(kMaxRank) + " dimensions, got " +
                        std::to_string(input.shape->size()));
  }
  for (const DimensionProto& dimension : *input.shape) {
    if (dimension.value.value_or(0) < -1) {
      return at_input(ErrorCode::InvalidModel, input,
                      "expected extents of at least -1, got " + to_text(*input.shape));
    }
  }
  return ok();
}

}  // namespace

Result<std::vector<TensorSpec>> input_specs(const GraphProto& graph,
                                            std::span<const InputShape> shapes) {
  const std::vector<const ValueInfoProto*> inputs = real_inputs(graph);
  TILEWRIGHT_RETURN_IF_ERROR(check_given(shapes, inputs));
  Extents extents;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    TILEWRIGHT_RETURN_IF_ERROR(check_type(*inputs[i]));
    const Shape* given = given_shape(shapes, inputs[i]->name, i);
    if (given != nullptr) TILEWRIGHT_RETURN_IF_ERROR(match(*inputs[i], *given, extents));
  }
  std::vector<TensorSpec> specs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    TensorSpec spec{.name = inputs[i]->name, .dtype = *dtype_of(inputs[i]->elem_type)};
    const Shape* given = given_shape(shapes, inputs[i]->name, i);
    if (given != nullptr) {
      spec.shape = *given;
    } else {
      TILEWRIGHT_TRY(spec.shape, complete(*inputs[i], extents));
    }
    const Status valid = check_shape(spec.shape);
    if (!valid) return at_input(ErrorCode::InvalidModel, *inputs[i], valid.error().message);
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace tilewright::importer::onnx
