// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/device_text.h"

#include <catch2/catch_test_macros.hpp>

namespace tilewright::tuner {
namespace {

DeviceParameters odd_device() {
  DeviceParameters device{.clock_hz = 3.6722516735821943e9, .l1_bytes = 49152};
  device.l3 = {.size_bytes = 1.0 / 3, .bytes_per_second = 1e300};
  device.vectors[2].fma_per_cycle = 2.0022966;
  return device;
}

TEST_CASE("a device comes back from its text exactly", "[tuner][device_text]") {
  const std::string text = format_device(odd_device());
  const auto read = parse_device(text);
  REQUIRE(read);
  CHECK(format_device(*read) == text);
  CHECK(read->clock_hz == odd_device().clock_hz);
  CHECK(read->l3.size_bytes == odd_device().l3.size_bytes);
  CHECK(read->vectors[2].fma_per_cycle == odd_device().vectors[2].fma_per_cycle);
  CHECK(text.size() < kMaxCacheStringBytes);
}

TEST_CASE("the text of an older build is read, and what it lacks is assumed",
          "[tuner][device_text]") {
  DeviceParameters device = odd_device();
  for (DotRate& rate : device.dots)
    rate.per_cycle = 7;
  const std::string text = format_device(device);
  const std::string older = text.substr(0, text.find(" dot_per_cycle_"));
  REQUIRE(older.size() < text.size());
  const auto read = parse_device(older);
  REQUIRE(read);
  CHECK(read->clock_hz == device.clock_hz);
  CHECK(read->dots[0].per_cycle == DeviceParameters{}.dots[0].per_cycle);
  CHECK(parse_device(text)->dots[2].per_cycle == 7);
  // Only as a whole, and nothing older.
  CHECK_FALSE(parse_device(older.substr(0, older.rfind(' '))));
  CHECK_FALSE(parse_device(older + " dot_per_cycle_4x4"));
}

TEST_CASE("text that is no device is none", "[tuner][device_text]") {
  const std::string text = format_device(odd_device());
  CHECK_FALSE(parse_device(""));
  CHECK_FALSE(parse_device(text + " more=1"));
  CHECK_FALSE(parse_device(text.substr(0, text.size() - 1) + "x"));
  CHECK_FALSE(parse_device(text.substr(text.find(' ') + 1)));
  for (const char* number : {"0", "-1", "nan", "inf", "1e999", ""}) {
    CAPTURE(number);
    CHECK_FALSE(parse_device("clock_hz=" + std::string(number) + text.substr(text.find(' '))));
  }
}

TEST_CASE("a cache keeps the parameters of every device", "[tuner][device_text]") {
  TuningCache cache;
  CHECK_FALSE(find_device(cache, "cpu"));
  cache[device_cache_key("cpu")] = device_cache_value(odd_device());
  const LoadedCache loaded = parse_cache(format_cache(cache));
  CHECK_FALSE(loaded.warning);
  const auto found = find_device(loaded.cache, "cpu");
  REQUIRE(found);
  CHECK(format_device(*found) == format_device(odd_device()));
  CHECK_FALSE(find_device(loaded.cache, "another"));
  cache[device_cache_key("cpu")].candidate = "dot/1.0.0.0";
  CHECK_FALSE(find_device(cache, "cpu"));
}

}  // namespace
}  // namespace tilewright::tuner
