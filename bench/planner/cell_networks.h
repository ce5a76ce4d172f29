// SPDX-License-Identifier: Apache-2.0
// Networks stacked from cells that a search found: irregular graphs of 500 to 900 ops.
//
// A cell has two inputs, the outputs of the two cells before it, and blocks that each add two ops
// on inputs or earlier blocks; its output is a concatenation. Genotypes are those of the papers:
// Zoph et al., Learning transferable architectures, CVPR 2018 (NASNet-A); Real et al., Regularized
// evolution, AAAI 2019 (AmoebaNet-A); Liu et al., Progressive search, ECCV 2018 (PNASNet); Liu et
// al., DARTS, ICLR 2019 (second order).
#pragma once

#include <array>

#include "scheduler/problem.h"

namespace tilewright::bench {

enum class CellGenotype : std::uint8_t { Nasnet, Amoebanet, Pnasnet, Darts };

enum class CellStack : std::uint8_t {
  ImageNet,  // 224x224: two reductions, then normal cells in three groups with reductions between
  Cifar,     // 32x32: normal cells in three groups with reductions between
};

struct CellNetwork {
  const char* name = "";
  CellGenotype genotype{};
  CellStack stack{};
  int normal_cells = 0;      // per group
  double first_filters = 0;  // doubled by each reduction
};

inline constexpr std::array<CellNetwork, 8> kCellNetworks = {{
    {"nasnet_imagenet", CellGenotype::Nasnet, CellStack::ImageNet, 4, 11},
    {"amoebanet_imagenet", CellGenotype::Amoebanet, CellStack::ImageNet, 4, 12.5},
    {"pnasnet_imagenet", CellGenotype::Pnasnet, CellStack::ImageNet, 3, 12},
    {"darts_imagenet", CellGenotype::Darts, CellStack::ImageNet, 4, 12},
    {"nasnet_cifar", CellGenotype::Nasnet, CellStack::Cifar, 6, 32},
    {"amoebanet_cifar", CellGenotype::Amoebanet, CellStack::Cifar, 6, 36},
    {"pnasnet_cifar", CellGenotype::Pnasnet, CellStack::Cifar, 3, 48},
    {"darts_cifar", CellGenotype::Darts, CellStack::Cifar, 6, 36},
}};

/// One op per layer: relu, pools, depthwise and pointwise convolutions, adds and concatenations;
/// batch norms are folded. relu and add may run in place.
[[nodiscard]] scheduler::Problem cell_network(const CellNetwork& network);

}  // namespace tilewright::bench
