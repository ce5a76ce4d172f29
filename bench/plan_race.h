// SPDX-License-Identifier: Apache-2.0
// Sessions of saved plans in one process, timed in turns against the first one's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tilewright/session.h"

#include "bench/turn_timing.h"

namespace tilewright::bench {

/// A session that takes part, and its blocks with the reference.
struct Racer {
  Session session;
  std::size_t inputs = 0;
  std::int32_t threads = 1;
  std::vector<Block> blocks = {};
};

/// The reference, which has no blocks; other plans of other content; the reference again, as the
/// control. Weights stay in the files and are mapped.
struct Race {
  std::vector<Racer> racers;
  std::vector<std::size_t> racer_of;    // by file
  std::vector<std::size_t> first_file;  // by racer but the control: the file it was opened from
};

/// Opens plans for at most `threads` threads each, 0: those they were made for. Files of equal
/// content share a racer. Errors: those of Plan::load and Session::create, with the file's name.
[[nodiscard]] Result<Race> open_race(const std::vector<std::string>& files, std::int32_t threads);

/// Adds `rounds` blocks to every racer but the reference. Each round begins with another one.
/// Errors: those of Session::run.
[[nodiscard]] Status time_race(Race& race, std::int32_t rounds, const Letter& letter);

}  // namespace tilewright::bench
