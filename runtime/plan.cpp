// SPDX-License-Identifier: Apache-2.0
#include "tilewright/plan.h"

#include <algorithm>

#include "runtime/arena.h"
#include "runtime/file_io.h"
#include "runtime/flat_plan.h"
#include "runtime/kernel_table.h"
#include "runtime/plan_file.h"

namespace tilewright {
namespace {

// Larger files are refused before they are mapped.
constexpr std::int64_t kMaxPlanBytes = std::int64_t{1} << 36;

std::vector<TensorSpec> specs(const std::vector<runtime::PlanTensor>& tensors) {
  std::vector<TensorSpec> result;
  for (const runtime::PlanTensor& tensor : tensors)
    result.push_back(tensor.spec);
  return result;
}

}  // namespace

Result<Plan> Plan::load(const std::string& path) {
  TILEWRIGHT_TRY(runtime::MappedFile file, runtime::map_file(path, kMaxPlanBytes));
  TILEWRIGHT_TRY(std::shared_ptr<const runtime::FlatPlan> flat,
                 runtime::read_plan(file.bytes, file.owner));
  return Plan(std::move(flat));
}

Result<Plan> Plan::load(std::span<const std::byte> bytes) {
  TILEWRIGHT_TRY(runtime::Arena memory,
                 runtime::Arena::allocate(static_cast<std::int64_t>(bytes.size()), {}));
  std::copy(bytes.begin(), bytes.end(), memory.data());
  const std::span<const std::byte> copy(memory.data(), bytes.size());
  auto owner = std::make_shared<runtime::Arena>(std::move(memory));
  TILEWRIGHT_TRY(std::shared_ptr<const runtime::FlatPlan> flat,
                 runtime::read_plan(copy, std::move(owner)));
  return Plan(std::move(flat));
}

Status Plan::save(const std::string& path) const {
  return runtime::write_file(path, runtime::write_plan(*flat_));
}

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
    for (const runtime::Step& producer : step.producers)
      needs.packed_weight_bytes += producer.packed_bytes;
  }
  if (flat_->kernel_table != nullptr) {
    needs.arena_bytes = flat_->kernel_table->arena_bytes;
    needs.trial_weight_bytes = static_cast<std::int64_t>(flat_->kernel_table->packed.size());
  }
  if (flat_->banks) {
    needs.banks = {{flat_->banks->fast_name, flat_->arena_bytes, 0},
                   {flat_->banks->external_name, flat_->banks->external_bytes,
                    static_cast<std::int64_t>(flat_->constants.size())}};
  }
  return needs;
}

MemoryProof Plan::memory() const {
  return flat_->memory;
}

TrafficProof Plan::traffic() const {
  return flat_->banks ? flat_->banks->proof : TrafficProof{};
}

}  // namespace tilewright
