// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/cache_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "tilewright/detail/check.h"

namespace tilewright::tuner {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kClosing = "\n]}\n";
constexpr std::size_t kNumberBytes = 32;  // no number is longer
constexpr std::size_t kFieldBytes = 80;   // names of fields and punctuation of an entry

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string head_of(const CacheKey& key) {
  return "{\"op\":" + quoted(key.op) + ",\"device\":" + quoted(key.device) +
         ",\"threads\":" + std::to_string(key.threads) + ",\"build\":" + quoted(key.build) +
         ",\"candidate\":";
}

}  // namespace

CacheText::CacheText(TuningCache others, std::span<const OpenEntry> entries) {
  for (const OpenEntry& entry : entries)
    others.erase(entry.key);
  has_entries_ = !others.empty();
  others_ = format_cache(others);
  TILEWRIGHT_CHECK(others_.ends_with(kClosing));
  others_.resize(others_.size() - kClosing.size());
  std::size_t most_bytes = others_.size() + kClosing.size();
  for (const OpenEntry& entry : entries) {
    heads_.push_back(head_of(entry.key));
    clocks_.push_back(",\"clock_hz\":" + Json(entry.clock_hz).dump());
    candidates_.emplace_back();
    std::size_t longest = 0;
    for (const std::string& candidate : entry.candidates) {
      candidates_.back().push_back(quoted(candidate));
      longest = std::max(longest, candidates_.back().back().size());
    }
    most_bytes +=
        heads_.back().size() + clocks_.back().size() + longest + kFieldBytes + 4 * kNumberBytes;
  }
  text_.reserve(most_bytes);
}

void CacheText::put(std::string_view text) {
  TILEWRIGHT_CHECK(text_.size() + text.size() <= text_.capacity());
  text_ += text;
}

void CacheText::put(double number) {
  std::array<char, kNumberBytes> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  TILEWRIGHT_CHECK(error == std::errc{});
  put(std::string_view(digits.data(), end));
}

void CacheText::put(std::int64_t number) {
  std::array<char, kNumberBytes> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  TILEWRIGHT_CHECK(error == std::errc{});
  put(std::string_view(digits.data(), end));
}

void CacheText::begin() {
  text_.clear();
  put(others_);
}

void CacheText::add(std::size_t entry, std::size_t candidate, const CacheValue& value) {
  const bool is_first = text_.size() == others_.size() && !has_entries_;
  put(is_first ? "\n" : ",\n");
  put(heads_[entry]);
  put(candidates_[entry][candidate]);
  put(clocks_[entry]);
  put(",\"log_seconds\":");
  put(value.log_seconds);
  put(",\"deviation\":");
  put(value.deviation);
  put(",\"samples\":");
  put(std::int64_t{value.samples});
  if (value.date_s > 0) {
    put(",\"date_s\":");
    put(value.date_s);
  }
  put("}");
}

std::string_view CacheText::end() {
  put(kClosing);
  return text_;
}

}  // namespace tilewright::tuner
