// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_inputs.h"

#include <optional>
#include <string>

#include "lib/import/tflite_labels.h"

namespace tilewright::importer::tflite {
namespace {

Error wrong_shape(const std::string& message) {
  return Error{ErrorCode::InvalidArgument, "tflite: " + message};
}

bool is_free(const StoredTensor& tensor, int axis) {
  return (tensor.free_dims >> axis & 1U) != 0;
}

/// `1x?x?x3`
std::string shape_pattern(const StoredTensor& tensor) {
  std::string text;
  for (int axis = 0; axis < tensor.spec.shape.rank(); ++axis) {
    if (axis > 0) text += 'x';
    text += is_free(tensor, axis) ? "?" : std::to_string(tensor.spec.shape[axis]);
  }
  return text;
}

Result<Shape> default_shape(const StoredTensor& tensor, const std::string& where) {
  Shape shape = tensor.spec.shape;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (!is_free(tensor, axis)) continue;
    if (axis > 0) {
      return wrong_shape(where + ": expected an extent for dimension " + std::to_string(axis) +
                         ", which the file leaves free, got none: give it with --shape " +
                         printable(tensor.spec.name) + "=" + shape_pattern(tensor));
    }
    shape[axis] = 1;
  }
  return shape;
}

Result<Shape> given_shape(const StoredTensor& tensor, const std::string& where,
                          const Shape& given) {
  const Shape& stored = tensor.spec.shape;
  bool fits = given.rank() == stored.rank() && check_shape(given).has_value();
  for (int axis = 0; fits && axis < stored.rank(); ++axis) {
    fits = given[axis] == stored[axis] || (is_free(tensor, axis) && given[axis] > 0);
  }
  if (fits) return given;
  return wrong_shape(where + ": expected a shape of " + shape_pattern(tensor) + ", got " +
                     to_string(given));
}

/// The input that `name` means: its name, or its position.
std::optional<std::size_t> find_input(std::span<const StoredTensor> tensors,
                                      std::span<const std::int32_t> inputs,
                                      const std::string& name) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (tensors[static_cast<std::size_t>(inputs[i])].spec.name == name) return i;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (std::to_string(i) == name) return i;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Shape>> resolve_input_shapes(std::span<const StoredTensor> tensors,
                                                std::span<const std::int32_t> inputs,
                                                std::span<const InputShape> given) {
  std::vector<const Shape*> chosen(inputs.size(), nullptr);
  for (const InputShape& entry : given) {
    const auto position = find_input(tensors, inputs, entry.name);
    if (!position) {
      return wrong_shape("shapes: expected the name or position of one of " +
                         std::to_string(inputs.size()) + " inputs, got " + quoted(entry.name));
    }
    if (chosen[*position] != nullptr) {
      return wrong_shape("shapes: expected one shape per input, got two for " + quoted(entry.name));
    }
    chosen[*position] = &entry.shape;
  }
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const StoredTensor& tensor = tensors[static_cast<std::size_t>(inputs[i])];
    const std::string where = "input " + std::to_string(i) + " " + quoted(tensor.spec.name);
    TILEWRIGHT_TRY(const Shape shape, chosen[i] == nullptr
                                          ? default_shape(tensor, where)
                                          : given_shape(tensor, where, *chosen[i]));
    shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace tilewright::importer::tflite
