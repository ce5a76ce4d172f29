// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/guarded_tensor.h"

#include <algorithm>
#include <cstring>

#include "kernels/row_index.h"

namespace tilewright::kernels::tests {
namespace {

/// Gaps of 3, 5, 7.. elements from the innermost dimension outwards: nothing stays aligned.
Strides strides_with_gaps(const Shape& shape) {
  Strides strides{};
  std::int64_t stride = 1;
  std::int64_t gap = 3;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<std::size_t>(axis)] = stride;
    stride = stride * std::max<std::int64_t>(shape[axis], 1) + gap;
    gap += 2;
  }
  return strides;
}

Strides strides_of(const Shape& shape, Layout layout) {
  return layout == Layout::Dense ? dense_strides(shape) : strides_with_gaps(shape);
}

/// Elements from the first to behind the last.
std::int64_t span_of(const Shape& shape, const Strides& strides) {
  if (shape.elements() == 0) return 0;
  std::int64_t last = 0;
  for (int axis = 0; axis < shape.rank(); ++axis)
    last += (shape[axis] - 1) * strides[static_cast<std::size_t>(axis)];
  return last + 1;
}

}  // namespace

GuardedTensor::GuardedTensor(const TensorSpec& spec, Layout layout, Placement placement)
    : spec_(spec),
      strides_(strides_of(spec.shape, layout)),
      buffer_(span_of(spec.shape, strides_) * size_bytes(spec.dtype), placement,
              size_bytes(spec.dtype)) {}

TensorRef GuardedTensor::ref() const {
  return {buffer_.data(), spec_.dtype, spec_.shape, strides_};
}

template <typename F>
void GuardedTensor::for_each_row(F&& f) const {
  const std::int64_t element_bytes = size_bytes(spec_.dtype);
  const std::int64_t columns = spec_.shape.last();
  for (std::int64_t row = 0; row < row_count(spec_.shape); ++row) {
    const std::int64_t offset = offset_of(ref(), index_of(spec_.shape, row * columns));
    f(buffer_.data() + offset * element_bytes, row * columns * element_bytes,
      static_cast<std::size_t>(columns * element_bytes));
  }
}

void GuardedTensor::write(const std::vector<std::byte>& dense) {
  for_each_row([&](std::byte* row, std::int64_t offset, std::size_t bytes) {
    std::memcpy(row, dense.data() + offset, bytes);
  });
}

std::vector<std::byte> GuardedTensor::read() const {
  std::vector<std::byte> dense(static_cast<std::size_t>(spec_.size_bytes()));
  for_each_row([&](const std::byte* row, std::int64_t offset, std::size_t bytes) {
    std::memcpy(dense.data() + offset, row, bytes);
  });
  return dense;
}

bool GuardedTensor::gaps_are_poisoned() {
  for_each_row([&](std::byte* row, std::int64_t, std::size_t bytes) {
    std::memset(row, std::to_integer<int>(kPoison), bytes);
  });
  const auto bytes = buffer_.bytes();
  return buffer_.surroundings_are_poisoned() &&
         std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == kPoison; });
}

}  // namespace tilewright::kernels::tests
