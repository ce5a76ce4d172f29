// SPDX-License-Identifier: Apache-2.0
#include "kernels/in_place.h"

namespace tilewright::kernels {

bool may_run_in_place(const Op& op, std::size_t input) {
  if (std::holds_alternative<Binary>(op)) return input < 2;
  if (std::holds_alternative<Conv2d>(op)) return input == 3;
  return input == 0 && (std::holds_alternative<Activate>(op) || std::holds_alternative<Unary>(op));
}

}  // namespace tilewright::kernels
