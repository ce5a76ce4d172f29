// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <dirent.h>
#include <fcntl.h>
#include <span>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "lib/tuner/cache.h"
#include "lib/tuner/trial_journal.h"
#include "runtime/bytes.h"

namespace tilewright::tuner {
namespace {

constexpr std::string_view kHeader = "tilewright-trial 2\n";
constexpr std::string_view kInfix = ".trying-";
constexpr std::int64_t kLockWaitMs = 2000;
constexpr std::size_t kMaxRecordBytes = 5 * kMaxCacheStringBytes;

/// `tune.json.trying-`, without its folder.
std::string journal_prefix(const std::string& cache_path) {
  const std::size_t slash = cache_path.rfind('/');
  return cache_path.substr(slash == std::string::npos ? 0 : slash + 1) + std::string(kInfix);
}

bool is_line(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCacheStringBytes &&
         text.find('\n') == std::string_view::npos;
}

/// Cuts the first line off `text`; none if it does not end.
std::optional<std::string> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string line(text.substr(0, end));
  text.remove_prefix(end + 1);
  if (!is_line(line)) return std::nullopt;
  return line;
}

std::optional<TrialRecord> parse_record(std::string_view text) {
  if (!text.starts_with(kHeader)) return std::nullopt;
  text.remove_prefix(kHeader.size());
  auto device = take_line(text);
  auto build = device ? take_line(text) : std::nullopt;
  auto candidate = build ? take_line(text) : std::nullopt;
  auto op = candidate ? take_line(text) : std::nullopt;
  if (!op || !text.empty()) return std::nullopt;
  return TrialRecord{*std::move(device), *std::move(build), *std::move(candidate), *std::move(op)};
}

/// Names of journals in the folder, in order.
std::vector<std::string> journals_in(const std::string& folder, const std::string& prefix) {
  std::vector<std::string> names;
  DIR* const entries = ::opendir(folder.c_str());
  if (entries == nullptr) return names;
  while (const dirent* entry = ::readdir(entries)) {
    if (std::string_view(entry->d_name).starts_with(prefix)) names.emplace_back(entry->d_name);
  }
  ::closedir(entries);
  std::ranges::sort(names);
  return names;
}

/// The record in a journal that nobody holds, which is removed; none if its process lives.
std::optional<TrialRecord> take_journal(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (descriptor < 0) return std::nullopt;
  const auto lock = runtime::FileLock::of_descriptor(descriptor, path);
  if (!lock) return std::nullopt;
  std::array<char, kMaxRecordBytes> bytes{};
  const ssize_t size = ::read(descriptor, bytes.data(), bytes.size());
  ::unlink(path.c_str());
  if (size <= 0) return std::nullopt;
  return parse_record({bytes.data(), static_cast<std::size_t>(size)});
}

}  // namespace

std::string trial_op(std::string_view signature) {
  return std::to_string(runtime::checksum(std::as_bytes(std::span(signature))));
}

std::string format_trial(const TrialRecord& record) {
  std::string text(kHeader);
  for (const std::string* line : {&record.device, &record.build, &record.candidate, &record.op}) {
    if (!is_line(*line)) return {};
    text += *line + '\n';
  }
  return text;
}

TrialJournal TrialJournal::open(const std::string& cache_path) {
  TrialJournal journal;
  // Until it is locked, the file looks like one whose process has died.
  const auto others = runtime::FileLock::of_folder(cache_path, kLockWaitMs);
  if (!others) return journal;
  std::string path = runtime::folder_of(cache_path) + journal_prefix(cache_path) + "XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  if (descriptor < 0) return journal;
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  auto lock = runtime::FileLock::of_descriptor(descriptor, path);
  if (!lock) {
    ::unlink(path.c_str());
    return journal;
  }
  journal.lock_.emplace(*std::move(lock));
  journal.path_ = std::move(path);
  return journal;
}

TrialJournal::~TrialJournal() {
  if (lock_) ::unlink(path_.c_str());
}

void TrialJournal::begin(std::string_view trial) {
  if (!lock_ || trial.empty()) return;
  // A record that is not written whole is none: its lines do not end.
  const ssize_t written = ::pwrite(lock_->descriptor(), trial.data(), trial.size(), 0);
  if (written != static_cast<ssize_t>(trial.size())) end();
}

void TrialJournal::end() {
  if (!lock_) return;
  if (::ftruncate(lock_->descriptor(), 0) == 0) return;
  ::unlink(path_.c_str());  // it would accuse for ever
  lock_.reset();
}

std::vector<TrialRecord> take_deadly_trials(const std::string& cache_path) {
  std::vector<TrialRecord> records;
  const auto others = runtime::FileLock::of_folder(cache_path, kLockWaitMs);
  if (!others) return records;
  const std::string folder = runtime::folder_of(cache_path);
  for (const std::string& name : journals_in(folder, journal_prefix(cache_path))) {
    if (auto record = take_journal(folder + name)) records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace tilewright::tuner
