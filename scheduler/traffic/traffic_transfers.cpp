// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_transfers.h"

#include <algorithm>
#include <tuple>

namespace tilewright::scheduler {
namespace {

/// Follows one storage from use to use.
class ItemWalk {
 public:
  ItemWalk(const Timeline& line, const TimelineItem& item, const KeptUnits& kept,
           std::vector<Transfer>& transfers)
      : line_(line), item_(item), kept_(kept), transfers_(transfers) {}

  void run() {
    has_bytes_ = !item_.writes.front() || item_.in_fast;
    outside_begin_ = has_bytes_ && !item_.in_fast ? 0 : item_.units;
    for (std::size_t use = 0; use < item_.uses.size(); ++use)
      take_use(use);
  }

 private:
  [[nodiscard]] std::int64_t kept_before(std::size_t use) const {
    if (use > 0) return kept_[item_.first_gap + use - 1];
    const bool wraps = item_.gap_count == item_.uses.size();
    return wraps ? kept_[item_.first_gap + item_.gap_count - 1] : 0;
  }

  [[nodiscard]] bool at_an_end(std::int64_t moment) const {
    return moment == 0 || moment == line_.moments - 1;
  }

  void take_use(std::size_t use) {
    const std::int64_t moment = item_.uses[use];
    const std::int64_t step = moment - 1;
    const bool starts_in_fast = item_.in_fast && use == 0;
    const bool streams = item_.streamed && !at_an_end(moment);
    if (has_bytes_ && !starts_in_fast) {
      add(step, streams ? TransferKind::StreamRead : TransferKind::Load, kept_before(use),
          item_.units);
    }
    has_bytes_ = true;
    if (item_.writes[use]) {
      outside_begin_ = item_.units;
      if (streams && is_needed_after(use)) {
        outside_begin_ = held_units(line_, item_, use, kept_);
        add(step, TransferKind::StreamWrite, outside_begin_, item_.units);
      }
    }
    store_after(use, moment);
  }

  /// Whether the bytes are read again, or are an output, before they are written anew.
  [[nodiscard]] bool is_needed_after(std::size_t use) const {
    return use + 1 < item_.uses.size() || item_.output;
  }

  void store_after(std::size_t use, std::int64_t moment) {
    if (use < item_.gap_count) {
      const std::int64_t kept = kept_[item_.first_gap + use];
      if (kept < outside_begin_) store(moment, kept);
      return;
    }
    if (item_.output && outside_begin_ > 0) store(moment, 0);
  }

  void store(std::int64_t step, std::int64_t begin) {
    add(step, TransferKind::Store, begin, outside_begin_);
    outside_begin_ = begin;
  }

  void add(std::int64_t step, TransferKind kind, std::int64_t begin, std::int64_t end) {
    if (begin >= end) return;
    transfers_.push_back(
        {step, kind, item_.storage, begin * line_.unit_bytes, end * line_.unit_bytes});
  }

  const Timeline& line_;
  const TimelineItem& item_;
  const KeptUnits& kept_;
  std::vector<Transfer>& transfers_;
  bool has_bytes_ = false;
  std::int64_t outside_begin_ = 0;
};

int rank(TransferKind kind) {
  switch (kind) {
    case TransferKind::Store:
      return 0;
    case TransferKind::Move:
      return 1;
    case TransferKind::Load:
      return 2;
    case TransferKind::StreamRead:
      return 3;
    case TransferKind::StreamWrite:
      return 4;
  }
  return 5;
}

}  // namespace

void sort_transfers(std::vector<Transfer>& transfers) {
  const auto key = [](const Transfer& t) { return std::tuple(t.step, rank(t.kind)); };
  std::stable_sort(transfers.begin(), transfers.end(),
                   [&](const Transfer& a, const Transfer& b) { return key(a) < key(b); });
}

std::vector<Transfer> traffic_transfers(const Timeline& line, const KeptUnits& kept) {
  std::vector<Transfer> transfers;
  for (const TimelineItem& item : line.items)
    ItemWalk(line, item, kept, transfers).run();
  sort_transfers(transfers);
  return transfers;
}

}  // namespace tilewright::scheduler
