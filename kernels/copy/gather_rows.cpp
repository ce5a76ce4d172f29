// SPDX-License-Identifier: Apache-2.0
// Gather, row by row: a row of the output is a row of the input, or, along the last dimension,
// single elements of one. The rule for indices outside is the reference's: clamped.
#include "kernels/copy/gather_rows.h"

#include "kernels/copy/copy_kernels.h"
#include "kernels/copy/word.h"

namespace tilewright::kernels {
namespace {

std::int64_t clamped_cell(const TensorRef& indices, std::int64_t offset, std::int64_t extent) {
  const std::int64_t cell = indices.dtype == DType::Int64 ? indices.as<std::int64_t>()[offset]
                                                          : indices.as<std::int32_t>()[offset];
  return std::clamp<std::int64_t>(cell < 0 ? cell + extent : cell, 0, extent - 1);
}

/// The innermost loop over rows: each has the elements of x at these indices.
template <typename Word, typename Cell>
void pick_elements(const Loop& rows, std::span<const Cell> cells, Word* dst, const Word* src) {
  for (std::int64_t row = 0; row < rows.extent; ++row) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      dst[i] = src[cells[i]];
    dst += rows.strides[0];
    src += rows.strides[1];
  }
}

/// A gather of elements along the last dimension by a list of indices inside it.
template <typename Cell>
void pick_columns(const KernelArgs& args, std::span<const Cell> cells) {
  for_each_run_of_rows(args, [&](const Loop& rows, std::byte* dst, const std::byte* src) {
    with_word(size_bytes(args.dst.dtype), [&](auto word) {
      using Word = decltype(word);
      pick_elements<Word>(rows, cells, words<Word>(dst), words<Word>(src));
    });
  });
}

/// The same, if the indices are such a list; says whether they are.
template <typename Cell>
bool try_pick_columns(const KernelArgs& args) {
  const TensorRef& indices = args.src[1];
  if (indices.shape.rank() != 1 || indices.dtype != kDTypeOf<Cell>) return false;
  const std::span cells(indices.as<Cell>(), static_cast<std::size_t>(indices.shape[0]));
  const std::int64_t extent = args.src[0].shape.last();
  const bool inside = std::all_of(cells.begin(), cells.end(),
                                  [&](Cell cell) { return cell >= 0 && cell < extent; });
  if (inside) pick_columns<Cell>(args, cells);
  return inside;
}

/// Where a row of the output reads, `axis` left out: its part of the indices and its part of x.
struct RowSource {
  std::int64_t indices_offset = 0;
  std::int64_t x_offset = 0;
};

RowSource row_source(const KernelArgs& args, int axis, const Index& index) {
  const TensorRef& x = args.src[0];
  const TensorRef& indices = args.src[1];
  const int index_rank = indices.shape.rank();
  RowSource source;
  for (int i = 0; i < index_rank; ++i)
    source.indices_offset += at(index, axis + i) * at(indices.strides, i);
  for (int i = 0; i < x.shape.rank(); ++i) {
    if (i == axis) continue;
    source.x_offset += at(index, i < axis ? i : i + index_rank - 1) * at(x.strides, i);
  }
  return source;
}

}  // namespace

LoopNest gathered_rows(const KernelArgs& args, const Box& box) {
  LoopNest nest;
  for (int axis = 0; axis + 1 < args.dst.shape.rank(); ++axis) {
    const Loop loop{at(box.extent, axis),
                    {at(args.dst.strides, axis), at(args.src[0].strides, axis)}};
    nest.start[0] += at(box.begin, axis) * loop.strides[0];
    nest.start[1] += at(box.begin, axis) * loop.strides[1];
    nest.add(loop);
  }
  return merged(nest);
}

void run_gather_rows(const KernelArgs& args) {
  const int axis = std::get_if<Gather>(&args.op)->axis;
  const TensorRef& x = args.src[0];
  const TensorRef& indices = args.src[1];
  const std::int64_t bytes = size_bytes(x.dtype);
  const std::int64_t extent = x.shape[axis];
  const std::int64_t columns = args.dst.shape.last();
  // Along the last dimension of x, the columns of the output are those of the indices, or, if these
  // are a scalar, the dimension of x before.
  const bool along_last = axis == x.shape.rank() - 1;
  const bool picks_elements = along_last && indices.shape.rank() > 0;
  if (picks_elements &&
      (try_pick_columns<std::int64_t>(args) || try_pick_columns<std::int32_t>(args)))
    return;
  const std::int64_t column_stride = along_last && axis > 0 ? at(x.strides, axis - 1) : 1;
  for (std::int64_t row = args.row_begin; row < args.row_end; ++row) {
    const Index index = index_of(args.dst.shape, row * columns);
    const RowSource source = row_source(args, axis, index);
    std::byte* dst = args.dst.data + offset_of(args.dst, index) * bytes;
    const auto source_at = [&](std::int64_t i) {
      const std::int64_t cell = clamped_cell(indices, source.indices_offset + i, extent);
      return x.data + (source.x_offset + cell * at(x.strides, axis)) * bytes;
    };
    if (extent == 0) {
      std::memset(dst, 0, static_cast<std::size_t>(columns * bytes));
    } else if (picks_elements) {
      for (std::int64_t i = 0; i < columns; ++i)
        std::memcpy(dst + i * bytes, source_at(i), static_cast<std::size_t>(bytes));
    } else {
      LoopNest run;
      run.add({columns, {1, column_stride}});
      copy_nest(run, dst, source_at(0), bytes);
    }
  }
}

}  // namespace tilewright::kernels
