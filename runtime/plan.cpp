// SPDX-License-Identifier: Apache-2.0
#include "tilewright/plan.h"

#include <algorithm>

#include "runtime/flat_plan.h"

namespace tilewright {
namespace {

std::vector<TensorSpec> specs(const std::vector<runtime::PlanTensor>& tensors) {
  std::vector<TensorSpec> result;
  for (const runtime::PlanTensor& tensor : tensors)
    result.push_back(tensor.spec);
  return result;
}

}  // namespace

std::vector<TensorSpec> Plan::inputs() const {
  return specs(flat_->inputs);
}

std::vector<TensorSpec> Plan::outputs() const {
  return specs(flat_->outputs);
}

Requirements Plan::requirements() const {
  Requirements needs{.arena_bytes = flat_->arena_bytes, .threads = flat_->threads};
  for (const runtime::Step& step : flat_->steps) {
    needs.scratch_bytes = std::max(needs.scratch_bytes, step.scratch_bytes * flat_->threads);
    needs.packed_weight_bytes += step.packed_bytes;
  }
  return needs;
}

MemoryProof Plan::memory() const {
  return flat_->memory;
}

}  // namespace tilewright
