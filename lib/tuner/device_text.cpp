// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/device_text.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>

#include "lib/tuner/device_numbers.h"

namespace tilewright::tuner {
namespace {

// Changes when the meaning of a number changes: old measurements are then made anew.
constexpr const char* kVersion = "device-3";

std::string shortest(double number) {
  char digits[32];
  const std::to_chars_result end = std::to_chars(std::begin(digits), std::end(digits), number);
  return {digits, end.ptr};
}

}  // namespace

std::string format_device(const DeviceParameters& device) {
  std::string text;
  for_each_number(device, [&](const std::string& name, double number) {
    text += (text.empty() ? "" : " ") + name + "=" + shortest(number);
  });
  return text;
}

std::optional<DeviceParameters> parse_device(std::string_view text) {
  DeviceParameters device;
  bool is_readable = true;
  for_each_number(device, [&](const std::string& name, double& number) {
    if (text.empty() && is_new_number(name)) return;
    const std::string prefix = name + "=";
    if (!text.starts_with(prefix)) {
      is_readable = false;
      return;
    }
    text.remove_prefix(prefix.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    is_readable = is_readable && error == std::errc{} && std::isfinite(number) && number > 0;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
  });
  return is_readable && text.empty() ? std::optional(device) : std::nullopt;
}

CacheKey device_cache_key(const std::string& device) {
  return {"device", device, 1, kVersion};
}

CacheValue device_cache_value(const DeviceParameters& device) {
  return {.candidate = format_device(device),
          .samples = 1,
          .clock_hz = device.clock_hz,
          .date_s = date_now_s()};
}

std::optional<DeviceParameters> find_device(const TuningCache& cache, const std::string& device) {
  const CacheValue* value = find(cache, device_cache_key(device));
  return value == nullptr ? std::nullopt : parse_device(value->candidate);
}

}  // namespace tilewright::tuner
