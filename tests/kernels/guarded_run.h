// SPDX-License-Identifier: Apache-2.0
// One kernel on one call, its operands, packed constants and scratch in guarded memory.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tests/kernels/guarded_tensor.h"
#include "tests/kernels/reference_run.h"

namespace tilewright::kernels::tests {

/// How the operands lie in memory.
struct Setup {
  Layout src_layout = Layout::Dense;
  Layout dst_layout = Layout::Dense;
  Placement placement = Placement::AtBack;
  std::optional<std::size_t> in_place = {};  // the input whose memory is the output's
};

/// An op, its inputs and the spec of its output.
struct Work {
  Op op;
  std::vector<Values> src;
  TensorSpec dst;

  [[nodiscard]] std::vector<TensorSpec> specs() const;
};

/// Whether this machine can run kernels of `isa`.
[[nodiscard]] bool runs_here(Isa isa);
[[nodiscard]] bool supports(const Kernel& kernel, const Work& work);

class GuardedRun {
 public:
  /// Packs what the kernel packs. `kernel` outlives the run.
  GuardedRun(const Kernel& kernel, const KernelConfig& config, const Work& work,
             const Setup& setup);

  /// Computes the rows between each two neighbours of `cuts`, from the last pair to the first, and
  /// checks (Catch2) that nothing else is written. The output's bytes.
  [[nodiscard]] std::vector<std::byte> result(const std::vector<std::int64_t>& cuts);

  /// The same, all rows at once, for the columns between each two neighbours of `cuts`.
  [[nodiscard]] std::vector<std::byte> result_by_columns(const std::vector<std::int64_t>& cuts);

  /// 0, then every `rows` rows (rounded up to the granule), then all. 0 rows: no cut between.
  [[nodiscard]] std::vector<std::int64_t> cuts_every(std::int64_t rows) const;
  /// The rows of one granule.
  [[nodiscard]] std::int64_t granule() const;
  /// 0, then every granule of columns, then all; 0 and all if the kernel does not cut columns.
  [[nodiscard]] std::vector<std::int64_t> column_cuts() const;

 private:
  void begin();
  void run(std::int64_t row_begin, std::int64_t row_end, ColumnRange columns);
  [[nodiscard]] std::vector<std::byte> end();

  const Kernel& kernel_;
  KernelConfig config_;
  Op op_;
  std::vector<TensorSpec> specs_;
  TensorSpec dst_spec_;
  GuardedTensor dst_;
  std::vector<std::byte>
      overwritten_;  // what the output's memory holds before, if it is an input's
  GuardedBuffer packed_;
  GuardedBuffer scratch_;
  std::vector<std::unique_ptr<GuardedTensor>> operands_;
  std::vector<TensorRef> refs_;
};

}  // namespace tilewright::kernels::tests
