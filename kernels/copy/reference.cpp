// SPDX-License-Identifier: Apache-2.0
// Data movement, written to be read: each op is the formula that says which element of which input
// an element of the output is.
#include <algorithm>

#include "kernels/copy/copy_references.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

template <typename T>
const T& op_of(const KernelArgs& args) {
  return *std::get_if<T>(&args.op);
}

void copy_element(const KernelArgs& args, const Index& index, const TensorRef& src,
                  const Index& src_index) {
  const std::int64_t bytes = size_bytes(args.dst.dtype);
  std::memcpy(args.dst.data + offset_of(args.dst, index) * bytes,
              src.data + offset_of(src, src_index) * bytes, static_cast<std::size_t>(bytes));
}

void fill_element(const KernelArgs& args, const Index& index,
                  const std::array<std::byte, 8>& value) {
  const std::int64_t bytes = size_bytes(args.dst.dtype);
  std::memcpy(args.dst.data + offset_of(args.dst, index) * bytes, value.data(),
              static_cast<std::size_t>(bytes));
}

/// Copies every element of the output from where `source_of` its index is in the first input.
template <typename F>
void move_elements(const KernelArgs& args, F&& source_of) {
  for_each_element(
      args, [&](const Index& index) { copy_element(args, index, args.src[0], source_of(index)); });
}

/// The cell of a dimension of `extent` cells that position `i` of its mirror images shows.
std::int64_t reflected(std::int64_t i, std::int64_t extent) {
  if (extent == 1) return 0;
  const std::int64_t period = 2 * (extent - 1);
  const std::int64_t phase = ((i % period) + period) % period;
  return phase < extent ? phase : period - phase;
}

std::int64_t gather_index(const TensorRef& indices, const Index& index) {
  return indices.dtype == DType::Int64 ? element<std::int64_t>(indices, index)
                                       : element<std::int32_t>(indices, index);
}

}  // namespace

// dst[i0, i1, ..] = src[j] with j[perm[k]] = i_k
void run_transpose_reference(const KernelArgs& args) {
  const auto& perm = op_of<Transpose>(args).perm;
  move_elements(args, [&](const Index& index) {
    Index src{};
    for (int axis = 0; axis < args.dst.shape.rank(); ++axis)
      at(src, perm[static_cast<std::size_t>(axis)]) = at(index, axis);
    return src;
  });
}

void run_reshape_reference(const KernelArgs& args) {
  move_elements(args, [&](const Index& index) {
    return index_of(args.src[0].shape, position_of(args.dst.shape, index));
  });
}

void run_broadcast_reference(const KernelArgs& args) {
  move_elements(args, [&](const Index& index) {
    return broadcast_index(args.src[0].shape, args.dst.shape.rank(), index);
  });
}

// dst[i] = src[begin + i * step]
void run_slice_reference(const KernelArgs& args) {
  const auto& slice = op_of<Slice>(args);
  move_elements(args, [&](const Index& index) {
    Index src{};
    for (int axis = 0; axis < args.dst.shape.rank(); ++axis)
      at(src, axis) = at(slice.begin, axis) + at(index, axis) * at(slice.step, axis);
    return src;
  });
}

// dst[.., i, ..] = the input whose part of `axis` holds i
void run_concat_reference(const KernelArgs& args) {
  const int axis = op_of<Concat>(args).axis;
  for_each_element(args, [&](const Index& index) {
    Index src_index = index;
    for (const TensorRef& src : args.src) {
      if (at(src_index, axis) < src.shape[axis]) {
        copy_element(args, index, src, src_index);
        return;
      }
      at(src_index, axis) -= src.shape[axis];
    }
  });
}

// dst[i] = src[i - before], or what the mode says where that is outside src
void run_pad_reference(const KernelArgs& args) {
  const auto& pad = op_of<Pad>(args);
  const Shape& src_shape = args.src[0].shape;
  const auto value = pad_element(args.dst.dtype, pad.value);
  for_each_element(args, [&](const Index& index) {
    Index src{};
    bool inside = true;
    for (int axis = 0; axis < src_shape.rank(); ++axis) {
      const std::int64_t last = src_shape[axis] - 1;
      std::int64_t i = at(index, axis) - at(pad.before, axis);
      inside = inside && i >= 0 && i <= last;
      if (pad.mode == PadMode::Reflect) i = reflected(i, src_shape[axis]);
      if (pad.mode == PadMode::Edge) i = std::clamp<std::int64_t>(i, 0, last);
      at(src, axis) = i;
    }
    if (pad.mode == PadMode::Constant && !inside) {
      fill_element(args, index, value);
    } else {
      copy_element(args, index, args.src[0], src);
    }
  });
}

// dst[a.., i.., b..] = x[a.., indices[i..], b..]
void run_gather_reference(const KernelArgs& args) {
  const int axis = op_of<Gather>(args).axis;
  const TensorRef& x = args.src[0];
  const TensorRef& indices = args.src[1];
  const int index_rank = indices.shape.rank();
  for_each_element(args, [&](const Index& index) {
    Index which{};
    for (int i = 0; i < index_rank; ++i)
      at(which, i) = at(index, axis + i);
    const std::int64_t extent = x.shape[axis];
    if (extent == 0) return fill_element(args, index, {});
    std::int64_t cell = gather_index(indices, which);
    if (cell < 0) cell += extent;
    Index src{};
    for (int i = 0; i < x.shape.rank(); ++i)
      at(src, i) = at(index, i <= axis ? i : i + index_rank - 1);
    at(src, axis) = std::clamp<std::int64_t>(cell, 0, extent - 1);
    copy_element(args, index, x, src);
  });
}

// dst[n, y, x, c] = src[n, y / b, x / b, channel of (y % b, x % b, c)]
void run_depth_to_space_reference(const KernelArgs& args) {
  const auto& op = op_of<DepthToSpace>(args);
  const std::int64_t block = op.block;
  const std::int64_t channels = args.dst.shape[3];
  move_elements(args, [&](const Index& i) {
    const std::int64_t cell = i[1] % block * block + i[2] % block;
    const std::int64_t channel =
        op.order == DepthOrder::BlockFirst ? cell * channels + i[3] : i[3] * block * block + cell;
    return Index{i[0], i[1] / block, i[2] / block, channel};
  });
}

// dst[n, y, x, (by, bx, c)] = src[n, y * b + by, x * b + bx, c]
void run_space_to_depth_reference(const KernelArgs& args) {
  const std::int64_t block = op_of<SpaceToDepth>(args).block;
  const std::int64_t channels = args.src[0].shape[3];
  move_elements(args, [&](const Index& i) {
    const std::int64_t cell = i[3] / channels;
    return Index{i[0], i[1] * block + cell / block, i[2] * block + cell % block, i[3] % channels};
  });
}

}  // namespace tilewright::kernels
