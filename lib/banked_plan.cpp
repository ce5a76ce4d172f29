// SPDX-License-Identifier: Apache-2.0
#include "lib/banked_plan.h"

#include <algorithm>

#include "lib/plan_builder.h"
#include "runtime/split_steps.h"
#include "scheduler/cost.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright {
namespace {

using runtime::FlatPlan;
using runtime::Region;
using runtime::Step;
using scheduler::FastPiece;
using scheduler::index;
using scheduler::StorageId;
using scheduler::TransferKind;

/// Where bytes are outside the fast bank.
struct Home {
  Region region = Region::External;
  std::int64_t offset_bytes = 0;
};

class Builder {
 public:
  Builder(const BankedProgram& banked, std::int32_t threads)
      : banked_(banked), pieces_(banked.problem.storages.size()) {
    plan_->threads = threads;
    for (const FastPiece& piece : banked.solution.pieces)
      pieces_[index(piece.storage)].push_back(&piece);
    constants_of_.resize(banked.program.ops.size());
    for (std::size_t i = 0; i < banked.constants.size(); ++i)
      constants_of_[banked.constants[i].op].push_back(i);
  }

  std::shared_ptr<const FlatPlan> build() {
    make_steps();
    find_homes();
    for (std::size_t k = 0; k < plan_->steps.size(); ++k)
      place_step(k);
    add_tensors(banked_.program.inputs, plan_->inputs);
    add_tensors(banked_.program.outputs, plan_->outputs);
    add_banks();
    plan_->arena_bytes = scheduler::round_up(largest_end(Region::Arena), kTensorAlignment);
    plan_->banks->external_bytes = largest_end(Region::External);
    plan_->memory.peak_bytes = plan_->memory.arena_bytes = plan_->arena_bytes;
    require_sound(*plan_);
    return plan_;
  }

 private:
  void make_steps() {
    std::int64_t bytes = 0;
    for (const scheduler::OpId id : banked_.solution.order) {
      const std::size_t i = index(id);
      plan_->steps.push_back(
          make_step(banked_.program.ops[i], banked_.choices[i], plan_->threads, bytes));
    }
    // Transfers are whole units: the last ones may reach behind the last constant.
    fill_constants(banked_.program, banked_.solution.order,
                   bytes + scheduler::traffic_unit_bytes(banked_.problem), *plan_);
  }

  /// Where each storage is in the external bank; steps still have their constants there.
  void find_homes() {
    homes_.resize(banked_.problem.storages.size());
    for (std::size_t i = 0; i < homes_.size(); ++i)
      homes_[i].offset_bytes = banked_.external.offsets[i].value_or(0);
    std::vector<const Step*> step_of(banked_.program.ops.size());
    for (std::size_t k = 0; k < plan_->steps.size(); ++k)
      step_of[index(banked_.solution.order[k])] = &plan_->steps[k];
    for (std::size_t i = 0; i < banked_.constants.size(); ++i) {
      const ConstantUse& use = banked_.constants[i];
      const Step& step = *step_of[use.op];
      homes_[index(constant_storage(i))] = {
          Region::Constants, use.src ? step.src[*use.src].offset_bytes : step.packed_offset_bytes};
    }
  }

  /// The piece of a storage in `step`; null if it has none there.
  [[nodiscard]] const FastPiece* piece_at(StorageId id, std::int64_t step) const {
    for (const FastPiece* piece : pieces_[index(id)]) {
      if (piece->begin <= step && step < piece->end) return piece;
    }
    return nullptr;
  }

  void place_step(std::size_t k) {
    Step& step = plan_->steps[k];
    const std::size_t i = index(banked_.solution.order[k]);
    const ProgramOp& op = banked_.program.ops[i];
    const auto now = static_cast<std::int64_t>(k);
    for (std::size_t src = 0; src < step.src.size(); ++src) {
      if (step.src[src].region == Region::Arena)
        place_operand(step.src[src], scheduler::storage_id(op.src[src].place.storage), now);
    }
    place_operand(step.dst, scheduler::storage_id(op.dst.place.storage), now);
    step.stage_bytes = runtime::stage_bytes(step, runtime::bands(step));
    step.scratch_offset_bytes = banked_.solution.scratch_offsets[i].value_or(0);
    for (const std::size_t constant : constants_of_[i]) {
      const FastPiece* piece = piece_at(constant_storage(constant), now);
      if (piece == nullptr) continue;  // streamed: read where it lies
      if (const auto src = banked_.constants[constant].src) {
        step.src[*src].region = Region::Arena;
        step.src[*src].offset_bytes = piece->offset;
      } else {
        step.packed_region = Region::Arena;
        step.packed_offset_bytes = piece->offset;
      }
    }
  }

  /// Moves an operand from its storage to where that lies in `step`. Storages without bytes lie
  /// nowhere, and no kernel touches them.
  void place_operand(runtime::Operand& operand, StorageId id, std::int64_t step) const {
    const std::int64_t bytes = banked_.problem.storages[index(id)].bytes;
    const std::int64_t home = homes_[index(id)].offset_bytes;
    const FastPiece* piece = piece_at(id, step);
    if (piece == nullptr && bytes > 0) {
      operand.region = Region::External;
      operand.offset_bytes += home;
      return;
    }
    operand.offset_bytes += fast_offset(id, step);
    if (piece != nullptr && piece->bytes < bytes)
      operand.rest = runtime::Rest{piece->bytes, home + piece->bytes};
  }

  [[nodiscard]] StorageId constant_storage(std::size_t constant) const {
    return scheduler::storage_id(banked_.program.storages.size() + constant);
  }

  [[nodiscard]] std::int64_t fast_offset(StorageId id, std::int64_t step) const {
    const FastPiece* piece = piece_at(id, step);
    return piece == nullptr ? 0 : piece->offset;
  }

  void add_tensors(const std::vector<ProgramTensor>& tensors,
                   std::vector<runtime::PlanTensor>& list) const {
    for (const ProgramTensor& tensor : tensors)
      list.push_back({tensor.spec, homes_[tensor.storage].offset_bytes, Region::External});
  }

  void add_banks() {
    runtime::BankPlan& banks = plan_->banks.emplace();
    banks.fast_name = banked_.problem.banks.front().name;
    banks.external_name = banked_.problem.banks.back().name;
    for (const FastPiece& piece : banked_.solution.pieces) {
      if (piece.begin > -1 || piece.end <= -1) continue;
      const Home& home = homes_[index(piece.storage)];
      banks.preload.push_back(
          {0, home.region, home.offset_bytes, Region::Arena, piece.offset, piece.bytes});
    }
    for (const scheduler::Transfer& transfer : banked_.solution.transfers)
      add_transfer(transfer, banks.transfers);
    const scheduler::TrafficSolution& s = banked_.solution;
    banks.proof = {s.weights.compulsory,     s.weights.avoidable,
                   s.activations.compulsory, s.activations.avoidable,
                   s.lower_bound_bytes,      s.status == scheduler::TrafficStatus::Optimal};
  }

  void add_transfer(const scheduler::Transfer& transfer,
                    std::vector<runtime::Transfer>& list) const {
    const Home& home = homes_[index(transfer.storage)];
    const std::int64_t skipped = transfer.begin_bytes;
    runtime::Transfer copy{.step = static_cast<std::int32_t>(transfer.step),
                           .bytes = transfer.end_bytes - skipped};
    const auto fast = [&](std::int64_t step) { return fast_offset(transfer.storage, step); };
    switch (transfer.kind) {
      case TransferKind::StreamRead: {
        // What stays behind is brought first; the rest the kernel reads itself.
        const FastPiece* piece = piece_at(transfer.storage, transfer.step);
        if (piece == nullptr || piece->bytes <= skipped) return;
        copy.bytes = std::min(piece->bytes, transfer.end_bytes) - skipped;
        [[fallthrough]];
      }
      case TransferKind::Load:
        copy.from = home.region;
        copy.from_offset_bytes = home.offset_bytes + skipped;
        copy.to_offset_bytes = fast(transfer.step) + skipped;
        break;
      case TransferKind::Store:
        copy.from = Region::Arena;
        copy.from_offset_bytes = fast(transfer.step - 1) + skipped;
        copy.to = home.region;
        copy.to_offset_bytes = home.offset_bytes + skipped;
        break;
      case TransferKind::Move:
        copy.from = Region::Arena;
        copy.from_offset_bytes = fast(transfer.step - 1) + skipped;
        copy.to_offset_bytes = fast(transfer.step) + skipped;
        break;
      case TransferKind::StreamWrite:  // the kernel does it
        return;
    }
    list.push_back(copy);
  }

  [[nodiscard]] std::int64_t largest_end(Region region) const {
    return runtime::used_bytes(*plan_, region);
  }

  const BankedProgram& banked_;
  std::shared_ptr<FlatPlan> plan_ = std::make_shared<FlatPlan>();
  std::vector<std::vector<const FastPiece*>> pieces_;   // per storage, by step
  std::vector<std::vector<std::size_t>> constants_of_;  // per op, positions in `constants`
  std::vector<Home> homes_;                             // per storage
};

}  // namespace

std::int64_t constants_bytes(const scheduler::Problem& problem) {
  std::int64_t bytes = 0;
  for (const scheduler::Storage& storage : problem.storages) {
    if (storage.constant)
      bytes += scheduler::round_up(storage.bytes, scheduler::traffic_unit_bytes(problem));
  }
  return bytes;
}

std::shared_ptr<const FlatPlan> build_banked_plan(const BankedProgram& banked,
                                                  std::int32_t threads) {
  return Builder(banked, threads).build();
}

}  // namespace tilewright
