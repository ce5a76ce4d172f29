// SPDX-License-Identifier: Apache-2.0
// Steps with operands that lie in two memories: the first bytes in the arena, the rest outside.
//
//   rows of x   | in the arena | ......... outside ......... |
//                            | 3 lines |                        staged for the band between
//   rows of y   |   band 0   | band 1  |       band 2        |
//
// The output is made band by band. A kernel sees a tensor of the full shape with one base address,
// so in each band an operand is where all rows that the band needs of it are: in the arena,
// outside, or, if these rows lie on both sides, in the stage, a buffer behind the workers' scratch
// that holds just them. Bands are cut between granules of the kernel, so the bits are those of the
// whole step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tilewright/status.h"

#include "kernels/input_rows.h"
#include "runtime/flat_plan.h"

namespace tilewright::runtime {

/// Where a band finds an operand.
enum class Side : std::uint8_t {
  Own,      // where its region says: of a split operand, its first bytes
  Outside,  // the rest of a split operand
  Stage,    // some rows of a split operand, copied
};

struct BandOperand {
  Side side = Side::Own;
  kernels::RowRange rows = {};          // of Stage
  std::int64_t stage_offset_bytes = 0;  // of Stage: of the first of `rows`, behind the scratch
};

/// Rows of the output that are made at once.
struct Band {
  kernels::RowRange rows;
  std::vector<BandOperand> src;
  BandOperand dst;
};

/// An input of `step` by its number, or behind them the output.
[[nodiscard]] const Operand& operand_of(const Step& step, std::size_t operand);

/// Whether this operand may be split: it is dense and
/// the step's kernel reads known rows of it.
[[nodiscard]] bool may_split(const Step& step, std::size_t operand);

/// Bytes of a row of a dense operand.
[[nodiscard]] std::int64_t row_bytes(const Operand& operand);

/// The bands of a step whose split operands may be split, in order; none for a step without.
[[nodiscard]] std::vector<Band> bands(const Step& step);

/// What the stage must hold at once for `bands`.
[[nodiscard]] std::int64_t stage_bytes(const Step& step, const std::vector<Band>& bands);

/// The most of `operand`, which may be split, that a band stages wherever it is split.
[[nodiscard]] std::int64_t most_stage_bytes(const Step& step, std::size_t operand);

/// Checks the split operands of a step whose operands and kernel were checked, and its stage.
/// Errors: InvalidModel.
[[nodiscard]] Status check_splits(const FlatPlan& plan, const Step& step, const std::string& where);

}  // namespace tilewright::runtime
