// SPDX-License-Identifier: Apache-2.0
#include "bench/planner/cell_networks.h"

#include <optional>
#include <span>
#include <vector>

#include "bench/planner/network_builder.h"

namespace tilewright::bench {
namespace {

enum class CellOp : std::uint8_t { Same, Separable, Dilated, Pool, Pool1x1, Factored7 };

/// An op of a cell and the map it reads: 0 the cell before the last, 1 the last, then blocks.
struct Operand {
  CellOp op{};
  std::size_t map = 0;
};

struct Block {
  Operand left;
  Operand right;
};

struct Cell {
  std::span<const Block> blocks;
  std::span<const std::size_t> joined;  // maps that form the cell's output
};

struct Genotype {
  Cell normal;
  Cell reduction;
};

using enum CellOp;

constexpr Block kNasnetNormal[] = {{{Separable, 1}, {Separable, 0}},
                                   {{Separable, 0}, {Separable, 0}},
                                   {{Pool, 1}, {Same, 0}},
                                   {{Pool, 0}, {Pool, 0}},
                                   {{Separable, 1}, {Same, 1}}};
constexpr std::size_t kNasnetNormalJoined[] = {0, 2, 3, 4, 5, 6};
constexpr Block kNasnetReduction[] = {{{Separable, 1}, {Separable, 0}},
                                      {{Pool, 1}, {Separable, 0}},
                                      {{Pool, 1}, {Separable, 0}},
                                      {{Same, 3}, {Pool, 2}},
                                      {{Separable, 2}, {Pool, 1}}};
constexpr std::size_t kNasnetReductionJoined[] = {3, 4, 5, 6};

constexpr Block kAmoebanetNormal[] = {{{Pool, 0}, {Pool, 0}},
                                      {{Same, 0}, {Pool, 1}},
                                      {{Separable, 2}, {Separable, 1}},
                                      {{Separable, 2}, {Same, 1}},
                                      {{Pool, 4}, {Separable, 0}}};
constexpr std::size_t kAmoebanetNormalJoined[] = {3, 5, 6};
constexpr Block kAmoebanetReduction[] = {{{Pool, 0}, {Separable, 1}},
                                         {{Pool, 1}, {Pool, 0}},
                                         {{Pool, 0}, {Separable, 2}},
                                         {{Separable, 0}, {Pool, 1}},
                                         {{Separable, 3}, {Factored7, 0}}};
constexpr std::size_t kAmoebanetReductionJoined[] = {4, 5, 6};

constexpr Block kPnasnet[] = {{{Separable, 0}, {Pool, 0}},
                              {{Separable, 1}, {Pool, 1}},
                              {{Separable, 1}, {Separable, 1}},
                              {{Separable, 4}, {Pool, 1}},
                              {{Separable, 0}, {Pool1x1, 1}}};
constexpr std::size_t kPnasnetJoined[] = {2, 3, 4, 5, 6};

constexpr Block kDartsNormal[] = {{{Separable, 0}, {Separable, 1}},
                                  {{Separable, 0}, {Separable, 1}},
                                  {{Separable, 1}, {Same, 0}},
                                  {{Same, 0}, {Dilated, 2}}};
constexpr Block kDartsReduction[] = {
    {{Pool, 0}, {Pool, 1}}, {{Same, 2}, {Pool, 1}}, {{Pool, 0}, {Same, 2}}, {{Same, 2}, {Pool, 1}}};
constexpr std::size_t kDartsJoined[] = {2, 3, 4, 5};

Genotype genotype_of(CellGenotype genotype) {
  switch (genotype) {
    case CellGenotype::Nasnet:
      return {{kNasnetNormal, kNasnetNormalJoined}, {kNasnetReduction, kNasnetReductionJoined}};
    case CellGenotype::Amoebanet:
      return {{kAmoebanetNormal, kAmoebanetNormalJoined},
              {kAmoebanetReduction, kAmoebanetReductionJoined}};
    case CellGenotype::Pnasnet:
      return {{kPnasnet, kPnasnetJoined}, {kPnasnet, kPnasnetJoined}};
    case CellGenotype::Darts:
      return {{kDartsNormal, kDartsJoined}, {kDartsReduction, kDartsJoined}};
  }
  return {};
}

class Builder {
 public:
  scheduler::Problem build(const CellNetwork& network) {
    const Genotype genotype = genotype_of(network.genotype);
    const bool imagenet = network.stack == CellStack::ImageNet;
    const FeatureMap image = imagenet ? network_.input(224, 3) : network_.input(32, 3);
    last_ = network_.strided("stem", image, kStemFilters, imagenet ? 2 : 1);
    double filters = network.first_filters;
    for (const bool reduces : kinds(network)) {
      if (reduces) filters *= 2;
      add_cell(reduces ? genotype.reduction : genotype.normal, static_cast<std::int64_t>(filters),
               reduces);
    }
    const FeatureMap pooled = network_.op("pool", {network_.relu(last_)}, 1, last_.channels);
    return network_.build({network_.op("classifier", {pooled}, 1, imagenet ? 1000 : 100)});
  }

 private:
  static constexpr std::int64_t kStemFilters = 32;

  /// For each cell, whether it is a reduction.
  static std::vector<bool> kinds(const CellNetwork& network) {
    std::vector<bool> reduces(network.stack == CellStack::ImageNet ? 2 : 0, true);
    for (int group = 0; group < 3; ++group) {
      if (group > 0) reduces.push_back(true);
      reduces.insert(reduces.end(), static_cast<std::size_t>(network.normal_cells), false);
    }
    return reduces;
  }

  void add_cell(const Cell& cell, std::int64_t filters, bool reduces) {
    const FeatureMap current = squeeze(last_, filters);
    std::vector<FeatureMap> maps{fit_before_last(current, filters), current};
    const auto apply = [&](const Operand& operand) {
      const std::int64_t stride = reduces && operand.map < 2 ? 2 : 1;
      return cell_op(operand.op, maps[operand.map], filters, stride);
    };
    for (const Block& block : cell.blocks) {
      const FeatureMap left = apply(block.left);
      const FeatureMap right = apply(block.right);
      maps.push_back(network_.add(left, right));
    }
    std::vector<FeatureMap> joined;
    for (const std::size_t map : cell.joined)
      joined.push_back(maps[map]);
    before_last_ = last_;
    last_ = network_.concat(joined);
  }

  FeatureMap squeeze(const FeatureMap& x, std::int64_t filters) {
    return network_.op("pointwise", {network_.relu(x)}, x.side, filters);
  }

  /// The map of the cell before the last in the shape of `current`: two shifted halves of it if it
  /// is larger.
  FeatureMap fit_before_last(const FeatureMap& current, std::int64_t filters) {
    if (!before_last_) return current;
    if (before_last_->side == current.side) return squeeze(*before_last_, filters);
    const FeatureMap x = network_.relu(*before_last_);
    const FeatureMap even = network_.strided("pool", x, x.channels, 2);
    const FeatureMap left = network_.op("pointwise", {even}, even.side, filters / 2);
    const FeatureMap padded = network_.op("pad", {x}, x.side + 1, x.channels);
    const FeatureMap shifted = network_.op("crop", {padded}, x.side, x.channels);
    const FeatureMap odd = network_.strided("pool", shifted, x.channels, 2);
    const FeatureMap right = network_.op("pointwise", {odd}, odd.side, filters / 2);
    return network_.concat({left, right});
  }

  FeatureMap cell_op(CellOp op, const FeatureMap& x, std::int64_t filters, std::int64_t stride) {
    switch (op) {
      case Same:
        return x;
      case Separable:
        return separable(separable(x, filters, stride), filters, 1);
      case Dilated:
        return separable(x, filters, stride);
      case Pool:
      case Pool1x1:
        return network_.strided("pool", x, x.channels, stride);
      case Factored7:
        return network_.strided("conv7x1", network_.strided("conv1x7", x, filters, stride), filters,
                                1);
    }
    return x;
  }

  FeatureMap separable(const FeatureMap& x, std::int64_t filters, std::int64_t stride) {
    const FeatureMap y = network_.strided("depthwise", network_.relu(x), x.channels, stride);
    return network_.op("pointwise", {y}, y.side, filters);
  }

  NetworkBuilder network_;
  std::optional<FeatureMap> before_last_;
  FeatureMap last_;
};

}  // namespace

scheduler::Problem cell_network(const CellNetwork& network) {
  return Builder().build(network);
}

}  // namespace tilewright::bench
