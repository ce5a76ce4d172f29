// SPDX-License-Identifier: Apache-2.0
#include "scheduler/problem.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "scheduler/cost.h"
#include "scheduler/dependencies.h"
#include "scheduler/pinned.h"

namespace tilewright::scheduler {
namespace {

Error broken(std::string message) {
  return {ErrorCode::InvalidModel, std::move(message)};
}

std::string label(const char* kind, std::size_t position, const std::string& name) {
  return std::string(kind) + " " + std::to_string(position) + " '" + name + "'";
}

Status check_limit(const char* what, std::size_t count, std::size_t limit) {
  if (count <= limit) return ok();
  return Error{ErrorCode::ResourceExhausted, std::string(what) + ": expected at most " +
                                                 std::to_string(limit) + ", got " +
                                                 std::to_string(count)};
}

Status check_limits(const Problem& problem) {
  TILEWRIGHT_RETURN_IF_ERROR(check_limit("ops", problem.ops.size(), kMaxOps));
  TILEWRIGHT_RETURN_IF_ERROR(check_limit("storages", problem.storages.size(), kMaxStorages));
  TILEWRIGHT_RETURN_IF_ERROR(check_limit("banks", problem.banks.size(), kMaxBanks));
  std::size_t edges = 0;
  for (const Op& op : problem.ops) {
    edges += op.reads.size() + op.writes.size() + op.after.size() + op.in_place.size();
  }
  return check_limit("edges", edges, kMaxEdges);
}

Status check_amount(const std::string& where, std::int64_t bytes, std::int64_t min_bytes) {
  if (bytes >= min_bytes) return ok();
  return broken(where + ": expected at least " + std::to_string(min_bytes) + ", got " +
                std::to_string(bytes));
}

Status check_bank(const Problem& problem, std::size_t i) {
  const Bank& bank = problem.banks[i];
  const std::string where = label("bank", i, bank.name);
  TILEWRIGHT_RETURN_IF_ERROR(check_amount(where + " bytes", bank.bytes, 1));
  TILEWRIGHT_RETURN_IF_ERROR(check_amount(where + " granule_bytes", bank.granule_bytes, 1));
  if (bank.granule_bytes > kMaxAlignmentBytes) {
    return broken(where + " granule_bytes: expected at most " + std::to_string(kMaxAlignmentBytes) +
                  ", got " + std::to_string(bank.granule_bytes));
  }
  for (const double speed : {bank.read_bytes_per_us, bank.write_bytes_per_us}) {
    if (!(speed > 0) || !std::isfinite(speed)) {
      return broken(where + ": expected speeds above 0, got " + std::to_string(speed));
    }
  }
  if (i > 0 && bank.read_bytes_per_us > problem.banks[i - 1].read_bytes_per_us) {
    return broken(where + ": expected banks from fastest to slowest, got a faster one than before");
  }
  return ok();
}

Status check_settings(const Problem& problem) {
  const std::int64_t alignment = problem.alignment_bytes;
  if (alignment < 1 || alignment > kMaxAlignmentBytes ||
      !std::has_single_bit(static_cast<std::uint64_t>(alignment))) {
    return broken("alignment: expected a power of two up to " + std::to_string(kMaxAlignmentBytes) +
                  ", got " + std::to_string(alignment));
  }
  if (problem.memory_limit_bytes) {
    TILEWRIGHT_RETURN_IF_ERROR(check_amount("memory_limit", *problem.memory_limit_bytes, 0));
  }
  if (problem.stage_bytes) {
    TILEWRIGHT_RETURN_IF_ERROR(check_amount("stage_bytes", *problem.stage_bytes, 0));
  }
  for (std::size_t i = 0; i < problem.banks.size(); ++i) {
    TILEWRIGHT_RETURN_IF_ERROR(check_bank(problem, i));
  }
  return ok();
}

/// Adds `bytes` rounded up to the alignment, so that no later sum of sizes can overflow.
Status add_bytes(const Problem& problem, const std::string& where, std::int64_t bytes,
                 std::int64_t& total_bytes) {
  TILEWRIGHT_RETURN_IF_ERROR(check_amount(where, bytes, 0));
  // The limit is a multiple of every alignment, so that rounding up stays within it.
  const std::int64_t rounded_bytes =
      bytes > kMaxTotalBytes ? bytes : round_up(bytes, problem.alignment_bytes);
  if (rounded_bytes > kMaxTotalBytes - total_bytes) {
    return broken(where + ": expected sizes that sum to at most " + std::to_string(kMaxTotalBytes) +
                  " bytes, got overflow at " + std::to_string(bytes));
  }
  total_bytes += rounded_bytes;
  return ok();
}

Status check_sizes(const Problem& problem) {
  std::int64_t total_bytes = 0;
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    const Storage& storage = problem.storages[i];
    const std::string where = label("storage", i, storage.name);
    TILEWRIGHT_RETURN_IF_ERROR(add_bytes(problem, where + " bytes", storage.bytes, total_bytes));
    if (storage.constant && storage.input) {
      return broken(where + ": expected an input or a constant, got both");
    }
    if (storage.fast && (storage.constant || (!storage.input && !storage.output))) {
      return broken(where + ": expected an input or an output in fast memory, got another");
    }
  }
  for (std::size_t i = 0; i < problem.ops.size(); ++i) {
    const Op& op = problem.ops[i];
    TILEWRIGHT_RETURN_IF_ERROR(add_bytes(problem, label("op", i, op.name) + " scratch_bytes",
                                         op.scratch_bytes, total_bytes));
    if (op.compute_us >= 0 && op.compute_us <= kMaxComputeUs) continue;
    return broken(label("op", i, op.name) + " compute_us: expected 0 to 1e12, got another");
  }
  return ok();
}

/// Whether the ids of `list` are below `count` and differ.
template <typename Id>
Status check_ids(const std::string& where, const std::vector<Id>& list, std::size_t count) {
  std::vector<Id> sorted = list;
  std::sort(sorted.begin(), sorted.end());
  if (!sorted.empty() && index(sorted.back()) >= count) {
    return broken(where + ": expected ids below " + std::to_string(count) + ", got " +
                  std::to_string(index(sorted.back())));
  }
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice == sorted.end()) return ok();
  return broken(where + ": expected different ids, got " + std::to_string(index(*twice)) +
                " twice");
}

bool contains(const std::vector<StorageId>& sorted, StorageId id) {
  return std::binary_search(sorted.begin(), sorted.end(), id);
}

template <typename T>
std::size_t count_different(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

Status check_in_place(const std::string& where, const Op& op, const std::vector<StorageId>& reads,
                      const std::vector<StorageId>& writes) {
  std::vector<std::pair<StorageId, StorageId>> pairs;
  std::vector<StorageId> sources;
  std::vector<StorageId> targets;
  for (const InPlacePair& pair : op.in_place) {
    if (!contains(reads, pair.read) || !contains(writes, pair.write)) {
      return broken(where + ".in_place: expected [a read, a write] of this op, got [" +
                    std::to_string(index(pair.read)) + ", " + std::to_string(index(pair.write)) +
                    "]");
    }
    pairs.emplace_back(pair.read, pair.write);
    sources.push_back(pair.read);
    targets.push_back(pair.write);
  }
  if (count_different(pairs) != pairs.size()) {
    return broken(where + ".in_place: expected different pairs, got one twice");
  }
  return check_limit((where + ".in_place: different reads or writes").c_str(),
                     std::min(count_different(sources), count_different(targets)), kMaxInPlaceSide);
}

Status check_op(const Problem& problem, std::size_t i) {
  const Op& op = problem.ops[i];
  const std::string where = label("op", i, op.name);
  TILEWRIGHT_RETURN_IF_ERROR(check_ids(where + ".reads", op.reads, problem.storages.size()));
  TILEWRIGHT_RETURN_IF_ERROR(check_ids(where + ".writes", op.writes, problem.storages.size()));
  TILEWRIGHT_RETURN_IF_ERROR(check_ids(where + ".after", op.after, problem.ops.size()));
  std::vector<StorageId> reads = op.reads;
  std::vector<StorageId> writes = op.writes;
  std::sort(reads.begin(), reads.end());
  std::sort(writes.begin(), writes.end());
  for (const StorageId id : op.reads) {
    if (!contains(writes, id)) continue;
    return broken(where + ": expected to read what others write, got a cycle through its own " +
                  label("storage", index(id), problem.storages[index(id)].name));
  }
  return check_in_place(where, op, reads, writes);
}

Status check_writers(const Problem& problem, const Dependencies& lists) {
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    const Storage& storage = problem.storages[i];
    const std::string where = label("storage", i, storage.name);
    const bool written = !lists.writers[i].empty();
    if (written && (storage.input || storage.constant)) {
      const std::size_t writer = index(lists.writers[i].front());
      return broken(where + ": expected no writer of " +
                    (storage.input ? "an input" : "a constant") + ", got " +
                    label("op", writer, problem.ops[writer].name));
    }
    if (!written && !storage.input && !storage.constant) {
      return broken(where + ": expected a writer, an input or a constant, got none of them");
    }
  }
  return ok();
}

Status check_acyclic(const Problem& problem, const Dependencies& lists) {
  const std::vector<OpId> order = serialized_order(problem, lists);
  if (order.size() == problem.ops.size()) return ok();
  std::vector<bool> runs(problem.ops.size(), false);
  for (const OpId id : order)
    runs[index(id)] = true;
  const auto first = std::find(runs.begin(), runs.end(), false);
  const auto position = static_cast<std::size_t>(first - runs.begin());
  return broken(label("op", position, problem.ops[position].name) +
                ": expected an order without cycles, got ops that wait for each other");
}

}  // namespace

Status check_problem(const Problem& problem) {
  TILEWRIGHT_RETURN_IF_ERROR(check_limits(problem));
  TILEWRIGHT_RETURN_IF_ERROR(check_settings(problem));
  TILEWRIGHT_RETURN_IF_ERROR(check_sizes(problem));
  for (std::size_t i = 0; i < problem.ops.size(); ++i) {
    TILEWRIGHT_RETURN_IF_ERROR(check_op(problem, i));
  }
  const Dependencies lists = dependencies(problem);
  TILEWRIGHT_RETURN_IF_ERROR(check_writers(problem, lists));
  TILEWRIGHT_RETURN_IF_ERROR(check_acyclic(problem, lists));
  return check_pinned(problem, lists);
}

}  // namespace tilewright::scheduler
