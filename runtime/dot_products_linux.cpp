// SPDX-License-Identifier: Apache-2.0
#include <sys/auxv.h>

#include "runtime/dot_products.h"

namespace tilewright::runtime {

bool has_dot_products() {
  constexpr unsigned long kAsimdDp = 1UL << 20;  // HWCAP_ASIMDDP of Linux
  return (getauxval(AT_HWCAP) & kAsimdDp) != 0;
}

}  // namespace tilewright::runtime
