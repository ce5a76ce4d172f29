// SPDX-License-Identifier: Apache-2.0
// Which groups that cost no time a plan takes: held against all sets of them.
#include "lib/strip_offer.h"

#include <algorithm>
#include <random>
#include <string>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "scheduler/solve.h"
#include "tests/lib/strips/strip_programs.h"

namespace tilewright::tests {
namespace {

using graph::ValueId;

constexpr ProblemOptions kOptions{.threads = 1, .preserve_inputs = true, .memory_limit_bytes = {}};

struct Found {
  double saved_seconds = 0;
  std::int64_t arena_bytes = 0;
};

Found found_by(const ChosenProgram& chosen, const std::vector<OfferedGroup>& taken) {
  Found found;
  std::vector<StripGroup> groups;
  for (const OfferedGroup& offer : taken) {
    found.saved_seconds += offer.saved_seconds;
    groups.push_back(offer.group);
  }
  const FusedProgram fused = fuse(chosen.program, chosen.choices, groups);
  const auto solution =
      scheduler::solve(scheduling_problem(fused.program, fused.choices, kOptions));
  REQUIRE(solution);
  CHECK(solution->jointly_optimal);
  found.arena_bytes = solution->arena_bytes;
  return found;
}

bool share_ops(const StripGroup& a, const StripGroup& b) {
  return std::ranges::any_of(
      a.ops, [&](std::size_t op) { return std::ranges::find(b.ops, op) != b.ops.end(); });
}

/// The smallest arena of all disjoint sets that save most.
Found best_of_all(const ChosenProgram& chosen, const std::vector<OfferedGroup>& offered) {
  Found best{-1, 0};
  for (std::uint32_t set = 0; set < 1U << offered.size(); ++set) {
    std::vector<OfferedGroup> taken;
    bool is_disjoint = true;
    for (std::size_t i = 0; i < offered.size(); ++i) {
      if ((set >> i & 1U) == 0) continue;
      is_disjoint = is_disjoint && std::ranges::none_of(taken, [&](const OfferedGroup& other) {
                      return share_ops(other.group, offered[i].group);
                    });
      taken.push_back(offered[i]);
    }
    if (!is_disjoint) continue;
    const Found found = found_by(chosen, taken);
    const bool is_better =
        found.saved_seconds > best.saved_seconds + 1e-12 ||
        (found.saved_seconds > best.saved_seconds - 1e-12 && found.arena_bytes < best.arena_bytes);
    if (is_better) best = found;
  }
  return best;
}

/// Two chains of convolutions side by side, whose ends are added, of random widths.
ChosenProgram two_chains(std::mt19937& random) {
  rewriting::tests::Draft draft;
  std::uniform_int_distribution<std::int64_t> width(1, 40);
  const ValueId in = draft.input({1, 16, 16, 4});
  std::vector<ValueId> ends;
  for (const char* name : {"left", "right"}) {
    ValueId x = in;
    for (int i = 0; i < 3; ++i)
      x = draft.conv(name + std::to_string(i), x, i == 2 ? 8 : width(random));
    ends.push_back(draft.add(name, Unary{UnaryKind::Exp}, {x}));
  }
  draft.output(draft.add("sum", Binary{BinaryKind::Mul, {}}, {ends[0], ends[1]}));
  return with_default_kernels(draft.graph());
}

/// Some parts of the chains, each in its lowest strips; some save time.
std::vector<OfferedGroup> random_offer(const ChosenProgram& chosen, std::mt19937& random) {
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<OfferedGroup> offered;
  for (const std::vector<std::size_t>& chain : strip_chains(chosen.program, chosen.choices)) {
    for (std::size_t first = 0; first + 1 < chain.size(); ++first) {
      for (std::size_t end = first + 2; end <= std::min(chain.size(), first + kMaxGroupOps);
           ++end) {
        if (offered.size() == 7 || unit(random) < 0.4) continue;
        const auto at = [&](std::size_t i) {
          return chain.begin() + static_cast<std::ptrdiff_t>(i);
        };
        const std::size_t last = chain[end - 1];
        const auto heights = strip_heights(chosen.program.ops[last], chosen.choices[last]);
        offered.push_back(
            {{{at(first), at(end)}, heights.front()}, unit(random) < 0.3 ? unit(random) : 0});
      }
    }
  }
  return offered;
}

}  // namespace

TEST_CASE("of what is offered the plan takes what saves most time, then what saves memory") {
  std::size_t smaller = 0;
  std::size_t smallest = 0;
  constexpr std::uint32_t kSeeds = 60;
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const ChosenProgram chosen = two_chains(random);
    const std::vector<OfferedGroup> offered = random_offer(chosen, random);
    const auto groups =
        take_offered(chosen.program, chosen.choices, strip_chains(chosen.program, chosen.choices),
                     offered, kOptions);
    REQUIRE(groups);
    std::vector<OfferedGroup> taken;
    std::vector<OfferedGroup> gaining;
    for (const StripGroup& group : *groups) {
      const auto known = std::ranges::find(offered, group, &OfferedGroup::group);
      REQUIRE(known != offered.end());
      taken.push_back(*known);
      if (known->saved_seconds > 0) gaining.push_back(*known);
    }
    const Found found = found_by(chosen, taken);
    const Found best = best_of_all(chosen, offered);
    CHECK(found.saved_seconds == Catch::Approx(best.saved_seconds));
    CHECK(found.arena_bytes >= best.arena_bytes);
    smallest += found.arena_bytes == best.arena_bytes ? 1 : 0;
    const Found for_time = found_by(chosen, gaining);
    CHECK(found.arena_bytes <= for_time.arena_bytes);
    smaller += found.arena_bytes < for_time.arena_bytes ? 1 : 0;
    // No group is there for nothing.
    if (taken.size() > gaining.size()) CHECK(found.arena_bytes < for_time.arena_bytes);
  }
  CHECK(smaller > kSeeds / 5);
  // Two chains side by side are cut one after the other, so a better pair of cuts may be missed.
  CHECK(smallest > kSeeds * 9 / 10);
}

TEST_CASE("nothing is taken that neither saves time nor lowers the arena") {
  rewriting::tests::Draft draft;
  ValueId x = draft.input({1, 16, 16, 4});
  for (const std::int64_t channels : {40, 4, 8, 8})
    x = draft.conv("conv" + std::to_string(channels), x, channels);
  draft.output(x);
  const ChosenProgram chosen = with_default_kernels(draft.graph());
  const auto chains = strip_chains(chosen.program, chosen.choices);
  REQUIRE(chains.size() == 1);
  const auto lowest = [&](std::size_t op) {
    return strip_heights(chosen.program.ops[op], chosen.choices[op]).front();
  };
  const OfferedGroup at_peak{{{0, 1}, lowest(1)}, 0};
  const OfferedGroup behind{{{2, 3}, lowest(3)}, 0};
  const auto taken = [&](const std::vector<OfferedGroup>& offered) {
    auto groups = take_offered(chosen.program, chosen.choices, chains, offered, kOptions);
    REQUIRE(groups);
    return *std::move(groups);
  };
  CHECK(taken({}).empty());
  CHECK(taken({behind}).empty());
  CHECK(taken({behind, at_peak}).front() == at_peak.group);
  CHECK(taken({{behind.group, 1e-6}}) == std::vector{behind.group});
}

}  // namespace tilewright::tests
