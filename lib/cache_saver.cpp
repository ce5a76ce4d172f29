// SPDX-License-Identifier: Apache-2.0
#include "lib/cache_saver.h"

#include <algorithm>
#include <utility>

namespace tilewright {
CacheSaver::CacheSaver(std::string file, std::vector<std::string>& warnings)
    : file_(std::move(file)), warnings_(warnings) {}

void CacheSaver::note(const tuner::TuningCache& found) {
  has_news_ = true;
  if (std::chrono::steady_clock::now() >= next_) save(found);
}

void CacheSaver::save(const tuner::TuningCache& found) {
  if (file_.empty() || !has_news_) return;
  has_news_ = false;
  const auto begin = std::chrono::steady_clock::now();
  const Status saved = tuner::save_cache(found, file_);
  const auto end = std::chrono::steady_clock::now();
  next_ = end + 9 * (end - begin);
  if (saved) return;
  file_.clear();  // one message is enough, whoever wrote it
  const std::string& message = saved.error().message;
  if (std::ranges::find(warnings_, message) == warnings_.end()) warnings_.push_back(message);
}

}  // namespace tilewright
