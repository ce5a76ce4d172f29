// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/traffic/random_traffic.h"

#include <algorithm>
#include <random>

#include "scheduler/dependencies.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {
namespace {

constexpr std::int64_t kUnit = 4;

class Maker {
 public:
  Maker(std::uint32_t seed, const TrafficShape& shape) : engine_(seed), shape_(shape) {}

  Problem make() {
    problem_.alignment_bytes = 2;
    if (shape_.streams && chance(25)) problem_.execution = Execution::Streaming;
    if (shape_.streams && chance(25)) problem_.stream_constants = true;
    if (chance(50)) problem_.stage_bytes = kUnit * below(2);
    if (shape_.whole && chance(30)) problem_.residency = Residency::Whole;
    problem_.steady_state = shape_.steady && chance(30);
    for (int i = below(3); i >= 0; --i)
      add_storage(true, chance(35));
    const int ops = shape_.min_ops + below(shape_.max_ops - shape_.min_ops + 1);
    for (int i = 0; i < ops; ++i)
      add_op();
    for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
      Storage& storage = problem_.storages[i];
      if (!read_[i] && !storage.constant && chance(70)) storage.output = true;
      if ((storage.input || storage.output) && chance(10)) storage.fast = true;
      if (shape_.streams && chance(30))
        storage.place = chance(50) ? OperandPlace::OneBank : OperandPlace::Fast;
    }
    add_banks();
    return problem_;
  }

 private:
  int below(int count) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(count)); }
  bool chance(int percent) { return below(100) < percent; }

  StorageId add_storage(bool input, bool constant) {
    Storage storage;
    storage.name = "s" + std::to_string(problem_.storages.size());
    storage.bytes = kUnit * (1 + below(shape_.max_units)) - (chance(20) ? 1 : 0);
    storage.input = input && !constant;
    storage.constant = constant;
    storage.output = !constant && chance(10);
    problem_.storages.push_back(storage);
    read_.push_back(false);
    return storage_id(problem_.storages.size() - 1);
  }

  void add_op() {
    Op op;
    op.name = "op" + std::to_string(problem_.ops.size());
    op.scratch_bytes = chance(20) ? 1 + below(6) : 0;
    for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
      if (op.reads.size() < 3 && chance(45)) op.reads.push_back(storage_id(i));
    }
    for (std::size_t i = 0; i < problem_.storages.size() && op.writes.empty(); ++i) {
      const Storage& storage = problem_.storages[i];
      const bool is_read =
          std::find(op.reads.begin(), op.reads.end(), storage_id(i)) != op.reads.end();
      if (!read_[i] && !is_read && !storage.input && !storage.constant && chance(15)) {
        op.writes.push_back(storage_id(i));
      }
    }
    for (const StorageId id : op.reads)
      read_[index(id)] = true;
    if (op.writes.empty()) op.writes.push_back(add_storage(false, false));
    for (const StorageId read : op.reads) {
      if (shape_.in_place && chance(30)) op.in_place.push_back({read, op.writes.front()});
    }
    problem_.ops.push_back(op);
  }

  /// The fast bank holds what the fullest op uses, and up to three units more.
  void add_banks() {
    std::int64_t bytes = kUnit;
    for (const Op& op : problem_.ops) {
      std::int64_t needed = op.scratch_bytes + problem_.stage_bytes.value_or(0);
      for (const auto* list : {&op.reads, &op.writes}) {
        for (const StorageId id : *list)
          needed += (problem_.storages[index(id)].bytes + kUnit - 1) / kUnit * kUnit;
      }
      bytes = std::max(bytes, needed);
    }
    if (problem_.execution == Execution::Streaming) bytes = std::max(kUnit * 2, bytes / 2);
    bytes += below(static_cast<int>(3 * kUnit));
    problem_.banks = {
        {.name = "tcm", .bytes = bytes, .read_bytes_per_us = 8, .write_bytes_per_us = 8},
        {.name = "external",
         .bytes = 1 << 20,
         .read_bytes_per_us = 1,
         .write_bytes_per_us = 1,
         .granule_bytes = kUnit}};
  }

  std::mt19937 engine_;
  TrafficShape shape_;
  Problem problem_;
  std::vector<bool> read_;
};

}  // namespace

Problem random_traffic(std::uint32_t seed, const TrafficShape& shape) {
  return Maker(seed, shape).make();
}

Problem with_least_bank(Problem problem) {
  for (Storage& storage : problem.storages)
    storage.fast = false;
  const Dependencies lists = dependencies(problem);
  const std::vector<OpId> order = serialized_order(problem, lists);
  std::int64_t& bytes = problem.banks[0].bytes;
  while (timeline(problem, lists, order))
    bytes -= traffic_unit_bytes(problem);
  bytes += traffic_unit_bytes(problem);
  return problem;
}

}  // namespace tilewright::scheduler
