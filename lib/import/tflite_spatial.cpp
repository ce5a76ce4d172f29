// SPDX-License-Identifier: Apache-2.0
// Operators that look at neighbouring cells and have no weights: pooling, resizing, local response
// normalisation.
#include <cmath>
#include <limits>

#include "lib/import/tflite_ops.h"
#include "lib/import/tflite_window.h"

namespace tilewright::importer::tflite {
namespace {

Status expect_rank4(const OperatorReader& op, ValueId x) {
  if (op.shape(x).rank() == 4) return ok();
  return op.misfit("expected an input of rank 4, got " + to_string(op.shape(x)));
}

/// How output cells map to input cells: the two flags of the format.
struct Centers {
  bool align_corners = false;
  bool half_pixel = false;

  [[nodiscard]] ResizeCoordinates coordinates() const {
    if (align_corners) return ResizeCoordinates::AlignCorners;
    return half_pixel ? ResizeCoordinates::HalfPixel : ResizeCoordinates::Asymmetric;
  }
};

Status resize(OperatorReader& op, ResizeMode mode, ResizeRounding rounding, Centers centers) {
  if (centers.align_corners && centers.half_pixel) {
    return op.invalid("expected align_corners or half_pixel_centers, got both");
  }
  const ValueId x = op.input(0);
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank4(op, x));
  TILEWRIGHT_TRY(const auto size, op.integers(1, "size", 2));
  for (const std::int64_t extent : size) {
    if (extent >= 1 && extent <= std::numeric_limits<std::int32_t>::max()) continue;
    return op.invalid("size: expected from 1 to 2^31 - 1, got " + std::to_string(extent));
  }
  return op.finish(Resize2d{.mode = mode,
                            .coordinates = centers.coordinates(),
                            .rounding = rounding,
                            .out_h = static_cast<std::int32_t>(size[0]),
                            .out_w = static_cast<std::int32_t>(size[1])},
                   {x});
}

}  // namespace

Status import_pool(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::Pool2DOptions>());
  const ValueId x = op.input(0);
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank4(op, x));
  TILEWRIGHT_TRY(const Window window, read_window(op, {.padding = options->padding(),
                                                       .in_h = op.shape(x)[1],
                                                       .in_w = op.shape(x)[2],
                                                       .kernel_h = options->filter_height(),
                                                       .kernel_w = options->filter_width(),
                                                       .stride_h = options->stride_h(),
                                                       .stride_w = options->stride_w()}));
  TILEWRIGHT_TRY(const Activation activation,
                 read_activation(op, options->fused_activation_function()));
  const bool is_max = op.kind() == schema::BuiltinOperator::MAX_POOL_2D;
  return op.finish(Pool2d{.kind = is_max ? PoolKind::Max : PoolKind::Average,
                          .kernel_h = options->filter_height(),
                          .kernel_w = options->filter_width(),
                          .window = window,
                          .activation = activation},
                   {x});
}

Status import_resize_bilinear(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::ResizeBilinearOptions>());
  return resize(
      op, ResizeMode::Bilinear, ResizeRounding::Floor,
      {.align_corners = options->align_corners(), .half_pixel = options->half_pixel_centers()});
}

/// The format rounds down from the cell's corner, which from its center is to nearest, half up.
Status import_resize_nearest(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::ResizeNearestNeighborOptions>());
  const Centers centers{.align_corners = options->align_corners(),
                        .half_pixel = options->half_pixel_centers()};
  const bool rounds = centers.align_corners || centers.half_pixel;
  return resize(op, ResizeMode::Nearest,
                rounds ? ResizeRounding::RoundPreferCeil : ResizeRounding::Floor, centers);
}

Status import_local_response_norm(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::LocalResponseNormalizationOptions>());
  constexpr std::int32_t kMostRadius = std::numeric_limits<std::int32_t>::max() / 2 - 1;
  if (options->radius() < 0 || options->radius() > kMostRadius) {
    return op.invalid("radius: expected from 0 to " + std::to_string(kMostRadius) + ", got " +
                      std::to_string(options->radius()));
  }
  for (const float number : {options->alpha(), options->beta(), options->bias()}) {
    if (std::isfinite(number)) continue;
    return op.invalid("expected finite bias, alpha and beta, got " + std::to_string(number));
  }
  return op.finish(LocalResponseNorm{.size = 2 * options->radius() + 1,
                                     .alpha = options->alpha(),
                                     .beta = options->beta(),
                                     .bias = options->bias()},
                   {op.input(0)});
}

}  // namespace tilewright::importer::tflite
