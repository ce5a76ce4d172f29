// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_timing.h"

#include <algorithm>
#include <utility>

#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {
namespace {

/// The bytes [begin, end) of a space: fast memory is space 0, storage i outside is space i + 1.
struct Access {
  std::size_t space = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool writes = false;
};

bool conflict(const Access& a, const Access& b) {
  return a.space == b.space && (a.writes || b.writes) && a.begin < b.end && b.begin < a.end;
}

/// When the bytes of one space were last read and written, between the cuts where that can differ.
class SpaceTimes {
 public:
  void cut(std::int64_t at) { cuts_.push_back(at); }
  void finish_cuts() {
    std::sort(cuts_.begin(), cuts_.end());
    cuts_.erase(std::unique(cuts_.begin(), cuts_.end()), cuts_.end());
    read_us_.assign(cuts_.size(), 0);
    write_us_.assign(cuts_.size(), 0);
  }
  [[nodiscard]] double free_us(const Access& access) const {
    double us = 0;
    for (std::size_t i = first(access); i < cuts_.size() && cuts_[i] < access.end; ++i) {
      us = std::max(us, write_us_[i]);
      if (access.writes) us = std::max(us, read_us_[i]);
    }
    return us;
  }
  void use(const Access& access, double end_us) {
    for (std::size_t i = first(access); i < cuts_.size() && cuts_[i] < access.end; ++i) {
      double& us = access.writes ? write_us_[i] : read_us_[i];
      us = std::max(us, end_us);
    }
  }

 private:
  [[nodiscard]] std::size_t first(const Access& access) const {
    return static_cast<std::size_t>(std::lower_bound(cuts_.begin(), cuts_.end(), access.begin) -
                                    cuts_.begin());
  }

  std::vector<std::int64_t> cuts_;
  std::vector<double> read_us_;  // per cut: of the bytes from it to the next one
  std::vector<double> write_us_;
};

/// What the transfers and ops of a plan read and write.
class Accesses {
 public:
  Accesses(const Problem& problem, const TrafficSolution& solution)
      : problem_(problem), solution_(solution), pieces_of_(problem.storages.size()) {
    for (const FastPiece& piece : solution.pieces)
      pieces_of_[index(piece.storage)].push_back(&piece);
  }

  [[nodiscard]] std::vector<Access> of_transfer(const Transfer& transfer) const {
    const std::size_t outside = index(transfer.storage) + 1;
    const std::int64_t begin = transfer.begin_bytes;
    const std::int64_t end = transfer.end_bytes;
    const auto fast = [&](std::int64_t step, bool writes) {
      const std::int64_t offset = piece_at(transfer.storage, step)->offset;
      return Access{0, offset + begin, offset + end, writes};
    };
    switch (transfer.kind) {
      case TransferKind::Load:
        return {{outside, begin, end, false}, fast(transfer.step, true)};
      case TransferKind::Store:
        return {fast(transfer.step - 1, false), {outside, begin, end, true}};
      case TransferKind::Move:
        return {fast(transfer.step - 1, false), fast(transfer.step, true)};
      case TransferKind::StreamRead:
        return {{outside, begin, end, false}};
      case TransferKind::StreamWrite:
        return {{outside, begin, end, true}};
    }
    return {};
  }

  [[nodiscard]] std::vector<Access> of_op(std::int64_t step) const {
    const OpId id = solution_.order[static_cast<std::size_t>(step)];
    const Op& op = problem_.ops[index(id)];
    std::vector<Access> accesses;
    const auto add = [&](StorageId storage, bool writes) {
      const FastPiece* piece = piece_at(storage, step);
      if (piece == nullptr) return;
      const std::int64_t end = piece->offset + piece->bytes;
      accesses.push_back({0, piece->offset, end, writes || is_streamed(problem_, storage)});
    };
    for (const StorageId read : op.reads)
      add(read, false);
    for (const StorageId write : op.writes)
      add(write, true);
    if (const auto& offset = solution_.scratch_offsets[index(id)]) {
      accesses.push_back({0, *offset, *offset + working_bytes(problem_, op), true});
    }
    return accesses;
  }

 private:
  [[nodiscard]] const FastPiece* piece_at(StorageId storage, std::int64_t step) const {
    for (const FastPiece* piece : pieces_of_[index(storage)]) {
      if (piece->begin <= step && step < piece->end) return piece;
    }
    return nullptr;
  }

  const Problem& problem_;
  const TrafficSolution& solution_;
  std::vector<std::vector<const FastPiece*>> pieces_of_;  // per storage
};

double transfer_us(const Problem& problem, const Transfer& transfer) {
  const Bank& fast = problem.banks.front();
  const Bank& external = problem.banks.back();
  const auto bytes = static_cast<double>(transfer.end_bytes - transfer.begin_bytes);
  if (transfer.kind == TransferKind::Move) {
    return bytes / std::min(fast.read_bytes_per_us, fast.write_bytes_per_us);
  }
  const bool reads = is_read(transfer.kind);
  return bytes / (reads ? external.read_bytes_per_us : external.write_bytes_per_us);
}

bool is_stream(const Transfer& transfer) {
  return transfer.kind == TransferKind::StreamRead || transfer.kind == TransferKind::StreamWrite;
}

enum class LoadsFirst : std::uint8_t { No, Yes };

class Clock {
 public:
  Clock(const Problem& problem, const TrafficSolution& solution, LoadsFirst loads_first)
      : problem_(problem),
        solution_(solution),
        loads_first_(loads_first),
        accesses_(problem, solution),
        spaces_(problem.storages.size() + 1) {
    const auto cut = [&](const std::vector<Access>& all) {
      for (const Access& access : all) {
        spaces_[access.space].cut(access.begin);
        spaces_[access.space].cut(access.end);
      }
    };
    for (const Transfer& transfer : solution.transfers)
      cut(accesses_.of_transfer(transfer));
    for (std::size_t step = 0; step < problem.ops.size(); ++step)
      cut(accesses_.of_op(static_cast<std::int64_t>(step)));
    for (SpaceTimes& space : spaces_)
      space.finish_cuts();
  }

  TrafficTiming run() {
    const auto steps = static_cast<std::int64_t>(problem_.ops.size());
    for (std::int64_t step = -1; step <= steps; ++step) {
      for (const std::size_t position : transfers_before(step))
        transfer(position, 0);
      if (step >= 0 && step < steps) run_op(step);
    }
    timing_.total_us = std::max(op_end_us_, queue_end_us_);
    timing_.stall_us.push_back(timing_.total_us - op_end_us_);
    return std::move(timing_);
  }

 private:
  /// The transfers before the op of `step`, in the order of the queue.
  std::vector<std::size_t> transfers_before(std::int64_t step) {
    const auto& transfers = solution_.transfers;
    std::vector<std::size_t> early;
    std::vector<std::size_t> late;
    std::vector<Access> earlier;
    for (; next_ < transfers.size() && transfers[next_].step == step; ++next_) {
      if (is_stream(transfers[next_])) break;
      const std::vector<Access> its = accesses_.of_transfer(transfers[next_]);
      const bool waits = std::any_of(its.begin(), its.end(), [&](const Access& a) {
        return std::any_of(earlier.begin(), earlier.end(),
                           [&](const Access& b) { return conflict(a, b); });
      });
      const bool is_load = transfers[next_].kind == TransferKind::Load;
      const bool goes_first = loads_first_ == LoadsFirst::Yes && is_load && !waits;
      (goes_first ? early : late).push_back(next_);
      if (!goes_first) earlier.insert(earlier.end(), its.begin(), its.end());
    }
    early.insert(early.end(), late.begin(), late.end());
    return early;
  }

  [[nodiscard]] double free_us(const std::vector<Access>& all) const {
    double us = 0;
    for (const Access& access : all)
      us = std::max(us, spaces_[access.space].free_us(access));
    return us;
  }

  void use(const std::vector<Access>& all, double end_us) {
    for (const Access& access : all)
      spaces_[access.space].use(access, end_us);
  }

  void transfer(std::size_t position, double earliest_us) {
    const Transfer& transfer = solution_.transfers[position];
    const std::vector<Access> its = accesses_.of_transfer(transfer);
    const double us = transfer_us(problem_, transfer);
    queue_end_us_ = std::max({queue_end_us_, earliest_us, free_us(its)}) + us;
    timing_.transfer_us += us;
    timing_.queue.push_back(position);
    use(its, queue_end_us_);
  }

  void run_op(std::int64_t step) {
    const OpId id = solution_.order[static_cast<std::size_t>(step)];
    const double compute_us = problem_.ops[index(id)].compute_us;
    const std::vector<Access> its = accesses_.of_op(step);
    const double before_us = op_end_us_;
    const double start_us = std::max(before_us, free_us(its));
    op_end_us_ = start_us + compute_us;
    const auto& transfers = solution_.transfers;
    for (; next_ < transfers.size() && transfers[next_].step == step; ++next_) {
      transfer(next_, start_us);
      op_end_us_ = std::max(op_end_us_, queue_end_us_);
    }
    use(its, op_end_us_);
    timing_.compute_us += compute_us;
    timing_.stall_us.push_back(op_end_us_ - before_us - compute_us);
  }

  const Problem& problem_;
  const TrafficSolution& solution_;
  LoadsFirst loads_first_;
  Accesses accesses_;
  std::vector<SpaceTimes> spaces_;
  std::size_t next_ = 0;  // transfer
  double op_end_us_ = 0;
  double queue_end_us_ = 0;
  TrafficTiming timing_;
};

}  // namespace

TrafficTiming traffic_timing(const Problem& problem, const TrafficSolution& solution) {
  TrafficTiming listed = Clock(problem, solution, LoadsFirst::No).run();
  TrafficTiming ahead = Clock(problem, solution, LoadsFirst::Yes).run();
  return ahead.total_us < listed.total_us ? std::move(ahead) : std::move(listed);
}

}  // namespace tilewright::scheduler
