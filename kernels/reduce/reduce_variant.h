// SPDX-License-Identifier: Apache-2.0
// The generated functions of reductions on one instruction set.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// dst(c, i) = f of src(c, k1, k2, i) over k1 and k2, divided by `count`. Needs as many columns as
/// lanes. Returns 0.
using ReduceColumns = int (*)(halide_buffer_t* src, float count, halide_buffer_t* dst);

/// dst(i) = f of src(x, k1, k2, i) over x, k1 and k2, divided by `count`. Returns 0.
using ReduceRows = int (*)(halide_buffer_t* src, float count, halide_buffer_t* dst);

struct ReduceColumnsVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  ReduceColumns max, max_x1, max_x32, max_x4;
  ReduceColumns min, min_x1, min_x32, min_x4;
  ReduceColumns prod, prod_x1, prod_x32, prod_x4;
  ReduceColumns sum, sum_x1, sum_x32, sum_x4;
};

struct ReduceRowsVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  ReduceRows max, min, prod, sum;
};

}  // namespace tilewright::kernels
