// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/sliding_places.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace tilewright::scheduler {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// Bytes of an item in one moment.
struct Presence {
  std::size_t item = 0;
  std::int64_t bytes = 0;
  std::int64_t carried_bytes = 0;  // that were there in the moment before
};

/// A place in the bank and the item that has it; in the moment of an in-place pair two items do.
struct Slot {
  std::size_t item = 0;
  std::size_t heir = kNone;  // written in place: has the slot from the next moment on
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
  std::int64_t carried_bytes = 0;

  [[nodiscard]] std::int64_t end() const { return offset + bytes; }
};

class Slider {
 public:
  Slider(const Timeline& line, const KeptUnits& kept, std::span<const OpId> order,
         std::span<const std::int64_t> working_bytes, std::int64_t bank_bytes)
      : line_(line), kept_(kept), working_bytes_(working_bytes), bank_bytes_(bank_bytes) {
    presences_.resize(static_cast<std::size_t>(line.moments));
    pairs_.resize(presences_.size());
    wraps_.assign(line.items.size(), false);
    open_.assign(line.items.size(), std::nullopt);
    for (std::size_t item = 0; item < line.items.size(); ++item)
      list_presences(item);
    list_pairs(order);
    result_.working_offsets.assign(presences_.size(), 0);
  }

  SlidingPlaces run() {
    for (std::size_t moment = 0; moment < presences_.size(); ++moment)
      take_moment(moment);
    for (std::size_t item = 0; item < open_.size(); ++item)
      close_piece(item);
    std::sort(result_.pieces.begin(), result_.pieces.end(),
              [](const FastPiece& a, const FastPiece& b) {
                return std::tuple(a.storage, a.begin) < std::tuple(b.storage, b.begin);
              });
    return std::move(result_);
  }

 private:
  void add_presence(std::int64_t moment, std::size_t item, std::int64_t units,
                    std::int64_t carried) {
    if (units == 0) return;
    presences_[static_cast<std::size_t>(moment)].push_back(
        {item, units * line_.unit_bytes, carried * line_.unit_bytes});
  }

  void list_presences(std::size_t position) {
    const TimelineItem& item = line_.items[position];
    const bool wraps = item.gap_count == item.uses.size();
    for (std::size_t use = 0; use < item.uses.size(); ++use) {
      std::int64_t before = use > 0 ? kept_[item.first_gap + use - 1] : 0;
      if (use == 0 && wraps) before = kept_[item.first_gap + item.gap_count - 1];
      add_presence(item.uses[use], position, held_units(line_, item, use, kept_), before);
    }
    for (std::size_t gap = item.first_gap; gap < item.first_gap + item.gap_count; ++gap) {
      if (line_.gaps[gap].end >= line_.moments && kept_[gap] > 0)
        any_wraps_ = wraps_[position] = true;
      for_each_inner_moment(line_, line_.gaps[gap], [&](std::int64_t moment) {
        add_presence(moment, position, kept_[gap], kept_[gap]);
      });
    }
  }

  void list_pairs(std::span<const OpId> order) {
    std::vector<std::size_t> item_of;
    for (std::size_t i = 0; i < line_.items.size(); ++i) {
      item_of.resize(std::max(item_of.size(), index(line_.items[i].storage) + 1), kNone);
      item_of[index(line_.items[i].storage)] = i;
    }
    std::size_t next = 0;
    for (std::size_t step = 0; step < order.size(); ++step) {
      for (; next < line_.in_place_used.size() && line_.in_place_used[next].op == order[step];
           ++next) {
        const InPlaceUse& use = line_.in_place_used[next];
        pairs_[step + 1].emplace_back(item_of[index(use.read)], item_of[index(use.write)]);
      }
    }
  }

  void take_moment(std::size_t moment) {
    before_ = std::exchange(slots_, {});
    const std::vector<Slot> fresh = split_presences(moment);
    const bool at_an_end = moment == 0 || moment + 1 == presences_.size();
    // What goes on into the next run lies at the bottom at both ends, in the same order.
    if ((any_wraps_ && at_an_end) || !place_in_holes(fresh, moment)) slide(fresh, moment);
    note_moves(moment);
    note_pieces(moment);
  }

  /// Leaves in `slots_` what was there before; returns what is new, the largest first.
  std::vector<Slot> split_presences(std::size_t moment) {
    std::vector<const Presence*> present(line_.items.size(), nullptr);
    for (const Presence& presence : presences_[moment])
      present[presence.item] = &presence;
    for (const Slot& slot : before_) {
      const std::size_t item = slot.heir == kNone ? slot.item : slot.heir;
      if (present[item] == nullptr || present[item]->carried_bytes == 0) continue;
      slots_.push_back(
          {item, kNone, slot.offset, present[item]->bytes, present[item]->carried_bytes});
      present[item] = nullptr;
    }
    std::vector<Slot> fresh;
    for (const auto& [read, write] : pairs_[moment])
      inherit(read, write, present, fresh);
    for (const Presence& presence : presences_[moment]) {
      if (present[presence.item] == nullptr) continue;
      fresh.push_back({presence.item, kNone, 0, presence.bytes, 0});
    }
    std::stable_sort(fresh.begin(), fresh.end(),
                     [](const Slot& a, const Slot& b) { return a.bytes > b.bytes; });
    return fresh;
  }

  /// What `write` writes lies where `read` lies.
  void inherit(std::size_t read, std::size_t write, std::vector<const Presence*>& present,
               std::vector<Slot>& fresh) {
    const auto is_read = [&](const Slot& slot) { return slot.item == read; };
    auto slot = std::find_if(slots_.begin(), slots_.end(), is_read);
    if (slot == slots_.end()) {
      fresh.push_back({read, kNone, 0, present[read]->bytes, 0});
      slot = fresh.end() - 1;
    }
    slot->heir = write;
    slot->bytes = std::max(slot->bytes, present[write]->bytes);
    present[read] = present[write] = nullptr;
  }

  /// Whether everything has a place while nothing moves.
  bool place_in_holes(const std::vector<Slot>& fresh, std::size_t moment) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].end() > end_of_hole(slots_, i + 1)) return false;
    }
    std::vector<Slot> placed = slots_;
    for (Slot slot : fresh) {
      const std::size_t hole = smallest_hole(placed, slot.bytes, allowed_holes(placed, slot.item));
      if (hole == kNone) return false;
      slot.offset = begin_of_hole(placed, hole);
      placed.insert(placed.begin() + static_cast<std::ptrdiff_t>(hole), slot);
    }
    const std::size_t hole = smallest_hole(placed, working_bytes_[moment], {0, placed.size()});
    if (hole == kNone) return false;
    result_.working_offsets[moment] = begin_of_hole(placed, hole);
    slots_ = std::move(placed);
    return true;
  }

  /// Hole `i` lies below slot `i`; the last one above all slots.
  [[nodiscard]] static std::int64_t begin_of_hole(const std::vector<Slot>& slots, std::size_t i) {
    return i == 0 ? 0 : slots[i - 1].end();
  }
  [[nodiscard]] std::int64_t end_of_hole(const std::vector<Slot>& slots, std::size_t i) const {
    return i < slots.size() ? slots[i].offset : bank_bytes_;
  }

  /// What goes on into the next run stays below everything else, in the order of the items.
  [[nodiscard]] std::pair<std::size_t, std::size_t> allowed_holes(const std::vector<Slot>& slots,
                                                                  std::size_t item) const {
    if (!any_wraps_) return {0, slots.size()};
    const std::size_t rank = rank_of(slots, item);
    return {rank, wraps_[item] ? rank : slots.size()};
  }

  /// The number of slots that have to lie below `item`.
  [[nodiscard]] std::size_t rank_of(const std::vector<Slot>& slots, std::size_t item) const {
    std::size_t rank = 0;
    while (rank < slots.size() && wraps_[slots[rank].item] &&
           (!wraps_[item] || slots[rank].item < item))
      ++rank;
    return rank;
  }

  [[nodiscard]] std::size_t smallest_hole(const std::vector<Slot>& slots, std::int64_t bytes,
                                          const std::pair<std::size_t, std::size_t>& among) const {
    std::size_t best = kNone;
    std::int64_t best_bytes = 0;
    for (std::size_t i = among.first; i <= among.second; ++i) {
      const std::int64_t hole_bytes = end_of_hole(slots, i) - begin_of_hole(slots, i);
      if (hole_bytes < bytes || (best != kNone && hole_bytes >= best_bytes)) continue;
      best = i;
      best_bytes = hole_bytes;
    }
    return best;
  }

  /// Everything without holes from the bottom, in the order it had, and what is new above.
  void slide(const std::vector<Slot>& fresh, std::size_t moment) {
    for (const Slot& slot : fresh) {
      const std::size_t place = wraps_[slot.item] ? rank_of(slots_, slot.item) : slots_.size();
      slots_.insert(slots_.begin() + static_cast<std::ptrdiff_t>(place), slot);
    }
    std::int64_t offset = 0;
    for (Slot& slot : slots_) {
      slot.offset = offset;
      offset += slot.bytes;
    }
    result_.working_offsets[moment] = offset;
  }

  void note_moves(std::size_t moment) {
    std::vector<std::pair<std::int64_t, Transfer>> down;
    std::vector<std::pair<std::int64_t, Transfer>> up;
    for (const Slot& slot : slots_) {
      if (slot.carried_bytes == 0) continue;
      const auto found = std::find_if(before_.begin(), before_.end(), [&](const Slot& old) {
        return (old.heir == kNone ? old.item : old.heir) == slot.item;
      });
      if (found->offset == slot.offset) continue;
      result_.moved_bytes += slot.carried_bytes;
      const Transfer move{static_cast<std::int64_t>(moment) - 1, TransferKind::Move,
                          line_.items[slot.item].storage, 0, slot.carried_bytes};
      (slot.offset < found->offset ? down : up).emplace_back(found->offset, move);
    }
    for (const auto& [from, move] : down)
      result_.moves.push_back(move);
    for (auto it = up.rbegin(); it != up.rend(); ++it)
      result_.moves.push_back(it->second);
  }

  void note_pieces(std::size_t moment) {
    for (const Presence& presence : presences_[moment]) {
      const auto slot = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& other) {
        return other.item == presence.item || other.heir == presence.item;
      });
      const auto step = static_cast<std::int64_t>(moment) - 1;
      std::optional<FastPiece>& piece = open_[presence.item];
      if (piece && piece->end == step && presence.carried_bytes > 0 &&
          piece->bytes == presence.bytes && piece->offset == slot->offset) {
        piece->end = step + 1;
        continue;
      }
      close_piece(presence.item);
      piece = FastPiece{line_.items[presence.item].storage, step, step + 1, presence.bytes,
                        slot->offset};
    }
  }

  void close_piece(std::size_t item) {
    if (open_[item]) result_.pieces.push_back(*open_[item]);
    open_[item].reset();
  }

  const Timeline& line_;
  const KeptUnits& kept_;
  std::span<const std::int64_t> working_bytes_;
  std::int64_t bank_bytes_;
  std::vector<std::vector<Presence>> presences_;                         // per moment
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> pairs_;  // items, per moment
  std::vector<bool> wraps_;  // per item: some of it stays from run to run
  bool any_wraps_ = false;
  std::vector<Slot> before_;                    // of the moment before
  std::vector<Slot> slots_;                     // by offset
  std::vector<std::optional<FastPiece>> open_;  // per item: its latest piece
  SlidingPlaces result_;
};

}  // namespace

SlidingPlaces slide_places(const Timeline& line, const KeptUnits& kept, std::span<const OpId> order,
                           std::span<const std::int64_t> working_bytes, std::int64_t bank_bytes) {
  return Slider(line, kept, order, working_bytes, bank_bytes).run();
}

}  // namespace tilewright::scheduler
