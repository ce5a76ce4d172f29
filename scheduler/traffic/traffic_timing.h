// SPDX-License-Identifier: Apache-2.0
// When ops and transfers of a plan run if one engine moves bytes while another runs ops.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

/// Microseconds. Ops run in their order; the DMA engine takes `queue`, one transfer at a time.
struct TrafficTiming {
  double compute_us = 0;           // of all ops
  double transfer_us = 0;          // of all transfers, one after the other
  double total_us = 0;             // until the last op and the last transfer are done
  std::vector<double> stall_us;    // per step: what its op waits, or runs longer, for transfers;
                                   // one more for what is left to store after the last op
  std::vector<std::size_t> queue;  // positions in the plan's transfers

  /// Without overlap.
  [[nodiscard]] double serial_us() const { return compute_us + transfer_us; }
  [[nodiscard]] double total_stall_us() const { return total_us - compute_us; }
};

/// The timing of `solution`, a valid plan of `problem`, at the speeds of its first and last bank.
///
/// An op or a transfer starts as soon as its engine is free and nothing earlier in the plan still
/// reads what it writes, or writes what it reads or writes. So a load starts while earlier ops run
/// if its bytes in fast memory are free by then, and a store goes on while later ones run: double
/// buffering in the room that the plan leaves. What streams starts with its op, which ends when
/// both are done; a streamed operand's bytes in fast memory are written by its op. Loads go before
/// the stores of their step if that is faster. Nothing starts later than without overlap, so the
/// total is at most `serial_us`.
[[nodiscard]] TrafficTiming traffic_timing(const Problem& problem, const TrafficSolution& solution);

}  // namespace tilewright::scheduler
