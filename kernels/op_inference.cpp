// SPDX-License-Identifier: Apache-2.0
#include "kernels/op_inference.h"

#include <algorithm>

namespace tilewright::kernels {

Error mismatch(std::string_view what, std::string_view got) {
  return Error{ErrorCode::InvalidArgument,
               "expected " + std::string(what) + ", got " + std::string(got)};
}

Error mismatch(std::string_view what, std::int64_t got) {
  return mismatch(what, std::string_view(std::to_string(got)));
}

Status expect_inputs(Operands src, std::size_t count) {
  if (src.size() == count) return ok();
  return mismatch(std::to_string(count) + (count == 1 ? " input" : " inputs"),
                  static_cast<std::int64_t>(src.size()));
}

Status expect_rank(const TensorSpec& spec, std::string_view name, int rank) {
  if (spec.shape.rank() == rank) return ok();
  return mismatch(std::string(name) + " of rank " + std::to_string(rank), to_string(spec.shape));
}

Status expect_dtype(const TensorSpec& spec, std::string_view name, DType dtype) {
  if (spec.dtype == dtype) return ok();
  return mismatch(std::string(name) + " of " + to_string(dtype), to_string(spec.dtype));
}

Status expect_extent(std::int64_t got, std::string_view name, std::int64_t extent) {
  if (got == extent) return ok();
  return mismatch(std::to_string(extent) + " " + std::string(name), got);
}

Status expect_axis(std::int64_t axis, int rank) {
  if (axis >= 0 && axis < rank) return ok();
  return mismatch("an axis from 0 to below " + std::to_string(rank), axis);
}

Status expect_at_least(std::int64_t got, std::string_view name, std::int64_t least) {
  if (got >= least) return ok();
  return mismatch(std::string(name) + " of at least " + std::to_string(least), got);
}

Result<Shape> broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape result = longer;
  const int lead = longer.rank() - shorter.rank();
  for (int axis = 0; axis < shorter.rank(); ++axis) {
    std::int64_t& extent = result[lead + axis];
    const std::int64_t other = shorter[axis];
    if (extent == 1) {
      extent = other;
    } else if (other != 1 && other != extent) {
      return mismatch("shapes that broadcast", to_string(a) + " and " + to_string(b));
    }
  }
  return result;
}

std::optional<std::int64_t> bounded_multiply_add(std::int64_t a, std::int64_t b, std::int64_t c) {
  if (c > kMaxElements || (a > 0 && b > kMaxElements / a)) return std::nullopt;
  const std::int64_t sum = a * b + c;
  if (sum > kMaxElements) return std::nullopt;
  return sum;
}

Result<TensorSpec> checked_spec(DType dtype, const Shape& shape) {
  TILEWRIGHT_RETURN_IF_ERROR(check_shape(shape));
  return TensorSpec{.name = {}, .dtype = dtype, .shape = shape, .quantization = {}};
}

}  // namespace tilewright::kernels
