// SPDX-License-Identifier: Apache-2.0
// Writes what tuning finds while it goes on, so that a process that is killed loses little of it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "lib/tuner/cache.h"

namespace tilewright {

class CacheSaver {
 public:
  /// Merges into `file`; without one nothing is saved. What cannot be written is one message in
  /// `warnings`, which outlives the saver.
  CacheSaver(std::string file, std::vector<std::string>& warnings);

  /// `found`, all of it so far, has one more result. Writes, unless that would take more than a
  /// tenth of the time since the last write.
  void note(const tuner::TuningCache& found);
  /// Writes what was not written yet, if there is any.
  void save(const tuner::TuningCache& found);

 private:
  std::string file_;
  std::vector<std::string>& warnings_;
  bool has_news_ = false;
  std::chrono::steady_clock::time_point next_ = {};  // time to write
};

}  // namespace tilewright
