// SPDX-License-Identifier: Apache-2.0
// Reductions, written to be read: dst[i] = f over all src[j] whose dimensions that stay equal i.
//
// float32 is summed in double. Nothing to reduce gives 0 (sum), 1 (product), NaN (mean), -infinity
// or the lowest integer (max), +infinity or the highest (min). A NaN gives NaN. Integers wrap;
// their mean truncates, and is 0 of nothing.
#include <limits>
#include <type_traits>

#include "kernels/reduce/reduce.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

template <typename T>
constexpr T kLowest = std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity()
                                                  : std::numeric_limits<T>::min();
template <typename T>
constexpr T kHighest = std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity()
                                                   : std::numeric_limits<T>::max();

template <typename T>
T start_of(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::Sum:
    case ReduceKind::Mean:
      return 0;
    case ReduceKind::Prod:
      return 1;
    case ReduceKind::Max:
      return kLowest<T>;
    case ReduceKind::Min:
      return kHighest<T>;
  }
  return 0;
}

/// `T` is double for float32, and unsigned arithmetic for integers, which wraps.
template <typename T>
T combined(ReduceKind kind, T a, T b) {
  using Wrapping = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>,
                                               std::type_identity<T>>::type;
  switch (kind) {
    case ReduceKind::Sum:
    case ReduceKind::Mean:
      return static_cast<T>(static_cast<Wrapping>(a) + static_cast<Wrapping>(b));
    case ReduceKind::Prod:
      return static_cast<T>(static_cast<Wrapping>(a) * static_cast<Wrapping>(b));
    case ReduceKind::Max:
      return (a != a || a > b) ? a : b;
    case ReduceKind::Min:
      return (a != a || a < b) ? a : b;
  }
  return a;
}

bool reduces(const Reduce& op, int axis) {
  return ((op.axes >> static_cast<unsigned>(axis)) & 1U) != 0;
}

/// The shape of the cells that one output element is made of, as dimensions of src.
Shape reduced_shape(const Reduce& op, const Shape& src) {
  Shape shape = src;
  for (int axis = 0; axis < src.rank(); ++axis) {
    if (!reduces(op, axis)) shape[axis] = 1;
  }
  return shape;
}

/// The first cell of src that counts for `index` of the output.
Index first_cell(const Reduce& op, const Shape& src, const Index& index) {
  Index cell{};
  int dst_axis = 0;
  for (int axis = 0; axis < src.rank(); ++axis) {
    if (!reduces(op, axis)) at(cell, axis) = at(index, dst_axis);
    if (!reduces(op, axis) || op.keep_dims) ++dst_axis;
  }
  return cell;
}

template <typename T, typename Sum>
void reduce_elements(const KernelArgs& args) {
  const auto& op = *std::get_if<Reduce>(&args.op);
  const TensorRef& src = args.src[0];
  const Shape cells = reduced_shape(op, src.shape);
  const std::int64_t count = cells.elements();
  for_each_element(args, [&](const Index& index) {
    const std::int64_t base = offset_of(src, first_cell(op, src.shape, index));
    Sum result = start_of<Sum>(op.kind);
    for (std::int64_t i = 0; i < count; ++i) {
      const T x = src.as<T>()[base + offset_of(src, index_of(cells, i))];
      result = combined(op.kind, result, static_cast<Sum>(x));
    }
    if (op.kind == ReduceKind::Mean && (count != 0 || std::is_floating_point_v<T>)) {
      result /= static_cast<Sum>(count);
    }
    element<T>(args.dst, index) = static_cast<T>(result);
  });
}

}  // namespace

void run_reduce_reference(const KernelArgs& args) {
  if (args.dst.dtype == DType::Int64) return reduce_elements<std::int64_t, std::int64_t>(args);
  if (args.dst.dtype == DType::Int32) return reduce_elements<std::int32_t, std::int32_t>(args);
  reduce_elements<float, double>(args);
}

}  // namespace tilewright::kernels
