// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_strategy.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <tuple>

namespace tilewright::scheduler {
namespace {

constexpr std::uint32_t kBlockOrders = 4;
constexpr std::uint32_t kSectionChoices = 7;
// Disturbed block orders multiply what they sort by with a number of [1 - kNoise, 1 + kNoise).
constexpr double kNoise = 0.25;

struct Traits {
  double width = 0;
  double area = 0;
  double section_bytes = 0;  // of the fullest section the block is in
  double height = 0;
};

std::vector<Traits> traits_of(const ArenaPart& part) {
  std::vector<Traits> result(part.blocks.size());
  for (std::size_t i = 0; i < part.blocks.size(); ++i) {
    result[i].width = static_cast<double>(part.blocks[i].bytes.size());
    result[i].height = static_cast<double>(part.blocks[i].max_bytes);
  }
  for (const auto& section : part.sections) {
    double total_bytes = 0;
    for (const SectionBlock& entry : section)
      total_bytes += static_cast<double>(entry.bytes);
    for (const SectionBlock& entry : section) {
      Traits& traits = result[static_cast<std::size_t>(entry.block)];
      traits.area += static_cast<double>(entry.bytes);
      traits.section_bytes = std::max(traits.section_bytes, total_bytes);
    }
  }
  return result;
}

using Key = std::tuple<double, double, double>;

Key key_of(const Traits& traits, BlockOrder order) {
  switch (order) {
    case BlockOrder::Widest:
      return {traits.width, traits.area, traits.section_bytes};
    case BlockOrder::FullestSection:
      return {traits.section_bytes, traits.area, traits.width};
    case BlockOrder::LargestArea:
      return {traits.area, traits.width, traits.height};
    case BlockOrder::Highest:
      return {traits.height, traits.width, traits.area};
  }
  return {};
}

}  // namespace

ArenaStrategy arena_strategy(std::uint32_t run) {
  return {static_cast<BlockOrder>(run % kBlockOrders),
          static_cast<SectionChoice>(run / kBlockOrders % kSectionChoices),
          run / (kBlockOrders * kSectionChoices)};
}

std::vector<std::int32_t> block_ranks(const ArenaPart& part, const ArenaStrategy& strategy) {
  const std::vector<Traits> traits = traits_of(part);
  std::mt19937 random(strategy.seed);
  std::vector<Key> keys;
  for (const Traits& of_block : traits) {
    keys.push_back(key_of(of_block, strategy.blocks));
    if (strategy.seed == 0) continue;
    const double share = static_cast<double>(random()) / 4294967296.0;  // of [0, 1)
    std::get<0>(keys.back()) *= 1 + kNoise * (2 * share - 1);
  }
  std::vector<std::int32_t> order(part.blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return keys[static_cast<std::size_t>(a)] > keys[static_cast<std::size_t>(b)];
  });
  std::vector<std::int32_t> ranks(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    ranks[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
  return ranks;
}

double section_key(SectionChoice choice, const SectionView& view, std::int64_t capacity_bytes) {
  const auto share = [&](std::int64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(capacity_bytes);
  };
  const double choices = view.choices;
  if (choice == SectionChoice::FewestChoices) return choices;
  if (view.choices <= 1) return choices - 10;
  switch (choice) {
    case SectionChoice::FewestChoices:
      break;
    case SectionChoice::FewestChoicesThenLeastSlack:
      return choices + share(view.slack_bytes);
    case SectionChoice::FirstBlock:
      return view.first_rank;
    case SectionChoice::LeastSlack:
      return static_cast<double>(view.slack_bytes) + choices / 100;
    case SectionChoice::FirstBlockPerChoice:
      return view.first_rank / (1 + choices);
    case SectionChoice::FewestChoicesThenMostLeft:
      return choices - share(view.left_bytes);
    case SectionChoice::FewestChoicesThenMostBlocks:
      return choices - static_cast<double>(view.blocks) / 1000;
  }
  return choices;
}

}  // namespace tilewright::scheduler
