// SPDX-License-Identifier: Apache-2.0
#include "scheduler/pinned.h"

#include <algorithm>
#include <string>
#include <vector>

#include "scheduler/cost.h"

namespace tilewright::scheduler {
namespace {

std::string label(const Problem& problem, std::size_t i) {
  return "storage " + std::to_string(i) + " '" + problem.storages[i].name + "' offset";
}

Error refused(std::string message) {
  return {ErrorCode::InvalidModel, std::move(message)};
}

std::vector<std::size_t> pinned_storages(const Problem& problem) {
  std::vector<std::size_t> pinned;
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    if (problem.storages[i].offset) pinned.push_back(i);
  }
  return pinned;
}

Status check_one(const Problem& problem, std::size_t i) {
  const Storage& storage = problem.storages[i];
  if (*storage.offset < 0 || *storage.offset > kMaxTotalBytes ||
      *storage.offset % problem.alignment_bytes != 0) {
    return refused(label(problem, i) + ": expected a multiple of " +
                   std::to_string(problem.alignment_bytes) + " from 0 to " +
                   std::to_string(kMaxTotalBytes) + ", got " + std::to_string(*storage.offset));
  }
  if (!storage.constant) return ok();
  return refused(label(problem, i) + ": expected none of a constant, got one");
}

Status check_pairs(const Problem& problem) {
  for (const Op& op : problem.ops) {
    for (const InPlacePair& pair : op.in_place) {
      for (const StorageId id : {pair.read, pair.write}) {
        if (!problem.storages[index(id)].offset) continue;
        return refused(label(problem, index(id)) +
                       ": expected a storage of no in-place pair, got " + "one of op '" + op.name +
                       "'");
      }
    }
  }
  return ok();
}

bool overlap(const Problem& problem, std::size_t a, std::size_t b) {
  const std::int64_t a_begin = *problem.storages[a].offset;
  const std::int64_t b_begin = *problem.storages[b].offset;
  return a_begin < b_begin + aligned_bytes(problem, storage_id(b)) &&
         b_begin < a_begin + aligned_bytes(problem, storage_id(a));
}

/// The ops that `last` waits for, directly or not.
std::vector<bool> ops_before(const Problem& problem, const Dependencies& lists, OpId last) {
  std::vector<bool> before(problem.ops.size(), false);
  std::vector<OpId> open = {last};
  const auto visit = [&](OpId id) {
    if (before[index(id)]) return;
    before[index(id)] = true;
    open.push_back(id);
  };
  while (!open.empty()) {
    const Op& op = problem.ops[index(open.back())];
    open.pop_back();
    for (const OpId id : op.after)
      visit(id);
    for (const StorageId read : op.reads) {
      for (const OpId id : lists.writers[index(read)])
        visit(id);
    }
  }
  return before;
}

/// Whether storage `a` is dead in every order before `b` is first written.
bool dies_before(const Problem& problem, const Dependencies& lists, std::size_t a, std::size_t b) {
  if (problem.storages[a].output || problem.storages[b].input) return false;
  const auto has_run = [&](const std::vector<bool>& before) {
    return [&before](OpId id) { return before[index(id)]; };
  };
  return std::ranges::all_of(lists.writers[b], [&](OpId writer) {
    const std::vector<bool> before = ops_before(problem, lists, writer);
    return std::ranges::all_of(lists.readers[a], has_run(before)) &&
           std::ranges::all_of(lists.writers[a], has_run(before));
  });
}

bool is_dead(const Problem& problem, const Dependencies& lists, std::size_t i) {
  const Storage& storage = problem.storages[i];
  return storage.input && !storage.output && lists.readers[i].empty();
}

Status check_together(const Problem& problem, const Dependencies& lists, std::size_t a,
                      std::size_t b) {
  if (!overlap(problem, a, b) || is_dead(problem, lists, a) || is_dead(problem, lists, b))
    return ok();
  for (const std::size_t i : {a, b}) {
    if (lists.writers[i].size() <= kMaxPinnedWriters) continue;
    return Error{ErrorCode::ResourceExhausted,
                 label(problem, i) + ": expected at most " + std::to_string(kMaxPinnedWriters) +
                     " writers of a storage that overlaps another, got " +
                     std::to_string(lists.writers[i].size())};
  }
  if (dies_before(problem, lists, a, b) || dies_before(problem, lists, b, a)) return ok();
  return refused(
      label(problem, b) + ": expected no overlap with '" + problem.storages[a].name +
      "', which may live at the same time, got one at " +
      std::to_string(std::max(*problem.storages[a].offset, *problem.storages[b].offset)));
}

}  // namespace

Status check_pinned(const Problem& problem, const Dependencies& lists) {
  const std::vector<std::size_t> pinned = pinned_storages(problem);
  if (pinned.size() > kMaxPinned) {
    return Error{ErrorCode::ResourceExhausted, "storages: expected at most " +
                                                   std::to_string(kMaxPinned) + " offsets, got " +
                                                   std::to_string(pinned.size())};
  }
  for (const std::size_t i : pinned)
    TILEWRIGHT_RETURN_IF_ERROR(check_one(problem, i));
  TILEWRIGHT_RETURN_IF_ERROR(check_pairs(problem));
  for (std::size_t i = 0; i < pinned.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      TILEWRIGHT_RETURN_IF_ERROR(check_together(problem, lists, pinned[j], pinned[i]));
    }
  }
  return ok();
}

std::int64_t pinned_end_bytes(const Problem& problem, const Dependencies& lists) {
  std::int64_t end_bytes = 0;
  for (const std::size_t i : pinned_storages(problem)) {
    if (is_dead(problem, lists, i)) continue;
    const std::int64_t bytes = aligned_bytes(problem, storage_id(i));
    end_bytes = std::max(end_bytes, *problem.storages[i].offset + bytes);
  }
  return end_bytes;
}

}  // namespace tilewright::scheduler
