// SPDX-License-Identifier: Apache-2.0
// MatMul on the dot kernels. The second operand is no constant: each run packs what it needs of the
// one it meets into scratch, once per product of the batch.
//
// scratch: panels of b | scratch of the loops
#include <algorithm>
#include <numeric>

#include "kernels/dot/dot_ops.h"
#include "kernels/dot/dot_tiles.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

template <typename T>
DotGeometry geometry_of(const T& call) {
  return matmul_geometry(*std::get_if<MatMul>(&call.op), dot_shapes(call));
}

bool transposes_a(const Op& op) {
  return std::get_if<MatMul>(&op)->transpose_a;
}

bool is_gathered(const KernelConfig& config) {
  return config.algorithm == static_cast<std::int32_t>(DotInput::Gathered);
}

bool supports(const Call& call, const DotVariant& variant) {
  return call.dst.shape.rank() >= 2 && variant.src_row == 0 &&
         !dot_inputs(geometry_of(call), variant).empty();
}

std::vector<KernelConfig> configs(const Call& call, const DotVariant& variant) {
  std::vector<KernelConfig> result = dot_configs(geometry_of(call), variant);
  if (transposes_a(call.op)) {
    std::erase_if(result, [](const KernelConfig& config) { return !is_gathered(config); });
  }
  return result;
}

bool config_ok(const Call& call, const DotVariant& variant, const KernelConfig& config) {
  if (transposes_a(call.op) && !is_gathered(config)) return false;
  return dot_config_ok(geometry_of(call), variant, config);
}

/// Divides tiles and products, so that parts of a batch can be whole products: each part packs the
/// second operand of every product that it meets.
std::int64_t row_granule(const Call& call, const DotVariant& variant, const KernelConfig&) {
  const DotGeometry geometry = geometry_of(call);
  const std::int64_t mr = variant.mr;
  const bool is_batch = row_count(call.dst.shape) > geometry.dst_w;
  return is_batch ? std::gcd(geometry.dst_w, mr) : mr;
}

std::int64_t column_granule(const Call&, const DotVariant& variant) {
  return variant.nr;
}

std::int64_t panels_floats_aligned(const DotGeometry& geometry, const DotVariant& variant) {
  return whole_lines(panel_floats(geometry, variant));
}

std::int64_t scratch_floats(const Call& call, const DotVariant& variant,
                            const KernelConfig& config) {
  const DotGeometry geometry = geometry_of(call);
  return panels_floats_aligned(geometry, variant) + job_scratch_floats(geometry, variant, config);
}

std::int64_t packed_floats(const Call&, const DotVariant&) {
  return 0;
}

void pack(const Call&, const DotVariant&, std::span<const std::byte* const>, float*) {}

std::int64_t stride(const TensorRef& tensor, int from_last) {
  return tensor.strides[static_cast<std::size_t>(tensor.shape.rank() - from_last)];
}

/// The matrix of `tensor` that belongs to product `batch` of dst.
const float* matrix(const TensorRef& tensor, const Shape& dst, std::int64_t batch) {
  const int rank = dst.rank();
  const Index index = index_of(dst, batch * dst[rank - 2] * dst[rank - 1]);
  return tensor.as<float>() + offset_of(tensor, broadcast_index(tensor.shape, rank, index));
}

Images rows_of(const float* data, std::int64_t rows, std::int64_t row_stride) {
  Images result;
  result.data = const_cast<float*>(data);
  result.w = rows;
  result.w_stride = row_stride;
  result.h_stride = rows * row_stride;
  return result;
}

void pack_b(const KernelArgs& args, const DotVariant& variant, const DotGeometry& geometry,
            const float* b, float* panels) {
  const bool is_transposed = std::get_if<MatMul>(&args.op)->transpose_b;
  const std::int64_t outer = stride(args.src[1], 2);
  WeightStrides strides;
  strides.column = is_transposed ? outer : 1;
  strides.channel = is_transposed ? 1 : outer;
  pack_panels(geometry, variant, b, strides, nullptr, panels, args.columns);
}

/// Rows [begin, end) of one product whose first operand is stored by columns.
void run_transposed(const DotJob& job, const TensorRef& a, std::int64_t begin, std::int64_t end) {
  const std::int64_t mr = job.variant.mr;
  const std::int64_t depth = job.geometry.depth();
  const std::int64_t all = (job.geometry.rows() + mr - 1) / mr * mr;
  const std::int64_t block =
      job.config.block_rows == 0 ? all : std::min(job.config.block_rows * mr, all);
  float* gathered = gathered_scratch(job);
  for_each_column_block(job, [&](const DotJob& part) {
    for (std::int64_t row = begin; row < end; row += block) {
      const std::int64_t count = std::min(block, end - row);
      gather_columns(job.src.data, stride(a, 2), depth, row, count, (count + mr - 1) / mr * mr,
                     gathered);
      multiply_gathered(part, gathered, 0, row, count);
    }
  });
}

void run(const KernelArgs& args, const DotVariant& variant) {
  const DotGeometry geometry = geometry_of(args);
  const Shape& dst = args.dst.shape;
  float* panels = reinterpret_cast<float*>(args.scratch);
  DotJob job{.variant = variant,
             .config = args.config,
             .geometry = geometry,
             .epilogue = dot_epilogue({}),
             .src = {},
             .dst = {},
             .addend = {},
             .packed = panels,
             .scratch = panels + panels_floats_aligned(geometry, variant),
             .columns = args.columns};
  const float* packed_b = nullptr;
  for (std::int64_t row = args.row_begin; row < args.row_end;) {
    const std::int64_t batch = row / geometry.dst_w;
    const std::int64_t begin = row % geometry.dst_w;
    const std::int64_t end = std::min(geometry.dst_w, begin + args.row_end - row);
    const float* b = matrix(args.src[1], dst, batch);
    if (b != packed_b) pack_b(args, variant, geometry, b, panels);
    packed_b = b;
    const float* a = matrix(args.src[0], dst, batch);
    job.src = rows_of(a, geometry.src_w, stride(args.src[0], 2));
    job.dst = rows_of(matrix(args.dst, dst, batch), geometry.dst_w, stride(args.dst, 2));
    if (transposes_a(args.op)) {
      run_transposed(job, args.src[0], begin, end);
    } else {
      run_dot(job, begin, end);
    }
    row += end - begin;
  }
}

}  // namespace

constexpr DotOp kDotMatMul{.packed_inputs = 0,
                           .supports = supports,
                           .configs = configs,
                           .config_ok = config_ok,
                           .row_granule = row_granule,
                           .column_granule = column_granule,
                           .scratch_floats = scratch_floats,
                           .packed_floats = packed_floats,
                           .pack = pack,
                           .run = run};

}  // namespace tilewright::kernels
