// SPDX-License-Identifier: Apache-2.0
#include "runtime/session_memory.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "runtime/executor.h"
#include "runtime/kernel_table.h"

namespace tilewright::runtime {
namespace {

Status check_names(const FlatPlan& plan, const SessionOptions& options) {
  for (auto bank = options.banks.begin(); bank != options.banks.end(); ++bank) {
    const std::string name(bank->name);
    if (!plan.banks) {
      return Error{ErrorCode::InvalidArgument,
                   "session: expected no banks for a plan without them, got '" + name + "'"};
    }
    if (name != plan.banks->fast_name && name != plan.banks->external_name) {
      return Error{ErrorCode::InvalidArgument,
                   "session: expected the bank '" + plan.banks->fast_name + "' or '" +
                       plan.banks->external_name + "', got '" + name + "'"};
    }
    const auto same = [&](const BankMemory& other) { return other.name == bank->name; };
    if (std::any_of(options.banks.begin(), bank, same)) {
      return Error{ErrorCode::InvalidArgument,
                   "session: expected each bank once, got '" + name + "' twice"};
    }
  }
  return ok();
}

Result<Arena> memory_of(const std::string& name, std::int64_t bytes, const SessionOptions& options,
                        std::int64_t spare_bytes = 0) {
  const auto given = std::ranges::find(options.banks, name, &BankMemory::name);
  if (given == options.banks.end()) return Arena::allocate(bytes, options.allocator, spare_bytes);
  if (given->memory != nullptr) return Arena::borrow(*given, bytes);
  const bool has_own = given->allocator.allocate != nullptr;
  return Arena::allocate(bytes, has_own ? given->allocator : options.allocator);
}

void fill_with_zeros(const Arena& arena) {
  std::memset(arena.data(), 0, static_cast<std::size_t>(arena.size_bytes()));
}

}  // namespace

Result<SessionMemory> session_memory(const FlatPlan& plan, const SessionOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_names(plan, options));
  const std::string fast = plan.banks ? plan.banks->fast_name : "";
  const bool tunes_itself = plan.kernel_table != nullptr;
  const std::int64_t arena_bytes = tunes_itself ? plan.kernel_table->arena_bytes : plan.arena_bytes;
  const std::int64_t spare_bytes = tunes_itself ? 0 : bound_bytes(plan);
  TILEWRIGHT_TRY(Arena arena, memory_of(fast, arena_bytes, options, spare_bytes));
  if (!arena.came_zeroed()) fill_with_zeros(arena);
  SessionMemory memory{std::move(arena), std::nullopt};
  if (!plan.banks) return memory;
  TILEWRIGHT_TRY(Arena external,
                 memory_of(plan.banks->external_name, plan.banks->external_bytes, options));
  if (!external.came_zeroed()) fill_with_zeros(external);
  memory.external.emplace(std::move(external));
  return memory;
}

}  // namespace tilewright::runtime
