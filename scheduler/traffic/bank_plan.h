// SPDX-License-Identifier: Apache-2.0
// Three banks and more: which bank holds what lies outside the fast memory.
//
//   bank 0            bank 1            bank 2          The plan of the first bank says which bytes
//   fast    <------>  between  <----->  external        leave it and come back. The bank after it
//        <--------------------------->                  keeps some of them meanwhile, by the same
//                                                       program as before: what leaves it in turn
//                                                       is left to the next one.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

/// The bytes [begin_bytes, end_bytes) of a storage go from one bank to another; inside a bank, to
/// its next piece.
struct BankTransfer {
  std::size_t cause = 0;  // position in the transfers of the plan of the first bank
  std::size_t from = 0;   // positions in Problem::banks
  std::size_t to = 0;
  StorageId storage{};
  std::int64_t begin_bytes = 0;
  std::int64_t end_bytes = 0;

  bool operator==(const BankTransfer&) const = default;
};

/// A bank between holds bytes of a storage at an offset, from before the transfers with a cause of
/// `begin` to before those of `end`; what a bank writes out or slides comes first among them.
struct BankPiece {
  std::size_t bank = 0;
  StorageId storage{};
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t begin_bytes = 0;
  std::int64_t end_bytes = 0;
  std::int64_t offset = 0;

  bool operator==(const BankPiece&) const = default;
};

struct BankPlan {
  std::vector<BankTransfer> transfers;  // in the order they happen
  std::vector<BankPiece> pieces;        // by bank
  double transfer_us = 0;               // of all transfers, at the speed of the outer bank
  double lower_bound_us = 0;            // of every order, residency and choice of banks

  /// How far the plan may be above the least, as a share of the bound.
  [[nodiscard]] double gap() const {
    return lower_bound_us > 0 ? transfer_us / lower_bound_us - 1 : 0;
  }
};

/// Banks for what `solution`, a valid plan of `problem`, moves. With two banks all of it goes to
/// and from the last one. A transfer takes its bytes by the speed of the outer of its banks, in
/// its direction. The bound: whatever crosses into or out of the first k banks is at least what a
/// fast memory as large as all of them must move, and costs at least the best speed beyond.
[[nodiscard]] BankPlan plan_banks(const Problem& problem, const TrafficSolution& solution);

}  // namespace tilewright::scheduler
