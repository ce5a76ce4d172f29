// SPDX-License-Identifier: Apache-2.0
#include "kernels/copy/copy.h"

#include <cstring>

#include "kernels/copy/convert.h"
#include "kernels/copy/copy_kernels.h"
#include "kernels/copy/copy_references.h"
#include "kernels/portable_kernel.h"

namespace tilewright::kernels {
namespace {

constexpr std::string_view kFamily = "copy";

template <typename T>
bool moves(const Call& call, const Kernel&) {
  return is_op<T>(call) && call.src[0].dtype == call.dst.dtype;
}

bool concat_moves(const Call& call, const Kernel& kernel) {
  if (!is_op<Concat>(call)) return false;
  for (const TensorSpec& src : call.src) {
    if (src.dtype != call.dst.dtype) return false;
  }
  return !call.src.empty() && moves<Concat>(call, kernel);
}

bool pad_moves(const Call& call, const Kernel& kernel) {
  const auto* pad = std::get_if<Pad>(&call.op);
  return pad != nullptr && moves<Pad>(call, kernel) && pad_value_fits(call.dst.dtype, pad->value);
}

bool casts(const Call& call, const Kernel&) {
  return is_op<Cast>(call) && call.dst.dtype != DType::Float16;
}

constexpr Kernel kKernels[] = {
    portable_kernel(kFamily, "transpose_boxes", moves<Transpose>, run_transpose_boxes),
    portable_kernel(kFamily, "reshape_runs", moves<Reshape>, run_reshape_runs),
    portable_kernel(kFamily, "broadcast_boxes", moves<Broadcast>, run_broadcast_boxes),
    portable_kernel(kFamily, "slice_boxes", moves<Slice>, run_slice_boxes),
    portable_kernel(kFamily, "concat_boxes", concat_moves, run_concat_boxes),
    portable_kernel(kFamily, "pad_boxes", pad_moves, run_pad_boxes),
    portable_kernel(kFamily, "gather_rows", gather_moves, run_gather_rows),
    portable_kernel(kFamily, "depth_to_space_boxes", moves<DepthToSpace>, run_depth_to_space_boxes),
    portable_kernel(kFamily, "space_to_depth_boxes", moves<SpaceToDepth>, run_space_to_depth_boxes),
    portable_kernel(kFamily, "cast_strips", casts, run_cast_strips),
    portable_kernel(kFamily, "transpose_reference", moves<Transpose>, run_transpose_reference),
    portable_kernel(kFamily, "reshape_reference", moves<Reshape>, run_reshape_reference),
    portable_kernel(kFamily, "broadcast_reference", moves<Broadcast>, run_broadcast_reference),
    portable_kernel(kFamily, "slice_reference", moves<Slice>, run_slice_reference),
    portable_kernel(kFamily, "concat_reference", concat_moves, run_concat_reference),
    portable_kernel(kFamily, "pad_reference", pad_moves, run_pad_reference),
    portable_kernel(kFamily, "gather_reference", gather_moves, run_gather_reference),
    portable_kernel(kFamily, "depth_to_space_reference", moves<DepthToSpace>,
                    run_depth_to_space_reference),
    portable_kernel(kFamily, "space_to_depth_reference", moves<SpaceToDepth>,
                    run_space_to_depth_reference),
    portable_kernel(kFamily, "cast_reference", casts, run_cast_reference),
};

template <typename T>
std::array<std::byte, 8> bytes_of(float value) {
  std::array<std::byte, 8> bytes{};
  const T converted = convert<T>(value);
  std::memcpy(bytes.data(), &converted, sizeof(T));
  return bytes;
}

}  // namespace

std::span<const Kernel> copy_kernels() {
  return kKernels;
}

bool gather_moves(const Call& call, const Kernel& kernel) {
  return moves<Gather>(call, kernel) && call.src.size() == 2 &&
         (call.src[1].dtype == DType::Int32 || call.src[1].dtype == DType::Int64);
}

bool pad_value_fits(DType dtype, float value) {
  return dtype != DType::Float16 || value == 0;
}

std::array<std::byte, 8> pad_element(DType dtype, float value) {
  switch (dtype) {
    case DType::Float32:
      return bytes_of<float>(value);
    case DType::Float16:
      return {};
    case DType::Float64:
      return bytes_of<double>(value);
    case DType::Int8:
      return bytes_of<std::int8_t>(value);
    case DType::UInt8:
      return bytes_of<std::uint8_t>(value);
    case DType::Int16:
      return bytes_of<std::int16_t>(value);
    case DType::Int32:
      return bytes_of<std::int32_t>(value);
    case DType::Int64:
      return bytes_of<std::int64_t>(value);
    case DType::Bool:
      return bytes_of<bool>(value);
  }
  return {};
}

}  // namespace tilewright::kernels
