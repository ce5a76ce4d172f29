// SPDX-License-Identifier: Apache-2.0
// Uses the device component: opens a saved model, plans it here and runs it; no importer.
#include <cstdio>

#include "tilewright/tilewright.h"

int main(int, char** arguments) {
  const auto model = tilewright::Model::open_saved(arguments[1]);
  if (!model) return std::puts(model.error().message.c_str());
  const auto plan = tilewright::compile(*model);
  if (!plan) return std::puts(plan.error().message.c_str());
  auto session = tilewright::Session::create(*plan);
  return session && session->run() ? 0 : 1;
}
