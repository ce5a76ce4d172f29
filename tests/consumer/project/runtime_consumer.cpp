// SPDX-License-Identifier: Apache-2.0
// Uses the runtime component alone: an absent plan is an error with its name in it.
#include <cstdio>

#include "tilewright/tilewright.h"

int main() {
  const auto plan = tilewright::Plan::load("absent.plan");
  if (plan) return 1;
  std::puts(plan.error().message.c_str());
  return plan.error().code == tilewright::ErrorCode::NotFound ? 0 : 1;
}
