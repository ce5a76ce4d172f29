// SPDX-License-Identifier: Apache-2.0
// The view of memory that a generated function takes: a base, and a stride and an extent per
// dimension, the innermost first. Strides are in elements and may overlap or be 0.
#pragma once

#include <array>
#include <cstdint>

#include <HalideRuntime.h>

namespace tilewright::kernels {

template <int kRank>
class BufferView {
 public:
  /// Views `data` as dimensions of {extent, stride} each.
  template <typename T>
  BufferView(const T* data, const std::array<std::array<std::int64_t, 2>, kRank>& dimensions) {
    for (std::size_t d = 0; d < dimensions.size(); ++d) {
      dimensions_[d].extent = static_cast<std::int32_t>(dimensions[d][0]);
      dimensions_[d].stride = static_cast<std::int32_t>(dimensions[d][1]);
    }
    buffer_.type = halide_type_of<T>();
    buffer_.dimensions = kRank;
    buffer_.dim = dimensions_.data();
    set_data(data);
  }
  BufferView(const BufferView&) = delete;
  BufferView& operator=(const BufferView&) = delete;

  /// Generated functions write only to what they call their output.
  template <typename T>
  void set_data(const T* data) {
    buffer_.host = reinterpret_cast<std::uint8_t*>(const_cast<T*>(data));
  }
  void set_extent(std::size_t dimension, std::int64_t extent) {
    dimensions_[dimension].extent = static_cast<std::int32_t>(extent);
  }

  [[nodiscard]] halide_buffer_t* get() { return &buffer_; }

 private:
  std::array<halide_dimension_t, kRank> dimensions_{};
  halide_buffer_t buffer_{};
};

}  // namespace tilewright::kernels
