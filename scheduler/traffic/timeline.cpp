// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/timeline.h"

#include <algorithm>
#include <string>

namespace tilewright::scheduler {
namespace {

constexpr std::int64_t kMaxUnits = std::int64_t{1} << 40;

class Builder {
 public:
  Builder(const Problem& problem, const Dependencies& lists, std::span<const OpId> order)
      : problem_(problem), lists_(lists), order_(order), moment_of_(order.size(), 0) {
    for (std::size_t step = 0; step < order.size(); ++step) {
      moment_of_[index(order[step])] = static_cast<std::int64_t>(step) + 1;
    }
  }

  Result<Timeline> build() {
    line_.unit_bytes = traffic_unit_bytes(problem_);
    line_.moments = static_cast<std::int64_t>(order_.size()) + 2;
    for (std::size_t i = 0; i < problem_.storages.size(); ++i)
      add_item(i);
    std::int64_t units = 0;
    for (const TimelineItem& item : line_.items)
      units += item.units;
    if (units > kMaxUnits) {
      return Error{ErrorCode::ResourceExhausted,
                   "traffic: expected sizes of at most 2^40 units, got " + std::to_string(units)};
    }
    add_pairs();
    TILEWRIGHT_RETURN_IF_ERROR(add_room());
    return std::move(line_);
  }

 private:
  void add_item(std::size_t i) {
    const Storage& storage = problem_.storages[i];
    TimelineItem item{.storage = storage_id(i)};
    item.units = round_up(storage.bytes, line_.unit_bytes) / line_.unit_bytes;
    item.streamed = is_streamed(problem_, item.storage);
    item.whole = is_whole(problem_, item.storage);
    item.constant = storage.constant;
    item.in_fast = storage.input && storage.fast;
    add_uses(i, item);
    if (item.uses.empty() || item.units == 0) return;
    const bool written = !lists_.writers[i].empty();
    const bool used_by_op = written || !lists_.readers[i].empty();
    item.output = storage.output && !storage.fast && written;
    const bool first_read = storage.input && !storage.fast && used_by_op;
    if (item.constant && !problem_.steady_state) line_.weights_units.compulsory += item.units;
    if (first_read) line_.activations_units.compulsory += item.units;
    if (item.output) line_.activations_units.compulsory += item.units;
    add_gaps(item);
    line_.items.push_back(std::move(item));
  }

  void add_uses(std::size_t i, TimelineItem& item) const {
    const Storage& storage = problem_.storages[i];
    std::vector<std::pair<std::int64_t, bool>> uses;
    if (item.in_fast) uses.emplace_back(0, false);
    for (const OpId id : lists_.writers[i])
      uses.emplace_back(moment_of_[index(id)], true);
    for (const OpId id : lists_.readers[i])
      uses.emplace_back(moment_of_[index(id)], false);
    if (storage.output && storage.fast) uses.emplace_back(line_.moments - 1, false);
    std::sort(uses.begin(), uses.end());
    for (const auto& [moment, writes] : uses) {
      item.uses.push_back(moment);
      item.writes.push_back(writes);
    }
  }

  void add_gaps(TimelineItem& item) {
    item.first_gap = line_.gaps.size();
    const bool wraps = item.constant && problem_.steady_state;
    item.gap_count = item.uses.size() - (wraps ? 0 : 1);
    const std::int32_t writes =
        static_cast<std::int32_t>(std::count(item.writes.begin(), item.writes.end(), true));
    std::int32_t version = 0;
    for (std::size_t use = 0; use < item.gap_count; ++use) {
      if (item.writes[use]) ++version;
      Gap gap{.item = static_cast<std::int32_t>(line_.items.size()), .version = version};
      gap.begin = item.uses[use];
      gap.end = use + 1 < item.uses.size() ? item.uses[use + 1] : item.uses[0] + line_.moments;
      const bool made_here = version > 0 || item.in_fast;
      gap.dirty = made_here && !(item.output && version == writes);
      line_.gaps.push_back(gap);
    }
  }

  void add_pairs() {
    if (problem_.execution == Execution::Streaming) return;
    const std::vector<Lifetime> lives = lifetimes(problem_, lists_, order_);
    for (const InPlaceUse& use : best_pairs(problem_, usable_pairs(problem_, lives, order_))) {
      line_.in_place_used.push_back(use);
    }
  }

  [[nodiscard]] std::int64_t units(StorageId id) const {
    return round_up(problem_.storages[index(id)].bytes, line_.unit_bytes) / line_.unit_bytes;
  }

  /// Bytes of the fast bank that the op of each moment leaves, not yet in units.
  [[nodiscard]] std::vector<std::int64_t> free_bytes() const {
    std::vector<std::int64_t> bytes(static_cast<std::size_t>(line_.moments),
                                    problem_.banks.front().bytes);
    for (std::size_t step = 0; step < order_.size(); ++step) {
      bytes[step + 1] -= working_bytes(problem_, problem_.ops[index(order_[step])]);
    }
    for (const TimelineItem& item : line_.items) {
      for (const std::int64_t use : item.uses) {
        const bool at_an_end = use == 0 || use == line_.moments - 1;
        if (item.streamed && !at_an_end) continue;
        bytes[static_cast<std::size_t>(use)] -= item.units * line_.unit_bytes;
      }
    }
    for (const InPlaceUse& use : line_.in_place_used) {
      bytes[static_cast<std::size_t>(moment_of_[index(use.op)])] +=
          std::min(units(use.read), units(use.write)) * line_.unit_bytes;
    }
    return bytes;
  }

  Status add_room() {
    const std::vector<std::int64_t> bytes = free_bytes();
    for (std::size_t moment = 0; moment < bytes.size(); ++moment) {
      if (bytes[moment] < 0) return too_small(moment, problem_.banks.front().bytes - bytes[moment]);
      line_.room.push_back(bytes[moment] / line_.unit_bytes);
    }
    return ok();
  }

  [[nodiscard]] Error too_small(std::size_t moment, std::int64_t bytes) const {
    const bool at_an_end = moment == 0 || moment > order_.size();
    const std::string where = at_an_end ? "fast inputs or outputs"
                                        : "op " + std::to_string(index(order_[moment - 1])) + " '" +
                                              problem_.ops[index(order_[moment - 1])].name + "'";
    return {ErrorCode::Infeasible, "bank '" + problem_.banks.front().name +
                                       "': expected at least " + std::to_string(bytes) +
                                       " bytes for " + where + ", got " +
                                       std::to_string(problem_.banks.front().bytes)};
  }

  const Problem& problem_;
  const Dependencies& lists_;
  std::span<const OpId> order_;
  std::vector<std::int64_t> moment_of_;  // per op
  Timeline line_;
};

}  // namespace

std::int64_t traffic_unit_bytes(const Problem& problem) {
  const std::int64_t granule_bytes = problem.banks.empty() ? 1 : problem.banks.back().granule_bytes;
  return round_up(granule_bytes, problem.alignment_bytes);
}

bool is_streamed(const Problem& problem, StorageId id) {
  const Storage& storage = problem.storages[index(id)];
  if (storage.place == OperandPlace::Fast) return false;
  return problem.execution == Execution::Streaming ||
         (problem.stream_constants && storage.constant);
}

bool is_whole(const Problem& problem, StorageId id) {
  if (problem.residency == Residency::Whole) return true;
  return is_streamed(problem, id) && problem.storages[index(id)].place == OperandPlace::OneBank;
}

std::int64_t working_bytes(const Problem& problem, const Op& op) {
  const auto streamed = [&](StorageId id) { return is_streamed(problem, id); };
  const bool stages = std::any_of(op.reads.begin(), op.reads.end(), streamed) ||
                      std::any_of(op.writes.begin(), op.writes.end(), streamed);
  return op.scratch_bytes + (stages ? problem.stage_bytes.value_or(0) : 0);
}

Result<Timeline> timeline(const Problem& problem, const Dependencies& lists,
                          std::span<const OpId> order) {
  return Builder(problem, lists, order).build();
}

std::int64_t avoidable_units(const Timeline& line, const KeptUnits& kept) {
  std::int64_t units = 0;
  for (const TimelineItem& item : line.items) {
    std::int64_t written = 0;
    for (std::size_t i = item.first_gap; i < item.first_gap + item.gap_count; ++i) {
      const bool new_version =
          i == item.first_gap || line.gaps[i].version != line.gaps[i - 1].version;
      const std::int64_t missing = item.units - kept[i];
      units += missing;
      if (!line.gaps[i].dirty) continue;
      if (new_version) written = 0;
      units += std::max<std::int64_t>(0, missing - written);
      written = std::max(written, missing);
    }
  }
  return units;
}

std::int64_t held_units(const Timeline& line, const TimelineItem& item, std::size_t use,
                        const KeptUnits& kept) {
  const std::int64_t moment = item.uses[use];
  if (!item.streamed || moment == 0 || moment == line.moments - 1) return item.units;
  const bool wraps = item.gap_count == item.uses.size();
  std::int64_t held = use < item.gap_count ? kept[item.first_gap + use] : 0;
  if (use > 0) held = std::max(held, kept[item.first_gap + use - 1]);
  if (use == 0 && wraps) held = std::max(held, kept[item.first_gap + item.gap_count - 1]);
  return held;
}

std::vector<std::int64_t> room_left(const Timeline& line, const KeptUnits& kept) {
  std::vector<std::int64_t> room = line.room;
  for (std::size_t i = 0; i < line.gaps.size(); ++i) {
    for_each_inner_moment(line, line.gaps[i], [&](std::int64_t moment) {
      room[static_cast<std::size_t>(moment)] -= kept[i];
    });
  }
  for (const TimelineItem& item : line.items) {
    if (!item.streamed) continue;
    for (std::size_t use = 0; use < item.uses.size(); ++use) {
      const std::int64_t moment = item.uses[use];
      if (moment == 0 || moment == line.moments - 1) continue;
      room[static_cast<std::size_t>(moment)] -= held_units(line, item, use, kept);
    }
  }
  return room;
}

}  // namespace tilewright::scheduler
