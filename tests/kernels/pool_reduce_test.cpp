// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "kernels/op_rules.h"
#include "kernels/pool/pool.h"
#include "kernels/reduce/reduce.h"
#include "tests/kernels/trial.h"

namespace tilewright::kernels::tests {
namespace {

/// Sums of many of these stay inside float, in which the strips add.
constexpr float kSummable = 1e30F;

/// A trial whose output is what the law of the op says.
Trial lawful(const Op& op, Values x, Tolerance tolerance) {
  const std::array specs{x.spec};
  const Result<TensorSpec> dst = infer_output(op, specs);
  REQUIRE(dst.has_value());
  return {op, {std::move(x)}, *dst, tolerance};
}

void check_pool(const Pool2d& op, Shape shape) {
  CAPTURE(op.kernel_h, op.kernel_w, op.window.stride_h, op.window.pad_left, to_string(shape));
  const Tolerance tolerance{1e-6, 1e-6};
  check_kernels(pool_kernels(), "pool2d_reference", lawful(op, random_floats(shape), tolerance));
  check_kernels(pool_kernels(), "pool2d_reference",
                lawful(op, special_floats(shape, 1, kSummable), {1e-2, 1e-5}));
}

Pool2d pool(PoolKind kind, std::int32_t kernel_h, std::int32_t kernel_w, Window window) {
  return {
      .kind = kind, .kernel_h = kernel_h, .kernel_w = kernel_w, .window = window, .activation = {}};
}

TEST_CASE("pool strips agree for windows inside, over the border, strided and dilated") {
  for (const PoolKind kind : {PoolKind::Max, PoolKind::Average}) {
    for (const std::int64_t c : {1, 5, 19, 35}) {
      check_pool(pool(kind, 2, 2, {.stride_h = 2, .stride_w = 2}), {2, 6, 7, c});
      check_pool(pool(kind, 3, 3,
                      {.stride_h = 2,
                       .stride_w = 2,
                       .pad_top = 1,
                       .pad_left = 1,
                       .pad_bottom = 1,
                       .pad_right = 1}),
                 {1, 7, 9, c});
      check_pool(pool(kind, 3, 2,
                      {.stride_w = 3,
                       .dilation_h = 2,
                       .dilation_w = 3,
                       .pad_top = 2,
                       .pad_left = 1,
                       .pad_bottom = 1,
                       .pad_right = 2}),
                 {1, 8, 11, c});
      check_pool(pool(kind, 5, 7, {}), {2, 5, 7, c});
    }
  }
}

TEST_CASE("pool strips count the padding if asked") {
  Pool2d op =
      pool(PoolKind::Average, 3, 3, {.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1});
  op.count_include_pad = true;
  check_pool(op, {1, 4, 5, 17});
}

TEST_CASE("pool strips end with clamps and with other activations") {
  for (const ActivationKind kind :
       {ActivationKind::Relu, ActivationKind::Relu6, ActivationKind::Sigmoid}) {
    for (const PoolKind pooling : {PoolKind::Max, PoolKind::Average}) {
      Pool2d op = pool(pooling, 3, 3, {.pad_left = 2, .pad_right = 2});
      op.activation.kind = kind;
      check_pool(op, {1, 5, 6, 20});
    }
  }
}

TEST_CASE("windows that no cell falls into are -infinity or 0 in strips too") {
  for (const PoolKind kind : {PoolKind::Max, PoolKind::Average}) {
    const Pool2d op = pool(kind, 2, 2, {.stride_h = 2, .stride_w = 2});
    const Trial trial{
        op, {random_floats({1, 2, 2, 9})}, {"", DType::Float32, {1, 2, 3, 9}, {}}, {1e-6, 1e-6}};
    check_kernels(pool_kernels(), "pool2d_reference", trial);
  }
}

TEST_CASE("reductions over any one or two dimensions agree") {
  constexpr ReduceKind kinds[] = {ReduceKind::Sum, ReduceKind::Mean, ReduceKind::Max,
                                  ReduceKind::Min, ReduceKind::Prod};
  const Shape shapes[] = {{2, 3, 5, 19}, {2, 4, 3, 5}, {3, 5, 70, 1}, {2, 1, 6, 3}};
  for (const ReduceKind kind : kinds) {
    for (const Shape& shape : shapes) {
      for (const std::uint32_t axes :
           {0b0001U, 0b0010U, 0b0100U, 0b1000U, 0b0110U, 0b1010U, 0b1100U, 0b0000U, 0b0101U}) {
        for (const bool keep_dims : {true, false}) {
          CAPTURE(static_cast<int>(kind), axes, keep_dims, to_string(shape));
          const Reduce op{kind, axes, keep_dims};
          const Tolerance tolerance{1e-5, 1e-5};
          if (kind == ReduceKind::Prod && shape.elements() > 200) continue;  // would overflow
          check_kernels(reduce_kernels(), "reduce_reference",
                        lawful(op, random_floats(shape), tolerance));
          if (kind != ReduceKind::Prod) {
            check_kernels(reduce_kernels(), "reduce_reference",
                          lawful(op, special_floats(shape, 1, kSummable), {1e-2, 1e-5}));
          }
        }
      }
    }
  }
}

TEST_CASE("reductions of whole vectors agree") {
  for (const std::int64_t n : {1, 2, 15, 16, 17, 1000}) {
    const Trial trial =
        lawful(Reduce{ReduceKind::Mean, 1, false}, random_floats({n}), {1e-6, 1e-6});
    check_kernels(reduce_kernels(), "reduce_reference", trial);
  }
}

}  // namespace
}  // namespace tilewright::kernels::tests
