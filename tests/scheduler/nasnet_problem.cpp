// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/nasnet_problem.h"

#include <utility>

namespace tilewright::scheduler {
namespace {

struct Tensor {
  StorageId id{};
  std::int64_t side = 0;  // height and width
  std::int64_t channels = 0;
};

class Builder {
 public:
  Problem build(const NasnetShape& shape) {
    Tensor image{add_storage("image", 224 * 224 * 3), 224, 3};
    problem_.storages.back().input = true;
    Tensor previous = op("stem", {image}, 111, 32);
    std::int64_t filters = shape.filters;
    Tensor current = reduction_cell(previous, previous, filters);
    current = reduction_cell(std::exchange(previous, current), current, filters * 2);
    filters *= 4;
    for (int stack = 0; stack < 3; ++stack) {
      if (stack > 0) {
        filters *= 2;
        current = reduction_cell(std::exchange(previous, current), current, filters);
      }
      for (int cell = 0; cell < shape.normal_cells; ++cell) {
        current = normal_cell(std::exchange(previous, current), current, filters);
      }
    }
    op("classifier", {op("pool", {in_place("relu", {current})}, 1, current.channels)}, 1, 1000);
    problem_.storages.back().output = true;
    return problem_;
  }

 private:
  StorageId add_storage(std::string name, std::int64_t bytes) {
    problem_.storages.push_back({.name = std::move(name), .bytes = bytes});
    return storage_id(problem_.storages.size() - 1);
  }

  Tensor op(const std::string& name, const std::vector<Tensor>& inputs, std::int64_t side,
            std::int64_t channels) {
    const Tensor result{add_storage(name, side * side * channels), side, channels};
    Op node;
    node.name = name;
    for (const Tensor& input : inputs) {
      if (node.reads.empty() || node.reads.back() != input.id) node.reads.push_back(input.id);
    }
    node.writes = {result.id};
    problem_.ops.push_back(std::move(node));
    return result;
  }

  Tensor in_place(const std::string& name, const std::vector<Tensor>& inputs) {
    const Tensor result = op(name, inputs, inputs.front().side, inputs.front().channels);
    Op& node = problem_.ops.back();
    for (const StorageId read : node.reads)
      node.in_place.push_back({read, result.id});
    return result;
  }

  Tensor separable(const Tensor& x, std::int64_t filters, std::int64_t stride) {
    const std::int64_t side = (x.side + stride - 1) / stride;
    Tensor y = in_place("relu", {x});
    y = op("depthwise", {y}, side, x.channels);
    y = op("pointwise", {y}, side, filters);
    y = in_place("relu", {y});
    y = op("depthwise", {y}, side, filters);
    return op("pointwise", {y}, side, filters);
  }

  Tensor pool(const Tensor& x, std::int64_t stride) {
    return op("pool", {x}, (x.side + stride - 1) / stride, x.channels);
  }

  Tensor add(const Tensor& a, const Tensor& b) { return in_place("add", {a, b}); }

  /// relu and a pointwise convolution to `side` and `filters`.
  Tensor fit(const Tensor& x, std::int64_t side, std::int64_t filters) {
    return op("pointwise", {in_place("relu", {x})}, side, filters);
  }

  Tensor concat(const std::vector<Tensor>& parts) {
    std::int64_t channels = 0;
    for (const Tensor& part : parts)
      channels += part.channels;
    return op("concat", parts, parts.front().side, channels);
  }

  Tensor normal_cell(const Tensor& previous, const Tensor& current, std::int64_t filters) {
    const Tensor p = fit(previous, current.side, filters);
    const Tensor h = fit(current, current.side, filters);
    const Tensor x1 = add(separable(h, filters, 1), separable(p, filters, 1));
    const Tensor x2 = add(separable(p, filters, 1), separable(p, filters, 1));
    const Tensor x3 = add(pool(h, 1), p);
    const Tensor x4 = add(pool(p, 1), pool(p, 1));
    const Tensor x5 = add(separable(h, filters, 1), h);
    return concat({p, x1, x2, x3, x4, x5});
  }

  Tensor reduction_cell(const Tensor& previous, const Tensor& current, std::int64_t filters) {
    const Tensor p = fit(previous, current.side, filters);
    const Tensor h = fit(current, current.side, filters);
    const Tensor x1 = add(separable(h, filters, 2), separable(p, filters, 2));
    const Tensor x2 = add(pool(h, 2), separable(p, filters, 2));
    const Tensor x3 = add(pool(h, 2), separable(p, filters, 2));
    const Tensor x4 = add(pool(x1, 1), x2);
    const Tensor x5 = add(separable(x1, filters, 1), pool(h, 2));
    return concat({x2, x3, x4, x5});
  }

  Problem problem_;
};

}  // namespace

Problem nasnet_problem(const NasnetShape& shape) {
  return Builder().build(shape);
}

}  // namespace tilewright::scheduler
