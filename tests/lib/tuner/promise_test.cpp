// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/promise.h"

#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::tuner {
namespace {

/// Candidates far apart, so that only their level is shared.
std::vector<Candidate> apart(const std::vector<double>& analytic_log_seconds) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < analytic_log_seconds.size(); ++i) {
    candidates.push_back({.variant_id = static_cast<std::uint32_t>(i),
                          .features = {100.0 * static_cast<double>(i)},
                          .analytic_log_seconds = analytic_log_seconds[i]});
  }
  return candidates;
}

bool every(std::size_t) {
  return true;
}

TEST_CASE("the candidate that promises most is the best by analytic time that is open",
          "[tuner][promise]") {
  const std::vector<Candidate> candidates = apart({-5, -6, -7, -7});
  Gp gp(candidates, {});
  gp.add({.candidate = 0, .log_seconds = -5, .noise_variance = 1e-4});
  const double incumbent = incumbent_log_seconds(gp);
  CHECK(incumbent == gp.mean(0));
  CHECK(most_promising(gp, incumbent, every)->candidate == 2);
  CHECK(most_promising(gp, incumbent, [](std::size_t i) { return i < 2; })->candidate == 1);
}

TEST_CASE("where nothing is open nothing is promised", "[tuner][promise]") {
  const std::vector<Candidate> candidates = apart({-5, -6});
  Gp gp(candidates, {});
  gp.add({.candidate = 0, .log_seconds = -5, .noise_variance = 1e-4});
  CHECK_FALSE(most_promising(gp, incumbent_log_seconds(gp), [](std::size_t) { return false; }));
}

TEST_CASE("the incumbent is the least mean of what was seen, not the least sample",
          "[tuner][promise]") {
  const std::vector<Candidate> candidates = apart({-5, -5});
  Gp gp(candidates, {});
  gp.add({.candidate = 0, .log_seconds = -5.0, .noise_variance = 1});
  gp.add({.candidate = 1, .log_seconds = -6.0, .noise_variance = 1});
  CHECK(incumbent_log_seconds(gp) > -6.0);
  CHECK(incumbent_log_seconds(gp) == gp.mean(1));
}

}  // namespace
}  // namespace tilewright::tuner
