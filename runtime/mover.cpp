// SPDX-License-Identifier: Apache-2.0
#include "runtime/mover.h"

#include <algorithm>
#include <cstring>

namespace tilewright::runtime {
namespace {

void copy_bytes(void* /*user*/, void* to, const void* from, std::int64_t size_bytes) {
  std::memmove(to, from, static_cast<std::size_t>(size_bytes));
}

/// Bytes of an operand outside the arena.
std::int64_t outside_bytes(const Operand& operand) {
  const std::int64_t bytes = operand.shape.elements() * size_bytes(operand.dtype);
  if (operand.rest) return bytes - operand.rest->begin_bytes;
  const bool is_outside = operand.region == Region::Constants || operand.region == Region::External;
  return is_outside ? bytes : 0;
}

/// Bytes that a step reads outside the arena; what it reads twice counts once.
std::int64_t streamed_bytes(const Step& step) {
  std::int64_t bytes = step.packed_region == Region::Constants ? step.packed_bytes : 0;
  for (auto src = step.src.begin(); src != step.src.end(); ++src) {
    const auto same = [&](const Operand& other) {
      return other.region == src->region && other.offset_bytes == src->offset_bytes;
    };
    if (std::none_of(step.src.begin(), src, same)) bytes += outside_bytes(*src);
  }
  return bytes;
}

std::int64_t MovedBytes::* counter_of(const Transfer& transfer) {
  if (transfer.to == Region::External) return &MovedBytes::stored;
  return transfer.from == Region::Arena ? &MovedBytes::inside : &MovedBytes::loaded;
}

}  // namespace

std::byte* address(const FlatPlan& plan, const Memories& memories, Region region,
                   std::int64_t offset_bytes) {
  switch (region) {
    case Region::Arena:
      return memories.arena + offset_bytes;
    case Region::External:
      return memories.external + offset_bytes;
    case Region::Constants:
      return const_cast<std::byte*>(plan.constants.data()) + offset_bytes;
    case Region::Packed:
    case Region::Strip:
      return nullptr;
  }
  return nullptr;
}

std::byte* moved_back(std::byte* data, std::int64_t bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  return reinterpret_cast<std::byte*>(address - static_cast<std::uintptr_t>(bytes));
}

Mover::Mover(const FlatPlan& plan, const Memories& memories, const Copier& copier)
    : copier_(copier) {
  if (copier_.copy == nullptr) copier_ = {copy_bytes, nullptr};
  if (!plan.banks) return;
  preload_ = resolve(plan, memories, plan.banks->preload);
  moves_ = resolve(plan, memories, plan.banks->transfers);
  for (const Step& step : plan.steps)
    streams_.push_back({streamed_bytes(step), outside_bytes(step.dst)});
}

std::vector<Mover::Move> Mover::resolve(const FlatPlan& plan, const Memories& memories,
                                        const std::vector<Transfer>& transfers) {
  std::vector<Move> moves;
  for (const Transfer& transfer : transfers) {
    moves.push_back({static_cast<std::size_t>(transfer.step),
                     address(plan, memories, transfer.to, transfer.to_offset_bytes),
                     address(plan, memories, transfer.from, transfer.from_offset_bytes),
                     transfer.bytes, counter_of(transfer)});
  }
  return moves;
}

void Mover::begin_run() {
  next_ = 0;
  if (is_preloaded_) return;
  for (const Move& move : preload_)
    make(move);
  is_preloaded_ = true;
}

void Mover::before(std::size_t step) {
  for (; next_ < moves_.size() && moves_[next_].step == step; ++next_)
    make(moves_[next_]);
  if (step >= streams_.size()) return;
  moved_.streamed_in += streams_[step].read_bytes;
  moved_.streamed_out += streams_[step].written_bytes;
}

void Mover::abandon_run() {
  is_preloaded_ = false;
}

void Mover::make(const Move& move) {
  copier_.copy(copier_.user, move.to, move.from, move.bytes);
  moved_.*move.counter += move.bytes;
}

}  // namespace tilewright::runtime
