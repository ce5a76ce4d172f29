// SPDX-License-Identifier: Apache-2.0
// Runs a plan with banks with every page outside fast memory closed before each group of transfers
// and before each step: what was touched since, and what the plan says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/executor.h"
#include "tests/lib/traced_pages.h"

namespace tilewright::tests {

using Touches = std::vector<Touch>;  // per page

/// Bytes [begin, end) of a region.
struct ByteRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// The constants that `step` reads where they lie.
[[nodiscard]] std::vector<ByteRange> streamed_by(const runtime::Step& step);

/// As many pages as hold `bytes` that begin at one.
[[nodiscard]] std::int64_t pages_for(std::int64_t bytes);

/// What was touched in the two regions outside fast memory, or should have been.
struct Moment {
  Touches constants;
  Touches external;
  bool operator==(const Moment&) const = default;
};

/// Executes a plan as a session does. Constants that stream lie in pages of their own.
class BankTrace {
 public:
  /// `plan` has banks; it may go.
  explicit BankTrace(const runtime::FlatPlan& plan);

  /// One run; `moments` are then those of the transfers before step 0, of step 0, of the transfers
  /// before step 1 and so on, and of the transfers behind the last step.
  [[nodiscard]] Status run(const std::vector<std::vector<std::byte>>& inputs);
  std::vector<Moment> moments;

  [[nodiscard]] std::vector<std::vector<std::byte>> outputs() const;

  /// What the plan says of the same moments. `is_first`: with what is brought once and for all.
  [[nodiscard]] std::vector<Moment> planned(bool is_first) const;

  /// From now on the step `reader` reads the packed weights of the step `other`.
  void read_weights_of(std::string_view other, std::string_view reader);

 private:
  static void look(void* user, std::size_t step);
  void open();
  void close();
  [[nodiscard]] runtime::Memories memories();
  [[nodiscard]] runtime::BoundStep& step_named(std::string_view name);

  runtime::FlatPlan plan_;
  std::shared_ptr<TracedPages> constants_;  // shared with the plan that reads them
  TracedPages external_;
  std::vector<std::byte> arena_;
  runtime::Mover mover_;
  runtime::BoundSteps steps_;
};

}  // namespace tilewright::tests
