// SPDX-License-Identifier: Apache-2.0
// A system that is not asked.
#include "runtime/dot_products.h"

namespace tilewright::runtime {

bool has_dot_products() {
  return false;
}

}  // namespace tilewright::runtime
