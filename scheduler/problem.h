// SPDX-License-Identifier: Apache-2.0
// What is to be planned: storages, the ops that read and write them, and the memories they live in.
// Plain values; the file form and the meaning of every field are in docs/problem_format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/planner.h"
#include "tilewright/platform.h"
#include "tilewright/status.h"

namespace tilewright::scheduler {

enum class StorageId : std::uint32_t {};  // a position in Problem::storages
enum class OpId : std::uint32_t {};       // a position in Problem::ops

[[nodiscard]] constexpr std::size_t index(StorageId id) {
  return static_cast<std::size_t>(id);
}
[[nodiscard]] constexpr std::size_t index(OpId id) {
  return static_cast<std::size_t>(id);
}
[[nodiscard]] constexpr StorageId storage_id(std::size_t position) {
  return static_cast<StorageId>(position);
}
[[nodiscard]] constexpr OpId op_id(std::size_t position) {
  return static_cast<OpId>(position);
}

/// Where a running op may find a storage that streams; of others it does not matter.
enum class OperandPlace : std::uint8_t {
  Split,    // the first bytes in fast memory, the rest outside
  OneBank,  // all of it in one of both: a gap keeps all or nothing
  Fast,     // all of it in fast memory, whatever `execution` says: it does not stream
};

/// One block of bytes: a tensor together with all its views and slices.
struct Storage {
  std::string name = {};
  std::int64_t bytes = 0;
  bool input = false;     // filled before the first op
  bool output = false;    // must outlive the last op
  bool constant = false;  // lies outside the arena; counts for traffic alone
  bool fast = false;      // the caller has its input, or wants its output, in the fastest bank
  std::optional<std::int64_t> offset = {};  // in the arena, if the caller has fixed it
  OperandPlace place = OperandPlace::Split;

  bool operator==(const Storage&) const = default;
};

/// Permission for `write` to lie on the bytes of `read`, which dies in the same op.
struct InPlacePair {
  StorageId read{};
  StorageId write{};

  bool operator==(const InPlacePair&) const = default;
};

struct Op {
  std::string name = {};
  std::vector<StorageId> reads = {};
  std::vector<StorageId> writes = {};
  std::vector<OpId> after = {};    // ops that must run before this one without giving it data
  std::int64_t scratch_bytes = 0;  // alive while this op runs
  std::vector<InPlacePair> in_place = {};
  double compute_us = 0;  // how long it runs with its operands at hand; 0 if that is not known

  bool operator==(const Op&) const = default;
};

using tilewright::Bank;
using tilewright::Execution;
using tilewright::Residency;

struct Problem {
  std::int64_t alignment_bytes = 64;  // of every offset; storages are rounded up to it
  std::vector<Storage> storages = {};
  std::vector<Op> ops = {};
  std::optional<std::int64_t> memory_limit_bytes = {};
  std::vector<Bank> banks = {};  // from fastest to slowest; the last is the external memory
  Execution execution = Execution::Full;
  std::optional<std::int64_t> stage_bytes = {};  // size of the staging buffer when streaming
  Residency residency = Residency::Granules;
  bool stream_constants = false;  // constants are streamed, whatever `execution` says
  bool steady_state = false;      // run again and again: constants may stay in fast memory

  bool operator==(const Problem&) const = default;
};

// Limits: what is larger is refused with ResourceExhausted.
inline constexpr std::size_t kMaxOps = 32'768;
inline constexpr std::size_t kMaxStorages = 65'536;
inline constexpr std::size_t kMaxEdges = 1'048'576;  // reads, writes, after and in_place together
inline constexpr std::size_t kMaxBanks = 16;
// Storages with an offset, and writers of one that overlaps another.
inline constexpr std::size_t kMaxPinned = 64;
inline constexpr std::size_t kMaxPinnedWriters = 8;
// The smaller of the numbers of different reads and different writes in one op's in_place list.
inline constexpr std::size_t kMaxInPlaceSide = 8;
// All storages and scratch together; larger sums would overflow and are InvalidModel.
inline constexpr std::int64_t kMaxTotalBytes = std::int64_t{1} << 60;
inline constexpr double kMaxComputeUs = 1e12;  // of an op; larger ones are InvalidModel
inline constexpr std::int64_t kMaxAlignmentBytes = std::int64_t{1} << 30;

/// Whether `problem` obeys every rule of docs/problem_format.md; linear in its size.
/// Errors: InvalidModel names the storage or op at fault; ResourceExhausted names the limit.
[[nodiscard]] Status check_problem(const Problem& problem);

}  // namespace tilewright::scheduler
