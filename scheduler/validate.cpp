// SPDX-License-Identifier: Apache-2.0
// Works from the definitions of docs/problem_format.md by simulation: it counts what has run and
// keeps the set of living storages, where the solvers compute intervals.
#include "scheduler/validate.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace tilewright::scheduler {
namespace {

Error wrong(std::string message) {
  return {ErrorCode::InvalidArgument, std::move(message)};
}

std::string decimal(std::int64_t value) {
  return std::to_string(value);
}

/// One occupied range of the arena in the current step.
struct Occupant {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::size_t storage = 0;
  bool scratch = false;
};

class Judge {
 public:
  Judge(const Problem& problem, const Solution& solution)
      : problem_(problem), solution_(solution), has_run_(problem.ops.size(), false) {}

  Status run() {
    TILEWRIGHT_RETURN_IF_ERROR(check_shape());
    count_uses();
    for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
      const Storage& storage = problem_.storages[i];
      if (storage.input && (readers_left_[i] > 0 || storage.output)) live_.insert(i);
    }
    ever_live_ = live_;
    TILEWRIGHT_RETURN_IF_ERROR(check_step("start", nullptr));
    for (std::size_t step = 0; step < solution_.order.size(); ++step) {
      TILEWRIGHT_RETURN_IF_ERROR(take_step(step));
    }
    if (next_use_ != solution_.in_place_used.size()) {
      return wrong(
          "in_place_used: expected pairs in the order of the steps, got op " +
          decimal(static_cast<std::int64_t>(index(solution_.in_place_used[next_use_].op))) +
          " out of turn");
    }
    TILEWRIGHT_RETURN_IF_ERROR(check_offsets());
    return check_claims();
  }

 private:
  Status check_shape() const {
    const std::size_t ops = problem_.ops.size();
    if (solution_.order.size() != ops || solution_.scratch_offsets.size() != ops ||
        solution_.offsets.size() != problem_.storages.size()) {
      return wrong("solution: expected an entry for each op and storage, got lists of other sizes");
    }
    for (const OpId id : solution_.order) {
      if (index(id) >= ops) return wrong("order: expected op ids, got one out of range");
    }
    for (const InPlaceUse& use : solution_.in_place_used) {
      if (index(use.op) >= ops) return wrong("in_place_used: expected op ids, got another");
    }
    for (const auto* offsets : {&solution_.offsets, &solution_.scratch_offsets}) {
      for (const std::optional<std::int64_t> offset : *offsets) {
        if (!offset || (*offset >= 0 && *offset <= kMaxTotalBytes)) continue;
        return wrong("offsets: expected 0 to " + decimal(kMaxTotalBytes) + ", got " +
                     decimal(*offset));
      }
    }
    return ok();
  }

  void count_uses() {
    writers_left_.assign(problem_.storages.size(), 0);
    readers_left_.assign(problem_.storages.size(), 0);
    for (const Op& op : problem_.ops) {
      for (const StorageId id : op.writes)
        ++writers_left_[index(id)];
      for (const StorageId id : op.reads)
        ++readers_left_[index(id)];
    }
  }

  [[nodiscard]] std::string op_label(OpId id) const {
    return "op " + decimal(static_cast<std::int64_t>(index(id))) + " '" +
           problem_.ops[index(id)].name + "'";
  }

  [[nodiscard]] std::string storage_label(std::size_t i) const {
    return "storage " + decimal(static_cast<std::int64_t>(i)) + " '" + problem_.storages[i].name +
           "'";
  }

  [[nodiscard]] std::int64_t bytes_of(std::size_t storage) const {
    const std::int64_t units = (problem_.storages[storage].bytes + problem_.alignment_bytes - 1) /
                               problem_.alignment_bytes;
    return units * problem_.alignment_bytes;
  }

  Status check_ready(OpId id) const {
    if (has_run_[index(id)]) return wrong(op_label(id) + ": expected one run, got two");
    const Op& op = problem_.ops[index(id)];
    for (const StorageId read : op.reads) {
      if (writers_left_[index(read)] == 0) continue;
      return wrong(op_label(id) + ": expected to run after all writers of " +
                   storage_label(index(read)) + ", got " + decimal(writers_left_[index(read)]) +
                   " writers still to run");
    }
    for (const OpId before : op.after) {
      if (has_run_[index(before)]) continue;
      return wrong(op_label(id) + ": expected to run after " + op_label(before) +
                   ", got the reverse");
    }
    return ok();
  }

  /// Takes the pairs of this step from the list and checks the conditions of each.
  Status take_pairs(OpId id) {
    pairs_.clear();
    std::set<std::size_t> taken;
    while (next_use_ < solution_.in_place_used.size() &&
           solution_.in_place_used[next_use_].op == id) {
      const InPlaceUse use = solution_.in_place_used[next_use_++];
      const auto& allowed = problem_.ops[index(id)].in_place;
      const std::string where = op_label(id) + " in place";
      if (std::find(allowed.begin(), allowed.end(), InPlacePair{use.read, use.write}) ==
          allowed.end()) {
        return wrong(where + ": expected a pair the op permits, got another");
      }
      const Storage& read = problem_.storages[index(use.read)];
      if (read.output || read.constant || readers_left_[index(use.read)] != 1) {
        return wrong(where + ": expected " + storage_label(index(use.read)) +
                     " to die here, got one that lives on");
      }
      if (live_.count(index(use.write)) != 0) {
        return wrong(where + ": expected " + storage_label(index(use.write)) +
                     " to be born here, got one that lives already");
      }
      if (!taken.insert(index(use.read)).second || !taken.insert(index(use.write)).second) {
        return wrong(where + ": expected each storage in one pair, got one in two");
      }
      pairs_.push_back(use);
    }
    return ok();
  }

  Status take_step(std::size_t step) {
    const OpId id = solution_.order[step];
    const Op& op = problem_.ops[index(id)];
    TILEWRIGHT_RETURN_IF_ERROR(check_ready(id));
    TILEWRIGHT_RETURN_IF_ERROR(take_pairs(id));
    for (const StorageId write : op.writes) {
      live_.insert(index(write));
      ever_live_.insert(index(write));
    }
    TILEWRIGHT_RETURN_IF_ERROR(check_step("step " + decimal(static_cast<std::int64_t>(step)), &id));
    has_run_[index(id)] = true;
    for (const StorageId write : op.writes)
      --writers_left_[index(write)];
    for (const StorageId read : op.reads)
      --readers_left_[index(read)];
    for (const auto& list : {op.reads, op.writes}) {
      for (const StorageId used : list) {
        const bool done = writers_left_[index(used)] == 0 && readers_left_[index(used)] == 0;
        if (done && !problem_.storages[index(used)].output) live_.erase(index(used));
      }
    }
    return ok();
  }

  [[nodiscard]] bool is_pair(std::size_t a, std::size_t b) const {
    return std::any_of(pairs_.begin(), pairs_.end(), [&](const InPlaceUse& use) {
      return (index(use.read) == a && index(use.write) == b) ||
             (index(use.read) == b && index(use.write) == a);
    });
  }

  /// Checks the arena while `running` runs, or before the first op if it is null.
  Status check_step(const std::string& where, const OpId* running) {
    std::int64_t bytes = 0;
    std::vector<Occupant> occupants;
    for (const std::size_t i : live_) {
      if (problem_.storages[i].constant) continue;
      if (!solution_.offsets[i]) {
        return wrong(where + ": expected an offset of living " + storage_label(i) + ", got none");
      }
      bytes += bytes_of(i);
      occupants.push_back({*solution_.offsets[i], *solution_.offsets[i] + bytes_of(i), i, false});
    }
    if (running != nullptr && problem_.ops[index(*running)].scratch_bytes > 0) {
      const std::int64_t scratch_bytes = problem_.ops[index(*running)].scratch_bytes;
      const auto& offset = solution_.scratch_offsets[index(*running)];
      if (!offset) return wrong(op_label(*running) + ": expected a scratch offset, got none");
      bytes += scratch_bytes;
      occupants.push_back({*offset, *offset + scratch_bytes, 0, true});
    }
    for (const InPlaceUse& use : pairs_) {
      bytes -= std::min(bytes_of(index(use.read)), bytes_of(index(use.write)));
    }
    peak_bytes_ = std::max(peak_bytes_, bytes);
    return check_overlaps(where, occupants);
  }

  Status check_overlaps(const std::string& where, const std::vector<Occupant>& occupants) {
    for (std::size_t i = 0; i < occupants.size(); ++i) {
      const Occupant& a = occupants[i];
      arena_bytes_ = std::max(arena_bytes_, a.end);
      for (std::size_t j = 0; j < i; ++j) {
        const Occupant& b = occupants[j];
        const bool pair = !a.scratch && !b.scratch && is_pair(a.storage, b.storage);
        if (pair && a.begin != b.begin) {
          return wrong(where + ": expected one offset of the in-place pair " +
                       storage_label(b.storage) + " and " + storage_label(a.storage) + ", got " +
                       decimal(b.begin) + " and " + decimal(a.begin));
        }
        const bool apart =
            a.end <= b.begin || b.end <= a.begin || a.begin == a.end || b.begin == b.end;
        if (pair || apart) continue;
        return wrong(where + ": expected no overlap, got " + storage_label(b.storage) + " and " +
                     (a.scratch ? "the scratch" : storage_label(a.storage)) + " at " +
                     decimal(std::max(a.begin, b.begin)));
      }
    }
    return ok();
  }

  Status check_offset(const std::string& where, std::optional<std::int64_t> offset,
                      bool expected) const {
    if (offset.has_value() != expected) {
      return wrong(where +
                   (expected ? ": expected an offset, got none" : ": expected no offset, got one"));
    }
    if (!offset || *offset % problem_.alignment_bytes == 0) return ok();
    return wrong(where + ": expected a multiple of " + decimal(problem_.alignment_bytes) +
                 ", got offset " + decimal(*offset));
  }

  Status check_offsets() const {
    for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
      const bool lives = ever_live_.count(i) != 0 && !problem_.storages[i].constant;
      TILEWRIGHT_RETURN_IF_ERROR(check_offset(storage_label(i), solution_.offsets[i], lives));
      const std::optional<std::int64_t> fixed = problem_.storages[i].offset;
      if (!lives || !fixed || solution_.offsets[i] == fixed) continue;
      return wrong(storage_label(i) + ": expected the offset the problem fixes, " +
                   decimal(*fixed) + ", got " + decimal(*solution_.offsets[i]));
    }
    for (std::size_t i = 0; i < problem_.ops.size(); ++i) {
      TILEWRIGHT_RETURN_IF_ERROR(check_offset(op_label(op_id(i)) + " scratch",
                                              solution_.scratch_offsets[i],
                                              problem_.ops[i].scratch_bytes > 0));
    }
    return ok();
  }

  Status check_equal(const char* what, std::int64_t expected, std::int64_t got) const {
    if (expected == got) return ok();
    return wrong(std::string(what) + ": expected " + decimal(expected) + ", got " + decimal(got));
  }

  /// `proven` must say whether value and lower bound meet.
  Status check_proof(const char* what, std::int64_t bytes, std::int64_t lower_bound_bytes,
                     bool proven) const {
    if (lower_bound_bytes <= bytes && proven == (lower_bound_bytes == bytes)) return ok();
    return wrong(std::string(what) +
                 ": expected proven exactly when the lower bound is reached, got " +
                 (proven ? "proven " : "open ") + decimal(bytes) + " with bound " +
                 decimal(lower_bound_bytes));
  }

  Status check_claims() const {
    const Solution& s = solution_;
    TILEWRIGHT_RETURN_IF_ERROR(check_equal("peak_bytes", peak_bytes_, s.peak_bytes));
    TILEWRIGHT_RETURN_IF_ERROR(check_equal("arena_bytes", arena_bytes_, s.arena_bytes));
    TILEWRIGHT_RETURN_IF_ERROR(check_proof("order_proven_optimal", s.peak_bytes,
                                           s.peak_lower_bound_bytes, s.order_proven_optimal));
    TILEWRIGHT_RETURN_IF_ERROR(check_proof("arena_proven_optimal", s.arena_bytes,
                                           s.arena_lower_bound_bytes, s.arena_proven_optimal));
    TILEWRIGHT_RETURN_IF_ERROR(
        check_proof("jointly_optimal", s.arena_bytes, s.peak_lower_bound_bytes, s.jointly_optimal));
    const bool fits = !problem_.memory_limit_bytes || s.arena_bytes <= *problem_.memory_limit_bytes;
    if (fits == s.fits_memory_limit) return ok();
    return wrong(
        "fits_memory_limit: expected arena_bytes compared with the limit, got the reverse");
  }

  const Problem& problem_;
  const Solution& solution_;
  std::vector<bool> has_run_;
  std::vector<std::int64_t> writers_left_;
  std::vector<std::int64_t> readers_left_;
  std::set<std::size_t> live_;
  std::set<std::size_t> ever_live_;
  std::vector<InPlaceUse> pairs_;  // of the current step
  std::size_t next_use_ = 0;
  std::int64_t peak_bytes_ = 0;
  std::int64_t arena_bytes_ = 0;
};

}  // namespace

Status validate(const Problem& problem, const Solution& solution) {
  return Judge(problem, solution).run();
}

}  // namespace tilewright::scheduler
