// SPDX-License-Identifier: Apache-2.0
#include "bench/turn_timing.h"

#include <functional>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

namespace tilewright::bench {
namespace {

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

/// A machine whose clock moves only when it works, and what it did.
struct Machine {
  std::function<double(double now)> slowness = [](double) { return 1.0; };
  double now = 0;
  std::string runs;

  tuner::Timer timer() {
    return {.now_seconds = [this] { return now; }, .clock_hz = [] { return 3e9; }};
  }

  /// Work of so many seconds; preparing it takes ten times as long, as does its first run after
  /// another's.
  tuner::Contender work(char name, double seconds) {
    return {.run = [this, name, seconds]() -> Status {
              const bool is_first = runs.empty() || runs.back() != name;
              now += (is_first ? 10 : 1) * seconds * slowness(now);
              runs += name;
              return ok();
            },
            .prepare = [this, seconds]() -> Status {
              now += 10 * seconds;
              return ok();
            }};
  }
};

TEST_CASE("a block is a reference, a contender twice and the reference, each warmed up first",
          "[bench][turns]") {
  Machine machine;
  const Letter letter{.settle_seconds = 0, .timed_seconds = 3};
  const auto block =
      time_block(machine.work('a', 1), machine.work('b', 2), letter, machine.timer());
  REQUIRE(block);
  CHECK(machine.runs == "aaaabbbbbbaaaa");
  CHECK_THAT(block->ratio, WithinRel(2.0, 1e-12));
  CHECK_THAT(block->reference_seconds, WithinRel(1.0, 1e-12));
  CHECK_THAT(block->contender_seconds, WithinRel(2.0, 1e-12));
}

TEST_CASE("runs before the timed ones last as long as the letter says", "[bench][turns]") {
  Machine machine;
  const Letter letter{.settle_seconds = 40, .timed_seconds = 0};
  REQUIRE(time_block(machine.work('a', 1), machine.work('b', 1), letter, machine.timer()));
  // With its preparation the first run takes 20 s, each other 11 s.
  CHECK(machine.runs == "aaaabbbbbbbbbaaaa");
}

TEST_CASE("the ratio of a block is not moved by a machine that slows down evenly",
          "[bench][turns]") {
  Machine machine{.slowness = [](double now) { return 1 + 1e-4 * now; }};
  const Letter letter{.settle_seconds = 0, .timed_seconds = 5};
  const auto block =
      time_block(machine.work('a', 1), machine.work('b', 1), letter, machine.timer());
  REQUIRE(block);
  CHECK(block->reference_seconds > 1.01);
  CHECK_THAT(block->ratio, WithinAbs(1.0, 1e-3));
}

TEST_CASE("one disturbed run of a letter does not count", "[bench][turns]") {
  Machine machine;
  machine.slowness = [&](double) { return machine.runs.size() == 8 ? 50.0 : 1.0; };
  const Letter letter{.settle_seconds = 0, .timed_seconds = 52};
  const auto block =
      time_block(machine.work('a', 10), machine.work('b', 1), letter, machine.timer());
  REQUIRE(block);
  REQUIRE(machine.runs.substr(0, 10) == "aaaaaaabbb");
  CHECK_THAT(block->ratio, WithinRel(0.1, 1e-12));
}

TEST_CASE("a run that fails ends its block", "[bench][turns]") {
  Machine machine;
  const tuner::Contender broken{.run = [] { return Status(Error{ErrorCode::Cancelled, "no"}); }};
  const auto block = time_block(machine.work('a', 1), broken, {}, machine.timer());
  REQUIRE_FALSE(block);
  CHECK(block.error().message == "no");
}

TEST_CASE("quartiles lie between values where none is at their place", "[bench][turns]") {
  const Quartiles odd = quartiles({5, 1, 3, 2, 4});
  CHECK(odd.lower == 2);
  CHECK(odd.median == 3);
  CHECK(odd.upper == 4);
  const Quartiles two = quartiles({2, 1});
  CHECK(two.lower == 1.25);
  CHECK(two.median == 1.5);
  CHECK(two.upper == 1.75);
  CHECK(quartiles({7}).upper == 7);
}

}  // namespace
}  // namespace tilewright::bench
