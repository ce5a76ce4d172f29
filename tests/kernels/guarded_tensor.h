// SPDX-License-Identifier: Apache-2.0
// A tensor in guarded memory, dense or with gaps of poison between its rows.
#pragma once

#include <vector>

#include "kernels/kernel.h"
#include "tests/kernels/guarded_buffer.h"

namespace tilewright::kernels::tests {

enum class Layout { Dense, Strided };

class GuardedTensor {
 public:
  GuardedTensor(const TensorSpec& spec, Layout layout, Placement placement);

  [[nodiscard]] TensorRef ref() const;
  /// Copies dense elements in, or out.
  void write(const std::vector<std::byte>& dense);
  [[nodiscard]] std::vector<std::byte> read() const;
  void poison() { buffer_.poison(); }
  /// Whether nothing but the elements was written since `poison`. Poisons the elements.
  [[nodiscard]] bool gaps_are_poisoned();

 private:
  template <typename F>
  void for_each_row(F&& f) const;

  TensorSpec spec_;
  Strides strides_;
  GuardedBuffer buffer_;
};

}  // namespace tilewright::kernels::tests
