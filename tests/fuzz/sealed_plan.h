// SPDX-License-Identifier: Apache-2.0
// Plan files made right where it is not their content: the hash of the build and the checksum, so
// that a corpus outlives a build, and changes reach the checks behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "kernels/registry.h"
#include "runtime/bytes.h"

namespace tilewright::tests {

inline void seal_plan(std::vector<std::byte>& file) {
  constexpr std::size_t kBuildHashAt = 16;
  constexpr std::size_t kStructureBytesAt = 24;
  constexpr std::size_t kChecksumAt = 32;
  constexpr std::size_t kStructureAt = 48;
  if (file.size() < kStructureAt) return;
  const auto put = [&](std::size_t at, std::uint64_t value) {
    std::memcpy(file.data() + at, &value, sizeof value);
  };
  put(kBuildHashAt, kernels::build_hash());
  std::uint64_t structure_bytes = 0;
  std::memcpy(&structure_bytes, file.data() + kStructureBytesAt, sizeof structure_bytes);
  if (structure_bytes > file.size() - kStructureAt) return;
  const auto structure =
      std::span(file).subspan(kStructureAt, static_cast<std::size_t>(structure_bytes));
  put(kChecksumAt, runtime::checksum(structure));
}

}  // namespace tilewright::tests
