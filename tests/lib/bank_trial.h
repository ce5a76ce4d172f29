// SPDX-License-Identifier: Apache-2.0
// Runs plans with banks behind guards, and plans of the same model without banks, for comparison.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/compilation.h"
#include "tests/lib/guarded_banks.h"

namespace tilewright::tests {

/// A fast bank of `fast_bytes` in front of one without limit.
[[nodiscard]] std::vector<Bank> two_banks(std::int64_t fast_bytes, std::int64_t granule_bytes = 1);

/// Sizes of the fast bank for a model: what the fullest op needs, half way to what no avoidable
/// traffic needs, and a unit less than that; those that differ. With `options.planner` as it is.
[[nodiscard]] std::vector<std::int64_t> fast_sizes(const Model& model, CompileOptions options);

/// Compares a plan with banks with `expected`, the bytes of the outputs of a plan without, on
/// `inputs`: runs it `runs` times with the external bank closed outside transfers. Empty if outputs
/// are the same bits, and what the executor counted, what the guard counted and what the planner
/// promised are the same numbers; else what differs.
struct BankTrial {
  const Compilation& compilation;
  const std::vector<std::vector<std::byte>>& inputs;
  const std::vector<std::vector<std::byte>>& expected;
  int runs = 1;
};
[[nodiscard]] std::string difference(const BankTrial& trial);

/// The outputs of a plan in one run on `inputs`.
[[nodiscard]] Result<std::vector<std::vector<std::byte>>> run_once(
    const Plan& plan, const std::vector<std::vector<std::byte>>& inputs);

/// Bytes for each input of `plan`: floats in (-1, 1), integers zero.
[[nodiscard]] std::vector<std::vector<std::byte>> random_inputs(const Plan& plan);

}  // namespace tilewright::tests
