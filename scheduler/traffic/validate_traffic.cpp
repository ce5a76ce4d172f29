// SPDX-License-Identifier: Apache-2.0
// Works from docs/problem_format.md by simulation: a storage is a valid prefix in fast memory and a
// valid suffix outside, where the solvers think in gaps.
#include "scheduler/traffic/validate_traffic.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "scheduler/traffic/validate_traffic_shape.h"

namespace tilewright::scheduler {
namespace {

std::string number(std::int64_t value) {
  return std::to_string(value);
}

struct Contents {
  std::int64_t size = 0;           // rounded up to the unit
  std::int64_t fast_end = 0;       // [0, fast_end) is valid in fast memory
  std::int64_t outside_begin = 0;  // [outside_begin, size) is valid outside
  bool has_bytes = false;          // was an input or has been written
  std::int64_t uses_left = 0;
  std::int64_t writes_done = 0;
  std::int64_t writes_left = 0;
};

class TrafficJudge {
 public:
  TrafficJudge(const Problem& problem, const TrafficSolution& solution)
      : problem_(problem),
        solution_(solution),
        steps_(static_cast<std::int64_t>(problem.ops.size())),
        contents_(problem.storages.size()),
        has_run_(problem.ops.size(), false) {}

  Status run() {
    unit_ = transfer_unit_bytes(problem_);
    TILEWRIGHT_RETURN_IF_ERROR(check_traffic_shape(problem_, solution_));
    list_pieces();
    TILEWRIGHT_RETURN_IF_ERROR(begin_contents());
    for (std::int64_t step = -1; step <= steps_; ++step) {
      TILEWRIGHT_RETURN_IF_ERROR(take_step(step));
    }
    if (next_transfer_ != solution_.transfers.size()) {
      return wrong_traffic("expected transfers in the order of the steps, got one out of turn");
    }
    if (next_pair_ != solution_.in_place_used.size()) {
      return wrong_traffic(
          "expected in-place pairs in the order of the steps, got one out of turn");
    }
    TILEWRIGHT_RETURN_IF_ERROR(check_end());
    return check_traffic_claims(problem_, solution_,
                                {weights_, activations_, fast_bytes_, moved_bytes_});
  }

 private:
  [[nodiscard]] std::string name(std::size_t storage) const {
    return "storage " + std::to_string(storage) + " '" + problem_.storages[storage].name + "'";
  }
  [[nodiscard]] bool streams(std::size_t storage) const {
    const Storage& its = problem_.storages[storage];
    return its.place != OperandPlace::Fast && (problem_.execution == Execution::Streaming ||
                                               (problem_.stream_constants && its.constant));
  }
  [[nodiscard]] bool is_whole_units(std::int64_t bytes) const {
    return bytes >= 0 && bytes % unit_ == 0;
  }

  /// Lists the pieces by the step in which they begin.
  void list_pieces() {
    pieces_at_.resize(static_cast<std::size_t>(steps_) + 2);
    for (const FastPiece& piece : solution_.pieces) {
      pieces_at_[static_cast<std::size_t>(piece.begin + 1)].push_back(&piece);
      fast_bytes_ = std::max(fast_bytes_, piece.offset + piece.bytes);
    }
  }

  Status begin_contents() {
    for (const Op& op : problem_.ops) {
      for (const StorageId id : op.reads)
        ++contents_[index(id)].uses_left;
      for (const StorageId id : op.writes) {
        ++contents_[index(id)].uses_left;
        ++contents_[index(id)].writes_left;
      }
    }
    for (std::size_t i = 0; i < contents_.size(); ++i) {
      const Storage& storage = problem_.storages[i];
      Contents& now = contents_[i];
      now.size = (storage.bytes + unit_ - 1) / unit_ * unit_;
      now.has_bytes = storage.input || storage.constant;
      now.outside_begin = now.has_bytes && !storage.fast ? 0 : now.size;
      used_.push_back(now.uses_left > 0);
      // In steady state the pieces of constants before the first step are full already.
      const bool begins_full = problem_.steady_state && storage.constant;
      if ((storage.input && storage.fast) || begins_full) {
        now.fast_end = now.size;
        starts_full_.push_back(i);
      }
    }
    return ok();
  }

  Status take_step(std::int64_t step) {
    TILEWRIGHT_RETURN_IF_ERROR(move_bytes(step, TransferKind::Store));
    TILEWRIGHT_RETURN_IF_ERROR(move_inside(step));
    TILEWRIGHT_RETURN_IF_ERROR(change_pieces(step));
    if (step == -1) TILEWRIGHT_RETURN_IF_ERROR(check_start());
    TILEWRIGHT_RETURN_IF_ERROR(move_bytes(step, TransferKind::Load));
    if (step >= 0 && step < steps_) {
      const OpId id = solution_.order[static_cast<std::size_t>(step)];
      TILEWRIGHT_RETURN_IF_ERROR(check_ready(id));
      TILEWRIGHT_RETURN_IF_ERROR(take_pairs(id));
      TILEWRIGHT_RETURN_IF_ERROR(check_overlaps(step, &id));
      return run_op(step, id);
    }
    pairs_.clear();
    return check_overlaps(step, nullptr);
  }

  /// Takes the transfers of `step` and `kind` that come next.
  Status move_bytes(std::int64_t step, TransferKind kind) {
    while (next_transfer_ < solution_.transfers.size()) {
      const Transfer& transfer = solution_.transfers[next_transfer_];
      if (transfer.step != step || transfer.kind != kind) break;
      TILEWRIGHT_RETURN_IF_ERROR(move(transfer));
      ++next_transfer_;
    }
    return ok();
  }

  Status move(const Transfer& transfer) {
    const std::size_t storage = index(transfer.storage);
    Contents& now = contents_[storage];
    const std::string where =
        "step " + number(transfer.step) + " " + to_string(transfer.kind) + " of " + name(storage);
    if (!is_whole_units(transfer.begin_bytes) || !is_whole_units(transfer.end_bytes) ||
        transfer.begin_bytes >= transfer.end_bytes || transfer.end_bytes > now.size) {
      return wrong_traffic(where + ": expected whole units of the storage, got others");
    }
    const std::int64_t bytes = transfer.end_bytes - transfer.begin_bytes;
    (problem_.storages[storage].constant ? weights_ : activations_) += bytes;
    switch (transfer.kind) {
      case TransferKind::Load:
        if (transfer.begin_bytes > now.fast_end || transfer.begin_bytes < now.outside_begin ||
            transfer.end_bytes > piece_bytes(storage)) {
          return wrong_traffic(where +
                               ": expected valid bytes and a piece to hold them, got others");
        }
        now.fast_end = std::max(now.fast_end, transfer.end_bytes);
        return ok();
      case TransferKind::Store:
        if (transfer.end_bytes > now.fast_end || transfer.end_bytes < now.outside_begin) {
          return wrong_traffic(where + ": expected valid bytes up to those outside, got others");
        }
        now.outside_begin = std::min(now.outside_begin, transfer.begin_bytes);
        return ok();
      case TransferKind::Move:
        return wrong_traffic(where + ": expected moves before loads, got one later");
      case TransferKind::StreamRead:
        if (transfer.begin_bytes > now.fast_end || transfer.begin_bytes < now.outside_begin ||
            transfer.end_bytes != now.size) {
          return wrong_traffic(where +
                               ": expected the rest of the storage from outside, got others");
        }
        now.fast_end = now.size;  // until the step ends
        return ok();
      case TransferKind::StreamWrite:
        if (transfer.end_bytes != now.size) {
          return wrong_traffic(where + ": expected bytes up to the end, got others");
        }
        now.outside_begin = transfer.begin_bytes;
        return ok();
    }
    return ok();
  }

  [[nodiscard]] std::int64_t piece_bytes(std::size_t storage) const {
    const auto found = pieces_.find(storage);
    return found == pieces_.end() ? 0 : found->second->bytes;
  }

  [[nodiscard]] const FastPiece* piece_from(std::size_t storage, std::int64_t step) const {
    for (const FastPiece* piece : pieces_at_[static_cast<std::size_t>(step + 1)]) {
      if (index(piece->storage) == storage) return piece;
    }
    return nullptr;
  }

  /// Takes the moves of `step`, one after the other.
  Status move_inside(std::int64_t step) {
    moved_.clear();
    while (next_transfer_ < solution_.transfers.size()) {
      const Transfer& transfer = solution_.transfers[next_transfer_];
      if (transfer.step != step || transfer.kind != TransferKind::Move) break;
      ++next_transfer_;
      const std::size_t storage = index(transfer.storage);
      const std::string where = "step " + number(step) + " move of " + name(storage);
      const FastPiece* target = piece_from(storage, step);
      const std::int64_t bytes = transfer.end_bytes;
      if (target == nullptr || transfer.begin_bytes != 0 || bytes <= 0 || bytes > target->bytes ||
          bytes > contents_[storage].fast_end) {
        return wrong_traffic(where + ": expected valid bytes and a piece to hold them, got others");
      }
      overwrite(storage, step, target->offset, bytes);
      if (!moved_.emplace(storage, bytes).second)
        return wrong_traffic(where + ": expected one, got two");
      moved_bytes_ += bytes;
    }
    return ok();
  }

  /// What lies where `moving` lands is lost.
  void overwrite(std::size_t moving, std::int64_t step, std::int64_t offset, std::int64_t bytes) {
    for (const auto& [storage, piece] : pieces_) {
      if (storage == moving) continue;
      const auto moved = moved_.find(storage);
      const bool has_moved = moved != moved_.end();
      const FastPiece* after = has_moved ? piece_from(storage, step) : piece;
      std::int64_t& valid = has_moved ? moved->second : contents_[storage].fast_end;
      const bool apart = offset + bytes <= after->offset || after->offset + valid <= offset;
      if (!apart) valid = std::max<std::int64_t>(0, offset - after->offset);
    }
  }

  Status change_pieces(std::int64_t step) {
    const std::map<std::size_t, const FastPiece*> before = pieces_;
    for (auto it = pieces_.begin(); it != pieces_.end();) {
      it = it->second->end <= step ? pieces_.erase(it) : std::next(it);
    }
    for (const FastPiece* piece : pieces_at_[static_cast<std::size_t>(step + 1)]) {
      if (!pieces_.emplace(index(piece->storage), piece).second) {
        return wrong_traffic(name(index(piece->storage)) +
                             ": expected one piece at a time, got two");
      }
    }
    for (const auto& [storage, piece] : before) {
      const auto after = pieces_.find(storage);
      const bool stays = after != pieces_.end() && after->second->offset == piece->offset;
      const auto moved = moved_.find(storage);
      Contents& now = contents_[storage];
      if (moved != moved_.end()) {
        now.fast_end = moved->second;
      } else {
        now.fast_end = stays ? std::min(now.fast_end, after->second->bytes) : 0;
      }
    }
    return ok();
  }

  Status check_start() {
    for (const std::size_t storage : starts_full_) {
      Contents& now = contents_[storage];
      if (problem_.storages[storage].constant) {
        now.fast_end = piece_bytes(storage);
        start_bytes_[storage] = now.fast_end;
      } else if (piece_bytes(storage) != now.size) {
        return wrong_traffic(name(storage) +
                             ": expected all of the fast input at the start, got less");
      }
    }
    return ok();
  }

  Status check_ready(OpId id) {
    const Op& op = problem_.ops[index(id)];
    const std::string where = "op " + std::to_string(index(id)) + " '" + op.name + "'";
    if (has_run_[index(id)]) return wrong_traffic(where + ": expected to run once, got twice");
    has_run_[index(id)] = true;
    for (const OpId before : op.after) {
      if (!has_run_[index(before)]) return wrong_traffic(where + ": expected to run after others");
    }
    for (const StorageId id_read : op.reads) {
      const std::size_t storage = index(id_read);
      if (contents_[storage].writes_left == 0) continue;
      return wrong_traffic(where + ": expected " + name(storage) +
                           " to be written, got it unfinished");
    }
    return ok();
  }

  Status take_pairs(OpId id) {
    pairs_.clear();
    std::map<std::size_t, int> taken;
    while (next_pair_ < solution_.in_place_used.size() &&
           solution_.in_place_used[next_pair_].op == id) {
      const InPlaceUse use = solution_.in_place_used[next_pair_++];
      const auto& allowed = problem_.ops[index(id)].in_place;
      const InPlacePair pair{use.read, use.write};
      if (std::find(allowed.begin(), allowed.end(), pair) == allowed.end()) {
        return wrong_traffic("in place: expected a pair the op permits, got another");
      }
      const Storage& read = problem_.storages[index(use.read)];
      const bool dies = contents_[index(use.read)].uses_left == 1 && !read.output && !read.constant;
      const bool born = contents_[index(use.write)].writes_done == 0;
      if (!dies || !born || ++taken[index(use.read)] > 1 || ++taken[index(use.write)] > 1 ||
          streams(index(use.read)) || streams(index(use.write))) {
        return wrong_traffic("in place: expected " + name(index(use.read)) + " to die and " +
                             name(index(use.write)) + " to be born in one pair, got otherwise");
      }
      pairs_.push_back(use);
    }
    return ok();
  }

  struct Occupant {
    std::int64_t begin;
    std::int64_t end;
    std::size_t storage;
  };

  Status check_overlaps(std::int64_t step, const OpId* running) {
    std::vector<Occupant> occupants;
    for (const auto& [storage, piece] : pieces_) {
      occupants.push_back({piece->offset, piece->offset + piece->bytes, storage});
    }
    if (running != nullptr) TILEWRIGHT_RETURN_IF_ERROR(add_working(*running, occupants));
    for (std::size_t i = 0; i < occupants.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Occupant& a = occupants[i];
        const Occupant& b = occupants[j];
        if (a.end <= b.begin || b.end <= a.begin) continue;
        if (a.begin == b.begin && is_pair(a.storage, b.storage)) continue;
        return wrong_traffic("step " + number(step) + ": expected no overlap, got one at " +
                             number(std::max(a.begin, b.begin)));
      }
    }
    return ok();
  }

  /// Scratch and staging buffer of the running op.
  Status add_working(OpId id, std::vector<Occupant>& occupants) {
    const Op& op = problem_.ops[index(id)];
    std::int64_t bytes = op.scratch_bytes;
    bool stages = false;
    for (const StorageId read : op.reads)
      stages = stages || streams(index(read));
    for (const StorageId write : op.writes)
      stages = stages || streams(index(write));
    if (stages) bytes += problem_.stage_bytes.value_or(0);
    const auto& offset = solution_.scratch_offsets[index(id)];
    if (offset.has_value() != (bytes > 0)) {
      return wrong_traffic("op '" + op.name +
                           "': expected an offset of its scratch exactly if it has one");
    }
    if (!offset) return ok();
    if (*offset < 0 || *offset % problem_.alignment_bytes != 0 ||
        bytes > problem_.banks.front().bytes || *offset > problem_.banks.front().bytes - bytes) {
      return wrong_traffic("op '" + op.name +
                           "': expected its scratch inside the bank, got it outside");
    }
    fast_bytes_ = std::max(fast_bytes_, *offset + bytes);
    occupants.push_back({*offset, *offset + bytes, contents_.size()});
    return ok();
  }

  [[nodiscard]] bool is_pair(std::size_t a, std::size_t b) const {
    return std::any_of(pairs_.begin(), pairs_.end(), [&](const InPlaceUse& use) {
      return (index(use.read) == a && index(use.write) == b) ||
             (index(use.read) == b && index(use.write) == a);
    });
  }

  Status run_op(std::int64_t step, OpId id) {
    const Op& op = problem_.ops[index(id)];
    TILEWRIGHT_RETURN_IF_ERROR(move_bytes(step, TransferKind::StreamRead));
    for (const StorageId read : op.reads)
      TILEWRIGHT_RETURN_IF_ERROR(check_operand(step, index(read)));
    for (const StorageId write : op.writes)
      TILEWRIGHT_RETURN_IF_ERROR(check_operand(step, index(write)));
    for (const StorageId write : op.writes) {
      Contents& now = contents_[index(write)];
      now.has_bytes = true;
      now.fast_end = now.size;
      now.outside_begin = now.size;
      ++now.writes_done;
      --now.writes_left;
    }
    TILEWRIGHT_RETURN_IF_ERROR(check_stream_writes(step, op));
    TILEWRIGHT_RETURN_IF_ERROR(move_bytes(step, TransferKind::StreamWrite));
    for (const auto* list : {&op.reads, &op.writes}) {
      for (const StorageId used : *list) {
        Contents& now = contents_[index(used)];
        now.fast_end = std::min(now.fast_end, piece_bytes(index(used)));
        --now.uses_left;
      }
    }
    for (const InPlaceUse& use : pairs_)
      contents_[index(use.read)].fast_end = 0;
    return ok();
  }

  /// The op must find all bytes of `storage`, or room for them.
  Status check_operand(std::int64_t step, std::size_t storage) const {
    const Contents& now = contents_[storage];
    const std::int64_t piece = piece_bytes(storage);
    const bool splits = problem_.storages[storage].place == OperandPlace::Split;
    const bool has_room = piece == now.size || (streams(storage) && (splits || piece == 0));
    if (has_room && (!now.has_bytes || now.fast_end == now.size)) return ok();
    return wrong_traffic("step " + number(step) + ": expected all of " + name(storage) + ", got " +
                         number(std::min(now.fast_end, piece)) + " of " + number(now.size) +
                         " bytes");
  }

  Status check_stream_writes(std::int64_t step, const Op& op) const {
    for (std::size_t i = next_transfer_; i < solution_.transfers.size(); ++i) {
      const Transfer& transfer = solution_.transfers[i];
      if (transfer.step != step || transfer.kind != TransferKind::StreamWrite) break;
      const bool written =
          std::find(op.writes.begin(), op.writes.end(), transfer.storage) != op.writes.end();
      if (!written || !streams(index(transfer.storage))) {
        return wrong_traffic("step " + number(step) + ": expected the op to write " +
                             name(index(transfer.storage)) + " as a stream, got otherwise");
      }
    }
    return ok();
  }

  Status check_end() const {
    for (std::size_t i = 0; i < contents_.size(); ++i) {
      const Storage& storage = problem_.storages[i];
      const Contents& now = contents_[i];
      const bool held = now.fast_end == now.size && piece_bytes(i) == now.size;
      const bool has_bytes = now.writes_done > 0 || used_[i];
      if (storage.output && has_bytes && storage.fast
              ? !held
              : storage.output && now.outside_begin > 0 && !storage.fast) {
        return wrong_traffic(name(i) + ": expected all bytes of the output at the end, got less");
      }
      const auto start = start_bytes_.find(i);
      if (start == start_bytes_.end() || start->second == 0) continue;
      if (now.fast_end < start->second || !same_place_at_both_ends(i)) {
        return wrong_traffic(name(i) +
                             ": expected the next run to begin as this one, got otherwise");
      }
    }
    return ok();
  }

  [[nodiscard]] bool same_place_at_both_ends(std::size_t storage) const {
    const auto last = pieces_.find(storage);
    if (last == pieces_.end()) return false;
    for (const FastPiece* piece : pieces_at_.front()) {
      if (index(piece->storage) == storage) return piece->offset == last->second->offset;
    }
    return false;
  }

  const Problem& problem_;
  const TrafficSolution& solution_;
  const std::int64_t steps_;
  std::int64_t unit_ = 1;
  std::vector<Contents> contents_;
  std::vector<bool> has_run_;
  std::vector<bool> used_;                // by an op
  std::vector<std::size_t> starts_full_;  // fast inputs, and constants in steady state
  std::map<std::size_t, std::int64_t> start_bytes_;
  std::vector<std::vector<const FastPiece*>> pieces_at_;  // that begin, per step from -1
  std::map<std::size_t, const FastPiece*> pieces_;        // of the current step, per storage
  std::vector<InPlaceUse> pairs_;
  std::size_t next_transfer_ = 0;
  std::size_t next_pair_ = 0;
  std::int64_t weights_ = 0;
  std::int64_t activations_ = 0;
  std::int64_t fast_bytes_ = 0;
  std::map<std::size_t, std::int64_t> moved_;  // bytes per storage, before the current step
  std::int64_t moved_bytes_ = 0;
};

}  // namespace

Status validate_traffic(const Problem& problem, const TrafficSolution& solution) {
  return TrafficJudge(problem, solution).run();
}

}  // namespace tilewright::scheduler
