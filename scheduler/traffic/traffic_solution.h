// SPDX-License-Identifier: Apache-2.0
// What the traffic planner answers: what lies in fast memory when and where, and what is moved.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

/// The first `bytes` of a storage lie at `offset` of the fast bank in the steps [begin, end). Step
/// -1 stands for the time before the first op, step `ops` for the time after the last one.
struct FastPiece {
  StorageId storage{};
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t bytes = 0;
  std::int64_t offset = 0;

  bool operator==(const FastPiece&) const = default;
};

enum class TransferKind : std::uint8_t {
  Load,         // external to fast memory, before the step
  Store,        // fast to external memory, before the step
  StreamRead,   // external memory to the op while the step runs
  StreamWrite,  // the op to external memory while the step runs
  Move,         // inside fast memory to the next piece of the storage, before the step
};

[[nodiscard]] constexpr bool is_read(TransferKind kind) {
  return kind == TransferKind::Load || kind == TransferKind::StreamRead;
}

/// The name of `kind` in snake_case, as printed in JSON.
[[nodiscard]] constexpr const char* to_string(TransferKind kind) {
  switch (kind) {
    case TransferKind::Load:
      return "load";
    case TransferKind::Store:
      return "store";
    case TransferKind::StreamRead:
      return "stream_read";
    case TransferKind::StreamWrite:
      return "stream_write";
    case TransferKind::Move:
      return "move";
  }
  return "unknown";
}

/// The bytes [begin_bytes, end_bytes) of a storage move. In a step stores come first, then moves,
/// loads, and what streams in and out.
struct Transfer {
  std::int64_t step = 0;
  TransferKind kind{};
  StorageId storage{};
  std::int64_t begin_bytes = 0;
  std::int64_t end_bytes = 0;

  bool operator==(const Transfer&) const = default;
};

/// Bytes moved to and from the external bank; compulsory are those that no fast memory avoids.
struct TrafficBytes {
  std::int64_t compulsory = 0;
  std::int64_t avoidable = 0;

  [[nodiscard]] std::int64_t total() const { return compulsory + avoidable; }
  bool operator==(const TrafficBytes&) const = default;
};

enum class TrafficStatus : std::uint8_t {
  Optimal,  // no order and no residency move fewer bytes
  Bounded,  // the lower bound holds, it is not reached
};

[[nodiscard]] constexpr const char* to_string(TrafficStatus status) {
  switch (status) {
    case TrafficStatus::Optimal:
      return "optimal";
    case TrafficStatus::Bounded:
      return "bounded";
  }
  return "unknown";
}

/// Equal problems and options give equal solutions.
struct TrafficSolution {
  std::vector<OpId> order;
  std::vector<InPlaceUse> in_place_used;                     // in the order of the steps
  std::vector<FastPiece> pieces;                             // by storage, then by step
  std::vector<std::optional<std::int64_t>> scratch_offsets;  // per op; scratch and staging buffer
  std::vector<Transfer> transfers;                           // by step, in the order they happen

  TrafficBytes weights;
  TrafficBytes activations;
  std::int64_t lower_bound_bytes = 0;        // of every order and residency
  std::int64_t order_lower_bound_bytes = 0;  // of every residency of this order
  std::int64_t moved_bytes = 0;              // inside fast memory
  std::int64_t fast_bytes = 0;               // highest end of a piece or scratch
  TrafficStatus status = TrafficStatus::Bounded;
  std::int64_t states = 0;  // of the search over orders

  [[nodiscard]] std::int64_t total_bytes() const { return weights.total() + activations.total(); }
};

}  // namespace tilewright::scheduler
