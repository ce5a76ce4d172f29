// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_quantization.h"

#include <cmath>
#include <limits>
#include <utility>

namespace tilewright::importer::tflite {
namespace {

struct Range {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

template <typename T>
constexpr Range range_of() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

/// The values a zero point may have: those of the stored type.
Range stored_range(schema::TensorType type) {
  if (type == schema::TensorType::INT4) return {-8, 7};
  if (type == schema::TensorType::INT8) return range_of<std::int8_t>();
  if (type == schema::TensorType::UINT8) return range_of<std::uint8_t>();
  if (type == schema::TensorType::INT16) return range_of<std::int16_t>();
  return range_of<std::int32_t>();
}

Status check_dimension(int dimension, std::size_t scales, const Shape& shape,
                       const std::string& where) {
  if (dimension < 0 || (shape.rank() > 0 && dimension >= shape.rank())) {
    return Error{ErrorCode::InvalidModel, where + ": expected a quantized_dimension below rank " +
                                              std::to_string(shape.rank()) + ", got " +
                                              std::to_string(dimension)};
  }
  if (scales == 1) return ok();
  const std::int64_t extent = shape.rank() == 0 ? 1 : shape[dimension];
  if (static_cast<std::int64_t>(scales) == extent) return ok();
  return Error{ErrorCode::InvalidModel,
               where + ": expected 1 quantisation scale or " + std::to_string(extent) +
                   " (dimension " + std::to_string(dimension) + "), got " + std::to_string(scales)};
}

}  // namespace

Result<Quantization> read_quantization(const schema::QuantizationParameters* parameters,
                                       schema::TensorType type, const Shape& shape,
                                       const std::string& where) {
  const auto fail = [&](const std::string& message) {
    return Error{ErrorCode::InvalidModel, where + ": " + message};
  };
  if (parameters == nullptr || size_of(parameters->scale()) == 0) return Quantization{};
  const std::span<const float> scales = elements_of(parameters->scale());
  std::vector<std::int64_t> zero_points = wide_elements_of(parameters->zero_point());
  TILEWRIGHT_RETURN_IF_ERROR(
      check_dimension(parameters->quantized_dimension(), scales.size(), shape, where));
  for (const float scale : scales) {
    if (std::isfinite(scale) && scale > 0) continue;
    return fail("expected finite quantisation scales above 0, got " + std::to_string(scale));
  }
  if (zero_points.size() != scales.size()) {
    return fail("expected " + std::to_string(scales.size()) + " zero points, one per scale, got " +
                std::to_string(zero_points.size()));
  }
  const Range range = stored_range(type);
  for (const std::int64_t zero_point : zero_points) {
    if (zero_point >= range.min && zero_point <= range.max) continue;
    return fail("expected zero points from " + std::to_string(range.min) + " to " +
                std::to_string(range.max) + ", got " + std::to_string(zero_point));
  }
  return Quantization{.scales = {scales.begin(), scales.end()},
                      .zero_points = std::move(zero_points),
                      .axis = scales.size() == 1 ? 0 : parameters->quantized_dimension()};
}

}  // namespace tilewright::importer::tflite
