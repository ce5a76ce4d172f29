// SPDX-License-Identifier: Apache-2.0
// How threads share a step: into how many parts it is cut, along what, and who takes them.
//
//   2 threads, 8 parts of rows     share 0: | 0 | 1 | 2 | 3 | 6 |
//                                  share 1: |   4   |   5   |   7   |     on a slower core
//
// A share has as many parts of its own as the others; when it is through with them it takes of the
// others' what nobody has begun. More parts than threads cost time where all cores are alike.
#pragma once

#include <cstdint>

namespace tilewright::runtime {

/// What a step's output is cut along.
enum class CutAxis : std::uint8_t { Rows, Columns };

/// More parts than these are in no plan.
inline constexpr std::int32_t kMostParts = 1024;

struct Sharing {
  std::int32_t threads = 1;  // that take part, at most: the shares
  std::int32_t parts = 1;    // of them all, no fewer than `threads`
  CutAxis axis = CutAxis::Rows;

  friend bool operator==(const Sharing&, const Sharing&) = default;
};

}  // namespace tilewright::runtime
