// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/cache.h"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace tilewright::tuner {
namespace {

using Json = nlohmann::json;

constexpr const char* kFormat = "tilewright-tuning";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kEntryKeyCount = 10;
constexpr std::size_t kUndatedKeyCount = 9;
// No time is outside of exp(-50) and exp(50) seconds.
constexpr double kMaxAbsLogSeconds = 50;
constexpr double kMaxClockHz = 1e12;
constexpr std::uint32_t kMaxDateS = std::numeric_limits<std::uint32_t>::max();  // in 2106

bool is_in_range(double value, double least, double most) {
  return value >= least && value <= most;
}

bool is_text(const std::string& text) {
  return !text.empty() && text.size() <= kMaxCacheStringBytes;
}

/// What stands in the place of a field, for a message.
std::string shown(const Json* field) {
  if (field == nullptr) return "nothing";
  return field->is_number() ? field->dump() : field->type_name();
}

const Json* lookup(const Json& object, const char* key) {
  const auto field = object.find(key);
  return field == object.end() ? nullptr : &*field;
}

/// Reads one entry field by field; the first wrong one is kept as the reason.
class EntryReader {
 public:
  EntryReader(const Json& entry, std::size_t index) : entry_(entry), index_(index) {}

  std::string text(const char* key) {
    const Json* field = lookup(entry_, key);
    const auto* value = field == nullptr ? nullptr : field->get_ptr<const std::string*>();
    if (value == nullptr || !is_text(*value)) {
      reject(key, "text of 1 to " + std::to_string(kMaxCacheStringBytes) + " bytes");
      return {};
    }
    return *value;
  }

  std::uint32_t count(const char* key) {
    const Json* field = lookup(entry_, key);
    const auto* value =
        field == nullptr ? nullptr : field->get_ptr<const Json::number_unsigned_t*>();
    if (value == nullptr || *value == 0 || *value > std::numeric_limits<std::uint32_t>::max()) {
      reject(key, "a whole number from 1 to 2^32 - 1");
      return 0;
    }
    return static_cast<std::uint32_t>(*value);
  }

  std::int64_t date(const char* key) {
    const Json* field = lookup(entry_, key);
    if (field == nullptr && entry_.size() == kUndatedKeyCount) return 0;
    const auto* value =
        field == nullptr ? nullptr : field->get_ptr<const Json::number_unsigned_t*>();
    if (value == nullptr || *value == 0 || *value > std::uint64_t{kMaxDateS}) {
      reject(key, "seconds since 1970");
      return 0;
    }
    return static_cast<std::int64_t>(*value);
  }

  double number(const char* key, double least, double most) {
    const Json* field = lookup(entry_, key);
    const double value = field != nullptr && field->is_number() ? field->get<double>() : most + 1;
    if (!is_in_range(value, least, most)) {
      reject(key, "a number from " + Json(least).dump() + " to " + Json(most).dump());
      return 0;
    }
    return value;
  }

  [[nodiscard]] const std::optional<std::string>& reason() const { return reason_; }

 private:
  void reject(const char* key, const std::string& expected) {
    if (reason_) return;
    reason_ = "tuning cache: entry " + std::to_string(index_) + ": expected '" + key + "' to be " +
              expected + ", got " + shown(lookup(entry_, key));
  }

  const Json& entry_;
  std::size_t index_;
  std::optional<std::string> reason_;
};

LoadedCache damaged(std::string reason) {
  return {.cache = {}, .warning = std::move(reason)};
}

LoadedCache foreign(std::string reason) {
  return {.cache = {}, .warning = std::move(reason), .is_foreign = true};
}

/// How every cache that we write begins.
std::string beginning() {
  return std::string(R"({"format":")") + kFormat + '"';
}

/// Whether these bytes may be left of a cache: they, or ours, begin with the other.
bool may_be_left_of_ours(std::string_view text) {
  const std::string ours = beginning();
  return text.starts_with(ours) || ours.starts_with(text);
}

std::optional<std::string> read_entry(const Json& entry, std::size_t index, TuningCache& cache) {
  const std::string where = "tuning cache: entry " + std::to_string(index) + ": ";
  if (!entry.is_object() || entry.size() < kUndatedKeyCount || entry.size() > kEntryKeyCount) {
    return where + "expected an object of " + std::to_string(kEntryKeyCount) + " fields, got " +
           entry.type_name() + " of " + std::to_string(entry.size());
  }
  EntryReader reader(entry, index);
  CacheKey key{.op = reader.text("op"),
               .device = reader.text("device"),
               .threads = reader.count("threads"),
               .build = reader.text("build")};
  CacheValue value{
      .candidate = reader.text("candidate"),
      .log_seconds = reader.number("log_seconds", -kMaxAbsLogSeconds, kMaxAbsLogSeconds),
      .deviation = reader.number("deviation", 0, kMaxAbsLogSeconds),
      .samples = reader.count("samples"),
      .clock_hz = reader.number("clock_hz", 0, kMaxClockHz),
      .date_s = reader.date("date_s")};
  if (reader.reason()) return reader.reason();
  if (!cache.emplace(std::move(key), std::move(value)).second) {
    return where + "expected a key of its own, got that of an earlier entry";
  }
  return std::nullopt;
}

std::optional<std::string> check_format(const Json& root) {
  if (!root.is_object()) return "tuning cache: expected a JSON object, got " + shown(&root);
  const Json* format = lookup(root, "format");
  if (format == nullptr || *format != kFormat) {
    return std::string("tuning cache: expected format '") + kFormat + "', got another";
  }
  return std::nullopt;
}

std::optional<std::string> check_header(const Json& root) {
  const Json* version = lookup(root, "version");
  if (version == nullptr || *version != kVersion) {
    return "tuning cache: expected version " + std::to_string(kVersion) + ", got " + shown(version);
  }
  const Json* entries = lookup(root, "entries");
  if (entries == nullptr || !entries->is_array() || root.size() != 3) {
    return "tuning cache: expected a list of entries and nothing else, got " + shown(entries);
  }
  if (entries->size() > kMaxCacheEntries) {
    return "tuning cache: expected at most " + std::to_string(kMaxCacheEntries) + " entries, got " +
           std::to_string(entries->size());
  }
  return std::nullopt;
}

Json to_json(const CacheKey& key, const CacheValue& value) {
  Json json{{"op", key.op},
            {"device", key.device},
            {"threads", key.threads},
            {"build", key.build},
            {"candidate", value.candidate},
            {"log_seconds", value.log_seconds},
            {"deviation", value.deviation},
            {"samples", value.samples},
            {"clock_hz", value.clock_hz}};
  if (value.date_s > 0) json["date_s"] = value.date_s;
  return json;
}

/// The library replaces or drops bytes that are not UTF-8 on request, and nothing else.
bool is_utf8(const std::string& text) {
  const Json json(text);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) ==
         json.dump(-1, ' ', false, Json::error_handler_t::ignore);
}

bool is_writable(const std::string& text) {
  return is_text(text) && is_utf8(text);
}

/// Whether `read_entry` takes the entry back.
bool is_readable(const CacheKey& key, const CacheValue& value) {
  return is_writable(key.op) && is_writable(key.device) && key.threads > 0 &&
         is_writable(key.build) && is_writable(value.candidate) && value.samples > 0 &&
         is_in_range(value.log_seconds, -kMaxAbsLogSeconds, kMaxAbsLogSeconds) &&
         is_in_range(value.deviation, 0, kMaxAbsLogSeconds) &&
         is_in_range(value.clock_hz, 0, kMaxClockHz) && value.date_s >= 0 &&
         value.date_s <= std::int64_t{kMaxDateS};
}

}  // namespace

std::optional<CacheValue> cache_value(const Layer& layer, const LayerOutcome& outcome,
                                      double clock_hz) {
  if (outcome.samples == 0) return std::nullopt;
  return CacheValue{.candidate = layer.candidates[outcome.chosen].name,
                    .log_seconds = outcome.log_seconds,
                    .deviation = outcome.log_seconds_deviation,
                    .samples = static_cast<std::uint32_t>(outcome.samples),
                    .clock_hz = clock_hz,
                    .date_s = date_now_s()};
}

std::int64_t date_now_s() {
  return std::max<std::int64_t>(std::time(nullptr), 0);
}

const CacheValue* find(const TuningCache& cache, const CacheKey& key) {
  const auto found = cache.find(key);
  return found == cache.end() ? nullptr : &found->second;
}

const CacheValue* find_older(const TuningCache& cache, const CacheKey& key) {
  const auto is_it_then = [&](const CacheKey& other) {
    if (other.threads != key.threads) return false;
    if (other.device == key.device) return other.build != key.build;
    return key.device.starts_with(other.device + ' ');
  };
  const auto rank = [](const CacheValue& value) { return std::pair(value.samples, value.date_s); };
  const CacheKey first{key.op, "", 0, ""};  // compared in this order
  const CacheValue* best = nullptr;
  for (auto entry = cache.lower_bound(first); entry != cache.end(); ++entry) {
    const CacheKey& other = entry->first;
    if (other.op != key.op) break;
    if (!is_it_then(other)) continue;
    if (best == nullptr || rank(entry->second) > rank(*best)) best = &entry->second;
  }
  return best;
}

LoadedCache parse_cache(std::string_view text) {
  if (std::ssize(text) > kMaxCacheBytes) {
    return foreign("tuning cache: expected at most " + std::to_string(kMaxCacheBytes) +
                   " bytes, got " + std::to_string(text.size()));
  }
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded()) {
    const char reason[] = "tuning cache: expected JSON, got other bytes";
    return may_be_left_of_ours(text) ? damaged(reason) : foreign(reason);
  }
  if (auto reason = check_format(root)) return foreign(*std::move(reason));
  if (auto reason = check_header(root)) return damaged(*std::move(reason));
  LoadedCache loaded;
  std::size_t index = 0;
  for (const Json& entry : *root.find("entries")) {
    if (auto reason = read_entry(entry, index, loaded.cache)) return damaged(*std::move(reason));
    ++index;
  }
  return loaded;
}

std::string format_cache(const TuningCache& cache) {
  std::string text = beginning() + R"(,"version":)" + std::to_string(kVersion) + ",\"entries\":[";
  const char* separator = "\n";
  for (const auto& [key, value] : cache) {
    if (!is_readable(key, value)) continue;
    text += separator + to_json(key, value).dump(-1, ' ', false, Json::error_handler_t::replace);
    separator = ",\n";
  }
  return text + "\n]}\n";
}

void merge_cache(TuningCache& cache, const TuningCache& other) {
  for (const auto& [key, value] : other) {
    const auto [place, is_new] = cache.emplace(key, value);
    if (!is_new && value.samples > place->second.samples) place->second = value;
  }
}

}  // namespace tilewright::tuner
