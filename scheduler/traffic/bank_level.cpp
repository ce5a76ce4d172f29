// SPDX-License-Identifier: Apache-2.0
// The bank is the fast memory of a timeline of its own: its moments are the transfers that pass,
// its items runs of bytes that always pass together, each from one writing to the next, and all of
// them are streamed, for what it does not keep goes on directly.
#include "scheduler/traffic/bank_level.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "scheduler/traffic/residency.h"
#include "scheduler/traffic/sliding_places.h"
#include "scheduler/traffic/timeline.h"
#include "scheduler/traffic/traffic_transfers.h"

namespace tilewright::scheduler {
namespace {

/// Bytes of a storage that pass together.
struct Run {
  StorageId storage{};
  std::int64_t begin_bytes = 0;
  std::int64_t end_bytes = 0;
};

class Level {
 public:
  Level(const Problem& problem, std::size_t bank, const std::vector<BankTransfer>& transfers)
      : problem_(problem), bank_(bank), transfers_(transfers) {
    line_.unit_bytes = transfer_unit(problem);
    line_.moments = static_cast<std::int64_t>(transfers.size()) + 2;
    const std::int64_t units = problem.banks[bank].bytes / line_.unit_bytes;
    line_.room.assign(static_cast<std::size_t>(line_.moments), units);
    passing_.resize(transfers.size());
  }

  BankLevel run() {
    add_items();
    kept_ = best_residency(line_).kept;
    stores_ = traffic_transfers(line_, kept_);
    std::erase_if(stores_, [](const Transfer& t) { return t.kind != TransferKind::Store; });
    add_places();
    for (std::size_t i = 0; i < transfers_.size(); ++i)
      pass(i);
    take_stores(line_.moments, transfers_.empty() ? 0 : transfers_.back().cause);
    return std::move(result_);
  }

 private:
  [[nodiscard]] static bool is_outer(const BankTransfer& transfer) {
    return transfer.from == kOutside || transfer.to == kOutside;
  }

  void add_items() {
    std::map<StorageId, std::vector<std::size_t>> by_storage;
    for (std::size_t i = 0; i < transfers_.size(); ++i) {
      if (is_outer(transfers_[i])) by_storage[transfers_[i].storage].push_back(i);
    }
    for (const auto& [storage, passes] : by_storage) {
      std::set<std::int64_t> cuts;
      for (const std::size_t i : passes) {
        cuts.insert(transfers_[i].begin_bytes);
        cuts.insert(transfers_[i].end_bytes);
      }
      for (auto cut = cuts.begin(); std::next(cut) != cuts.end(); ++cut)
        add_run({storage, *cut, *std::next(cut)}, passes);
    }
  }

  /// Each writing of the run begins another item: what was kept before is out of date.
  void add_run(const Run& run, const std::vector<std::size_t>& passes) {
    std::vector<std::size_t> uses;
    for (const std::size_t i : passes) {
      const BankTransfer& transfer = transfers_[i];
      if (transfer.begin_bytes > run.begin_bytes || run.end_bytes > transfer.end_bytes) continue;
      if (transfer.to == kOutside && !uses.empty()) add_item(run, std::exchange(uses, {}), false);
      uses.push_back(i);
    }
    if (!uses.empty()) add_item(run, uses, true);
  }

  void add_item(const Run& run, const std::vector<std::size_t>& uses, bool is_last) {
    const Storage& storage = problem_.storages[index(run.storage)];
    const bool written = transfers_[uses.front()].to == kOutside;
    TimelineItem item{.storage = storage_id(line_.items.size())};
    item.units = (run.end_bytes - run.begin_bytes) / line_.unit_bytes;
    item.streamed = true;
    item.whole = problem_.residency == Residency::Whole;
    item.constant = storage.constant;
    item.output = storage.output && !storage.fast && is_last && written;
    item.first_gap = line_.gaps.size();
    const bool wraps = item.constant && problem_.steady_state;
    item.gap_count = uses.size() - (wraps ? 0 : 1);
    for (const std::size_t use : uses) {
      passing_[use].emplace_back(line_.items.size(), item.uses.size());
      item.uses.push_back(static_cast<std::int64_t>(use) + 1);
      item.writes.push_back(written && item.writes.empty());
    }
    for (std::size_t use = 0; use < item.gap_count; ++use) {
      Gap gap{.item = static_cast<std::int32_t>(line_.items.size()), .version = written ? 1 : 0};
      gap.begin = item.uses[use];
      gap.end = use + 1 < item.uses.size() ? item.uses[use + 1] : item.uses[0] + line_.moments;
      gap.dirty = written && !item.output;
      line_.gaps.push_back(gap);
    }
    line_.items.push_back(std::move(item));
    runs_.push_back(run);
  }

  /// Where the bank keeps what it keeps; slides inside it go before the transfer they make room
  /// for.
  void add_places() {
    const std::vector<std::int64_t> working(static_cast<std::size_t>(line_.moments), 0);
    SlidingPlaces places = slide_places(line_, kept_, {}, working, problem_.banks[bank_].bytes);
    for (const FastPiece& piece : places.pieces) {
      const Run& run = runs_[index(piece.storage)];
      result_.pieces.push_back({bank_, run.storage, cause(piece.begin), cause(piece.end),
                                run.begin_bytes, run.begin_bytes + piece.bytes, piece.offset});
    }
    moves_ = std::move(places.moves);
  }

  /// The position in the plan of the first bank that moment `step` + 1 stands for.
  [[nodiscard]] std::int64_t cause(std::int64_t step) const {
    if (step < 0) return -1;
    const auto i = static_cast<std::size_t>(step);
    if (i >= transfers_.size()) return std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(transfers_[i].cause);
  }

  [[nodiscard]] std::int64_t kept_before(const TimelineItem& item, std::size_t use) const {
    if (use > 0) return kept_[item.first_gap + use - 1];
    const bool wraps = item.gap_count == item.uses.size();
    return wraps ? kept_[item.first_gap + item.gap_count - 1] : 0;
  }

  [[nodiscard]] std::int64_t kept_after(const TimelineItem& item, std::size_t use) const {
    return use < item.gap_count ? kept_[item.first_gap + use] : 0;
  }

  void emit(std::size_t cause, std::size_t from, std::size_t to, const Run& run,
            std::int64_t begin_units, std::int64_t end_units) {
    if (begin_units >= end_units) return;
    result_.transfers.push_back({cause, from, to, run.storage,
                                 run.begin_bytes + begin_units * line_.unit_bytes,
                                 run.begin_bytes + end_units * line_.unit_bytes});
  }

  /// What the bank writes out, and what slides inside it, before the transfer of `moment`.
  void take_stores(std::int64_t moment, std::size_t cause) {
    const auto emit_from = [&](const Transfer& transfer, std::size_t to) {
      emit(cause, bank_, to, runs_[index(transfer.storage)],
           transfer.begin_bytes / line_.unit_bytes, transfer.end_bytes / line_.unit_bytes);
    };
    for (; next_store_ < stores_.size() && stores_[next_store_].step < moment; ++next_store_)
      emit_from(stores_[next_store_], kOutside);
    for (; next_move_ < moves_.size() && moves_[next_move_].step < moment; ++next_move_)
      emit_from(moves_[next_move_], bank_);
  }

  void pass(std::size_t position) {
    const BankTransfer& transfer = transfers_[position];
    take_stores(static_cast<std::int64_t>(position) + 1, transfer.cause);
    if (!is_outer(transfer)) {
      result_.transfers.push_back(transfer);
      return;
    }
    for (const auto& [number, use] : passing_[position]) {
      const TimelineItem& item = line_.items[number];
      const Run& run = runs_[number];
      const std::int64_t after = kept_after(item, use);
      if (transfer.to == kOutside) {
        emit(transfer.cause, transfer.from, bank_, run, 0, after);
        emit(transfer.cause, transfer.from, kOutside, run, after, item.units);
        continue;
      }
      const std::int64_t before = kept_before(item, use);
      const std::int64_t inside = std::max(before, after);
      emit(transfer.cause, kOutside, bank_, run, before, inside);
      emit(transfer.cause, bank_, transfer.to, run, 0, inside);
      emit(transfer.cause, kOutside, transfer.to, run, inside, item.units);
    }
  }

  const Problem& problem_;
  std::size_t bank_;
  const std::vector<BankTransfer>& transfers_;
  Timeline line_;
  std::vector<Run> runs_;                                                  // per item
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> passing_;  // items and their uses
  KeptUnits kept_;
  std::vector<Transfer> stores_;  // of the timeline's items, by moment
  std::vector<Transfer> moves_;
  std::size_t next_store_ = 0;
  std::size_t next_move_ = 0;
  BankLevel result_;
};

}  // namespace

std::int64_t transfer_unit(const Problem& problem) {
  return traffic_unit_bytes(problem);
}

BankLevel fill_bank(const Problem& problem, std::size_t bank,
                    const std::vector<BankTransfer>& transfers) {
  return Level(problem, bank, transfers).run();
}

}  // namespace tilewright::scheduler
