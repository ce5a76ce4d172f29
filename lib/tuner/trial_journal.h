// SPDX-License-Identifier: Apache-2.0
// A record, written right before a candidate runs for the first time, of what is about to run: if
// the process ends in it, the next one knows. That it ended does not say why: it may have been
// killed, or the machine lost its power (see `after_death`).
//
//   tune.json                  the cache
//   tune.json.trying-Xa81kQ    of a process that tunes now: it holds the file's lock
//   tune.json.trying-p3m0Zr    nobody holds the lock: whoever wrote it ended in what it names
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/file_lock.h"

namespace tilewright::tuner {

/// What a process was trying. All are single lines of 1 to kMaxCacheStringBytes bytes.
struct TrialRecord {
  std::string device{};
  std::string build{};
  std::string candidate{};
  std::string op{};  // in which it runs: `trial_op` of its signature

  friend bool operator==(const TrialRecord&, const TrialRecord&) = default;
};

/// A short name of an op of that signature.
[[nodiscard]] std::string trial_op(std::string_view signature);

/// What stands in a journal while `record` is tried; empty if its texts are none.
[[nodiscard]] std::string format_trial(const TrialRecord& record);

/// The journal of this process. Records outlive the process, not the machine: they are not forced
/// to the disk, so that one costs microseconds.
class TrialJournal {
 public:
  /// Starts a journal beside the cache file at `cache_path`; one that records nothing if there can
  /// be no file, as in a read-only folder.
  [[nodiscard]] static TrialJournal open(const std::string& cache_path);
  /// One that records nothing.
  TrialJournal() = default;
  TrialJournal(TrialJournal&& other) noexcept
      : lock_(std::exchange(other.lock_, std::nullopt)), path_(std::move(other.path_)) {}
  TrialJournal& operator=(TrialJournal&&) = delete;
  /// Removes the file.
  ~TrialJournal();

  [[nodiscard]] bool is_recording() const { return lock_.has_value(); }
  /// From now to `end`, the trial runs of which `format_trial` made `trial`. Allocates nothing.
  void begin(std::string_view trial);
  void end();

 private:
  std::optional<runtime::FileLock> lock_;
  std::string path_;
};

/// One beside `cache_file`; without a file, one that records nothing.
[[nodiscard]] inline TrialJournal open_journal(const std::string& cache_file) {
  return cache_file.empty() ? TrialJournal() : TrialJournal::open(cache_file);
}

/// What processes ended in that tuned into the cache file at `cache_path`. Removes their records;
/// those of processes that live stay. Bytes that are no record are no trial.
[[nodiscard]] std::vector<TrialRecord> take_deadly_trials(const std::string& cache_path);

}  // namespace tilewright::tuner
