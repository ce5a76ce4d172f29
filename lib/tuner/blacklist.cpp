// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/blacklist.h"

namespace tilewright::tuner {
namespace {

constexpr const char* kBlacklisted = "blacklisted kernel ";
constexpr const char* kTrusted = "trusted kernel ";

CacheKey kernel_key(const char* what, const TrialPlace& place, std::string_view candidate) {
  return {.op = what + std::string(kernel_name(candidate)),
          .device = place.device,
          .threads = 1,
          .build = place.build};
}

}  // namespace

std::string_view kernel_name(std::string_view candidate) {
  return candidate.substr(0, candidate.find('/'));
}

void blacklist(TuningCache& cache, const TrialPlace& place, std::string_view candidate) {
  cache.emplace(
      kernel_key(kBlacklisted, place, candidate),
      CacheValue{.candidate = std::string(candidate), .samples = 1, .date_s = date_now_s()});
}

bool is_blacklisted(const TuningCache& cache, const TrialPlace& place, std::string_view candidate) {
  return cache.contains(kernel_key(kBlacklisted, place, candidate));
}

void trust(TuningCache& cache, const TrialPlace& place, std::string_view candidate) {
  cache.emplace(
      kernel_key(kTrusted, place, candidate),
      CacheValue{.candidate = std::string(candidate), .samples = 1, .date_s = date_now_s()});
}

bool is_trusted(const TuningCache& cache, const TrialPlace& place, std::string_view candidate) {
  return cache.contains(kernel_key(kTrusted, place, candidate));
}

}  // namespace tilewright::tuner
