// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/random_problem.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace tilewright::scheduler {
namespace {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(count)); }
  int between(int min, int max) { return min + below(max - min + 1); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::mt19937 engine_;
};

class Maker {
 public:
  Maker(std::uint32_t seed, const RandomShape& shape)
      : dice_(seed), shape_(shape), read_percent_(dice_.between(8, 45)) {}

  Problem make() {
    problem_.alignment_bytes = shape_.unaligned ? 4 : 1;
    for (int i = dice_.between(0, 3); i > 0; --i) {
      add_storage(true, dice_.chance(20));
    }
    const int ops = dice_.between(shape_.min_ops, shape_.max_ops);
    for (int i = 0; i < ops; ++i)
      add_op();
    for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
      Storage& storage = problem_.storages[i];
      if (!read_[i] && !storage.constant && dice_.chance(70)) storage.output = true;
    }
    if (shape_.shuffled && dice_.chance(50)) shuffle();
    return problem_;
  }

 private:
  StorageId add_storage(bool input, bool constant) {
    Storage storage;
    storage.name = "s" + std::to_string(problem_.storages.size());
    storage.bytes = dice_.chance(5) ? 0 : dice_.between(1, 9);
    storage.input = input && !constant;
    storage.constant = constant;
    storage.output = !constant && dice_.chance(10);
    problem_.storages.push_back(storage);
    read_.push_back(false);
    return storage_id(problem_.storages.size() - 1);
  }

  void add_op() {
    Op op;
    op.name = "op" + std::to_string(problem_.ops.size());
    op.scratch_bytes = dice_.chance(25) ? dice_.between(1, 4) : 0;
    for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
      if (dice_.chance(read_percent_)) op.reads.push_back(storage_id(i));
    }
    for (const StorageId id : op.reads)
      read_[index(id)] = true;
    if (shape_.slices && dice_.chance(30)) add_slice(op);
    if (op.writes.empty() || dice_.chance(15)) op.writes.push_back(add_storage(false, false));
    for (const StorageId read : op.reads) {
      for (const StorageId write : op.writes) {
        if (dice_.chance(40)) op.in_place.push_back({read, write});
      }
    }
    if (!problem_.ops.empty() && dice_.chance(15)) {
      op.after.push_back(
          op_id(static_cast<std::size_t>(dice_.below(static_cast<int>(problem_.ops.size())))));
    }
    problem_.ops.push_back(op);
  }

  /// Lets `op` write one more slice of a storage that nobody has read.
  void add_slice(Op& op) {
    for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
      const Storage& storage = problem_.storages[i];
      if (read_[i] || storage.input || storage.constant || !dice_.chance(50)) continue;
      op.writes.push_back(storage_id(i));
      return;
    }
  }

  void shuffle() {
    std::vector<std::size_t> place(problem_.ops.size());
    std::iota(place.begin(), place.end(), std::size_t{0});
    for (std::size_t i = place.size(); i > 1; --i) {
      std::swap(place[i - 1], place[static_cast<std::size_t>(dice_.below(static_cast<int>(i)))]);
    }
    std::vector<Op> ops(problem_.ops.size());
    for (std::size_t i = 0; i < place.size(); ++i) {
      for (OpId& id : problem_.ops[i].after)
        id = op_id(place[index(id)]);
      ops[place[i]] = problem_.ops[i];
    }
    problem_.ops = ops;
  }

  Dice dice_;
  RandomShape shape_;
  int read_percent_;  // chance of an op to read a storage
  Problem problem_;
  std::vector<bool> read_;
};

}  // namespace

Problem random_problem(std::uint32_t seed, const RandomShape& shape) {
  return Maker(seed, shape).make();
}

}  // namespace tilewright::scheduler
