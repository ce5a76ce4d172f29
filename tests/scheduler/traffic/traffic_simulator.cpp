// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/traffic/traffic_simulator.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace tilewright::scheduler {
namespace {

using Byte = std::pair<std::size_t, std::int64_t>;  // 0: fast memory, 1 + id: a storage outside
constexpr double kNever = std::numeric_limits<double>::infinity();

/// An op or a transfer.
struct Work {
  std::set<Byte> reads;
  std::set<Byte> writes;
  double us = 0;
  std::optional<std::size_t> starts_with;  // what streams: its op
  std::vector<std::size_t> streams;        // an op: what streams during it
  bool started = false;
  bool done = false;
  double end_us = kNever;
};

class Simulator {
 public:
  Simulator(const Problem& problem, const TrafficSolution& plan,
            const std::vector<std::size_t>& queue)
      : problem_(problem), plan_(plan) {
    std::size_t next = 0;
    const auto steps = static_cast<std::int64_t>(problem.ops.size());
    for (std::int64_t step = -1; step <= steps; ++step) {
      std::vector<std::size_t> streams;
      for (; next < queue.size() && plan.transfers[queue[next]].step == step; ++next) {
        const Transfer& transfer = plan.transfers[queue[next]];
        const bool is_stream =
            transfer.kind == TransferKind::StreamRead || transfer.kind == TransferKind::StreamWrite;
        if (is_stream) streams.push_back(works_.size());
        dma_.push_back(works_.size());
        works_.push_back(work_of(transfer));
      }
      if (step < 0 || step >= steps) continue;
      for (const std::size_t stream : streams)
        works_[stream].starts_with = works_.size();
      cpu_.push_back(works_.size());
      works_.push_back(work_of(plan.order[static_cast<std::size_t>(step)], step));
      works_.back().streams = streams;
    }
  }

  SimulatedRun run() {
    SimulatedRun result;
    double now_us = 0;
    double computed_us = 0;
    for (const std::size_t op : cpu_)
      computed_us += works_[op].us;
    while (next_cpu_ < cpu_.size() || next_dma_ < dma_.size() || running()) {
      while (start_op(now_us) || start_transfer(now_us)) {
      }
      now_us = finish_next();
    }
    result.total_us = now_us;
    result.stall_us = now_us - computed_us;
    return result;
  }

 private:
  [[nodiscard]] const FastPiece& piece_at(StorageId storage, std::int64_t step) const {
    return *std::find_if(plan_.pieces.begin(), plan_.pieces.end(), [&](const FastPiece& piece) {
      return piece.storage == storage && piece.begin <= step && step < piece.end;
    });
  }
  [[nodiscard]] bool has_piece(StorageId storage, std::int64_t step) const {
    return std::any_of(plan_.pieces.begin(), plan_.pieces.end(), [&](const FastPiece& piece) {
      return piece.storage == storage && piece.begin <= step && step < piece.end;
    });
  }

  static void add(std::set<Byte>& bytes, std::size_t space, std::int64_t begin, std::int64_t end) {
    for (std::int64_t byte = begin; byte < end; ++byte)
      bytes.insert({space, byte});
  }

  Work work_of(const Transfer& transfer) {
    Work work;
    const Bank& fast = problem_.banks.front();
    const Bank& outer = problem_.banks.back();
    const std::int64_t begin = transfer.begin_bytes;
    const std::int64_t end = transfer.end_bytes;
    const std::size_t outside = 1 + index(transfer.storage);
    double speed = is_read(transfer.kind) ? outer.read_bytes_per_us : outer.write_bytes_per_us;
    const auto fast_bytes = [&](std::set<Byte>& bytes, std::int64_t step) {
      const std::int64_t offset = piece_at(transfer.storage, step).offset;
      add(bytes, 0, offset + begin, offset + end);
    };
    switch (transfer.kind) {
      case TransferKind::Load:
        add(work.reads, outside, begin, end);
        fast_bytes(work.writes, transfer.step);
        break;
      case TransferKind::Store:
        fast_bytes(work.reads, transfer.step - 1);
        add(work.writes, outside, begin, end);
        break;
      case TransferKind::Move:
        fast_bytes(work.reads, transfer.step - 1);
        fast_bytes(work.writes, transfer.step);
        speed = std::min(fast.read_bytes_per_us, fast.write_bytes_per_us);
        break;
      case TransferKind::StreamRead:
        add(work.reads, outside, begin, end);
        break;
      case TransferKind::StreamWrite:
        add(work.writes, outside, begin, end);
        break;
    }
    work.us = static_cast<double>(end - begin) / speed;
    return work;
  }

  Work work_of(OpId id, std::int64_t step) {
    const Op& op = problem_.ops[index(id)];
    Work work;
    work.us = op.compute_us;
    bool stages = false;
    const auto operand = [&](StorageId storage, bool writes) {
      const bool streams =
          problem_.storages[index(storage)].place != OperandPlace::Fast &&
          (problem_.execution == Execution::Streaming ||
           (problem_.stream_constants && problem_.storages[index(storage)].constant));
      stages |= streams;
      if (!has_piece(storage, step)) return;
      const FastPiece& piece = piece_at(storage, step);
      add(writes || streams ? work.writes : work.reads, 0, piece.offset,
          piece.offset + piece.bytes);
    };
    for (const StorageId read : op.reads)
      operand(read, false);
    for (const StorageId write : op.writes)
      operand(write, true);
    if (const auto& offset = plan_.scratch_offsets[index(id)]) {
      const std::int64_t stage_bytes = stages ? problem_.stage_bytes.value_or(0) : 0;
      add(work.writes, 0, *offset, *offset + op.scratch_bytes + stage_bytes);
    }
    return work;
  }

  static bool meet(const std::set<Byte>& a, const std::set<Byte>& b) {
    return std::any_of(a.begin(), a.end(), [&](const Byte& byte) { return b.contains(byte); });
  }

  /// Whether nothing earlier in the plan that is not done yet is in the way.
  [[nodiscard]] bool may_start(std::size_t number) const {
    const Work& work = works_[number];
    for (std::size_t i = 0; i < number; ++i) {
      const Work& other = works_[i];
      if (other.done || other.starts_with == number) continue;
      if (meet(work.writes, other.writes) || meet(work.writes, other.reads) ||
          meet(work.reads, other.writes)) {
        return false;
      }
    }
    return true;
  }

  bool start_op(double now_us) {
    if (next_cpu_ == cpu_.size()) return false;
    if (next_cpu_ > 0 && !works_[cpu_[next_cpu_ - 1]].done) return false;
    const std::size_t number = cpu_[next_cpu_];
    if (!may_start(number)) return false;
    works_[number].started = true;
    works_[number].end_us = now_us + works_[number].us;
    ++next_cpu_;
    return true;
  }

  bool start_transfer(double now_us) {
    if (next_dma_ == dma_.size()) return false;
    if (next_dma_ > 0 && !works_[dma_[next_dma_ - 1]].done) return false;
    const std::size_t number = dma_[next_dma_];
    const auto& op = works_[number].starts_with;
    if ((op && !works_[*op].started) || !may_start(number)) return false;
    works_[number].started = true;
    works_[number].end_us = now_us + works_[number].us;
    ++next_dma_;
    return true;
  }

  [[nodiscard]] bool running() const {
    return std::any_of(works_.begin(), works_.end(),
                       [](const Work& work) { return work.started && !work.done; });
  }

  /// An op is done when what streams during it is, too.
  [[nodiscard]] bool can_end(const Work& work) const {
    return work.started && !work.done &&
           std::all_of(work.streams.begin(), work.streams.end(),
                       [&](std::size_t stream) { return works_[stream].done; });
  }

  double finish_next() {
    Work* next = nullptr;
    for (Work& work : works_) {
      if (can_end(work) && (next == nullptr || work.end_us < next->end_us)) next = &work;
    }
    if (next == nullptr) return kNever;  // engines that wait for each other: no plan does that
    next->done = true;
    now_us_ = std::max(now_us_, next->end_us);
    return now_us_;
  }

  const Problem& problem_;
  const TrafficSolution& plan_;
  std::vector<Work> works_;  // in the order of the plan
  std::vector<std::size_t> cpu_;
  std::vector<std::size_t> dma_;
  std::size_t next_cpu_ = 0;
  std::size_t next_dma_ = 0;
  double now_us_ = 0;
};

}  // namespace

SimulatedRun simulate_traffic(const Problem& problem, const TrafficSolution& solution,
                              const std::vector<std::size_t>& queue) {
  return Simulator(problem, solution, queue).run();
}

}  // namespace tilewright::scheduler
