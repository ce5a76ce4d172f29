// SPDX-License-Identifier: Apache-2.0
#include "kernels/kernel.h"

#include <algorithm>

namespace tilewright::kernels {

Strides dense_strides(const Shape& shape) {
  Strides strides{};
  std::int64_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<std::size_t>(axis)] = stride;
    stride *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

std::int64_t row_count(const Shape& dst) {
  if (dst.elements() == 0) return 0;
  return dst.elements() / dst.last();
}

std::int64_t rows_of_axis(const Shape& shape, int axis) {
  std::int64_t rows = 1;
  for (int i = axis; i + 1 < shape.rank(); ++i)
    rows *= shape[i];
  return rows;
}

std::int64_t column_count(const Shape& dst) {
  return dst.rank() == 0 ? 1 : dst.last();
}

std::vector<KernelConfig> single_config(const Call&, const Kernel&) {
  return {KernelConfig{}};
}

bool config_is_default(const Call&, const Kernel&, const KernelConfig& config) {
  return config == KernelConfig{};
}

std::int64_t granule_of_one(const Call&, const Kernel&, const KernelConfig&) {
  return 1;
}

std::int64_t granule_of_all(const Call& call, const Kernel&, const KernelConfig&) {
  return std::max<std::int64_t>(row_count(call.dst.shape), 1);
}

std::int64_t granule_of_image_row(const Call& call, const Kernel&, const KernelConfig&) {
  const Shape& shape = call.dst.shape;
  return shape.rank() < 2 ? 1 : std::max<std::int64_t>(shape[shape.rank() - 2], 1);
}

std::int64_t no_bytes(const Call&, const Kernel&, const KernelConfig&) {
  return 0;
}

std::uint32_t nothing_packed(const Call&, const Kernel&) {
  return 0;
}

void pack_nothing(const Call&, const Kernel&, const KernelConfig&,
                  std::span<const std::byte* const>, std::byte*) {}

}  // namespace tilewright::kernels
